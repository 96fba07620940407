"""The form for a fork: its task, agent, folder, title and first prompt, and what the fork inherits."""

from collections.abc import Iterable
from typing import Any

from textual.widget import Widget

from agor_core.domain.genealogy import last_inherited
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.ids import TaskId
from agor_tui.app import loading
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.agent_choices import AgentChoices
from agor_tui.app.dialogs.form import TextField, agent_options, filled_in
from agor_tui.app.dialogs.race_fields import ALONE, SEVERAL, RaceFields, begin
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.fork_points import ForkPoints
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.note import Paragraph
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state import clean
from agor_tui.state.attempts import NotRead
from agor_tui.state.figures import left_out_names
from agor_tui.state.titles import session_title

NOT_ENDED = "The attempts of a race begin at the end of a task; choose one that has ended."


class ForkForm(RequestForm):
    """Dismissed with the fork. Every field has a default: enter forks at once."""

    VERB = "fork"
    PROGRESS = "forking…"
    ID_NAMES = ("session_id", "task_id")

    def __init__(self, link: DaemonLink, source: Session, task_id: str | None) -> None:
        super().__init__(link)
        self._source = source
        self._task_id = task_id
        self._tasks = ForkPoints(id="tasks")
        self._agent = Choice([*agent_options(link.records.agents), SEVERAL], source.agent, id="agent")
        self._choices = AgentChoices(link, self._agent, Option("", "as in the source"))
        in_git = source.repo.repo_id is not None
        own = Option("own", "a new worktree", "with the files of that moment")
        same = Option("same", "the same directory", "" if in_git else "outside git there are no worktrees")
        self._where = Choice([own, same] if in_git else [same], id="where")
        self._title = TextField(placeholder="taken from the prompt if empty", id="title")
        self._race = RaceFields(link, self._agent)
        self._gets = Paragraph(id="gets")
        self._prompt = Prompt(placeholder="what to do from there; empty: only fork", id="prompt")

    @property
    def place(self) -> str:
        return f"fork {self._source.session_id}"

    @property
    def heading(self) -> str:
        return f"Fork “{session_title(self._source)}”"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (
            ("from", self._tasks),
            ("agent", self._agent),
            *self._race.fields(),
            *self._choices.fields(),
            ("where", self._where),
            ("title", self._title),
            ("gets", self._gets),
            ("prompt", self._prompt),
        )

    def on_mount(self) -> None:
        self._prompt.focus()
        self._choices.show()
        self._race.show()
        known = self.link.records.conversations.get(self._source.session_id)
        if known is not None and known.loaded:
            self._set_tasks(known.ordered_tasks())
        else:
            self.link.call(lambda daemon: loading.tasks_of(daemon, self._source.session_id), self._set_tasks)

    def body(self) -> dict[str, Any] | None:
        body = self._of_one()
        if not self._race.wanted:
            return body
        try:
            if body.get("same_directory"):
                raise NotRead(ALONE)
            if body["point"] == "start" or "at" not in body:
                raise NotRead(NOT_ENDED)
            return self._race.body(body, ("at", "title"))
        except NotRead as error:
            self.complain(str(error))
            return None

    def _of_one(self) -> dict[str, Any]:
        """The request for one fork."""
        task = self._tasks.selected
        body = filled_in(
            at=task.task_id if task else self._task_id,
            point="start" if task and not task.ended else "end",
            agent=self._agent.value if self._agent.value != self._source.agent else None,
            title=self._title.value.strip(),
            prompt=self._prompt.text.strip(),
        )
        body |= self._choices.body()
        return {**body, "same_directory": True} if self._where.value == "same" else body

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return begin(daemon, body) if "agents" in body else daemon.act(self._source.session_id, "fork", body)

    def on_rows_moved(self) -> None:
        self._show_inheritance()

    def on_choice_changed(self, message: Choice.Changed) -> None:
        if message.choice is self._agent:
            self._choices.agent_changed()
            self._race.show()
        self._show_inheritance()

    def _set_tasks(self, tasks: list[Task]) -> None:
        """Offer these tasks; the cursor goes to the task of the command, else to the last one that ended."""
        if not self.is_attached:
            return
        tasks = [task for task in tasks if not task.waiting]
        self._tasks.styles.height = min(6, max(1, len(tasks)))
        self._tasks.set_items(tasks)
        ended = [task.task_id for task in tasks if task.ended]
        wanted = self._task_id or (ended[-1] if ended else None)
        if wanted is not None:
            self._tasks.select(TaskId(wanted))
        self._show_inheritance()

    def _show_inheritance(self) -> None:
        """Show which files and messages the fork gets."""
        task = self._tasks.selected
        if task is None:
            return
        last = last_inherited("end" if task.ended else "start", task.position)
        then = f"after task {task.position}" if task.ended else f"before task {task.position}"
        files = "the files as they are now" if self._where.value == "same" else f"the files as they were {then}"
        tasks = "task 1" if last == 1 else f"tasks 1-{last}"
        said = f"what was said in {tasks}" if last else "nothing of what was said"
        how = "as a transcript" if last else ""
        if last and self._agent.value == self._source.agent:
            how = "which the agent remembers, or else reads as a transcript"
        if task.git_state.submodules and self._where.value != "same":
            files += f", but for what was uncommitted inside {clean.line(', '.join(task.git_state.submodules))}"
        line: Line = [(files, "text"), (f"; {said}", "text"), (f", {how}" if how else "", "muted")]
        if task.git_state.left_out and self._where.value == "own":
            line.append((f"; not {left_out_names(task)}, too large for the checkpoint", "warning"))
        self._gets.set_text(line)
