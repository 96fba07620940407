"""The queue of a session: its prompts are edited, put in order, dropped, sent now, and let go on after a stop."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app import loading
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.confirm import Confirm
from agor_tui.app.dialogs.form import Form
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.app.widgets.queue_rows import QueueRows
from agor_tui.state.titles import session_title, task_title

MOST_SHOWN = 10
PAUSED = "The queue is paused; g lets it go on."
WAITS = "They run one after the other when the present task has ended."


class QueueForm(Form[None]):
    """Stays open while the queue is changed; it shows what the daemon says it is then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("J,shift+down", "carry(1)", show=False),
        Binding("K,shift+up", "carry(-1)", show=False),
        Binding("x,delete", "drop", show=False),
        Binding("n", "now", show=False),
        Binding("g", "go_on", show=False),
        Binding("e", "submit", show=False),
    ]

    def __init__(self, link: DaemonLink, session: Session, tasks: Sequence[Task]) -> None:
        super().__init__()
        self.link = link
        self._session = session
        self._tasks = tasks
        self._rows = QueueRows(id="tasks")

    @property
    def heading(self) -> str:
        return f"Queue of “{session_title(self._session)}”"

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        go_on = (("g", "go on"),) if self._session.queue_paused else ()
        return (("enter", "edit"), ("J K", "move"), ("x", "drop"), ("n", "send now"), *go_on, ("esc", "leave"))

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("next", self._rows),)

    def on_mount(self) -> None:
        self._rows.focus()
        self._show(self._tasks)
        self.show_message(PAUSED if self._session.queue_paused else WAITS, "muted")

    def answer(self) -> None:
        """Edit the prompt under the cursor."""
        if (task := self._rows.selected) is not None:
            self.app.push_screen(EditQueued(self.link, task), lambda record: self._read() if record else None)

    def action_carry(self, step: int) -> None:
        """Move the prompt under the cursor."""
        place = self._rows.index + 1 + step
        if 1 <= place <= len(self._rows.items):
            self._act("move", {"to": place})

    def action_drop(self) -> None:
        """Take the prompt under the cursor out of the queue."""
        self._act("drop")

    def action_now(self) -> None:
        """Send the prompt under the cursor now; where that needs a stop of the task that runs, ask."""
        task = self._rows.selected
        if task is None:
            return

        def refused(_: str) -> None:
            losses = [
                "The agent takes no message into its turn.",
                "That task is cancelled; this one is next.",
            ]
            dialog = Confirm(f"Stop for “{task_title(task)}”?", losses, yes="stop and send it", no="let it wait")
            self.app.push_screen(dialog, lambda agreed: self._act("now", {"interrupt": True}) if agreed else None)

        self._act("now", refused=refused)

    def action_go_on(self) -> None:
        """Let a paused queue go on."""
        session_id = self._session.session_id
        self.link.call(lambda daemon: daemon.act(session_id, "resume"), lambda _: self.dismiss(None), self.complain)

    def _act(self, action: str, body: dict[str, Any] | None = None, *, refused: Any = None) -> None:
        task = self._rows.selected
        if task is not None:
            self.link.call(
                lambda daemon: loading.act_on_task(daemon, task.task_id, action, body),
                lambda _: self._read(),
                refused or self._fail,
            )

    def _fail(self, sentence: str) -> None:
        self.complain(sentence)
        self._read()

    def _read(self) -> None:
        """Show the queue as it is now."""
        self.link.call(lambda daemon: loading.tasks_of(daemon, self._session.session_id), self._show, self.complain)

    def _show(self, tasks: Sequence[Task]) -> None:
        if not self.is_attached:
            return
        queued = [task for task in tasks if task.waiting]
        if not queued:
            self.dismiss(None)
            return
        self._rows.styles.height = min(MOST_SHOWN, len(queued))
        self._rows.set_items(queued)


class EditQueued(RequestForm):
    """Dismissed with the task."""

    VERB = "change it"

    def __init__(self, link: DaemonLink, task: Task) -> None:
        super().__init__(link)
        self._of = task
        self._prompt = Prompt(id="prompt")

    @property
    def heading(self) -> str:
        return "Edit a prompt that waits"

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        return (("enter", self.VERB), ("ctrl+j", "new line"), ("esc", "leave it"))

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("prompt", self._prompt),)

    def on_mount(self) -> None:
        self._prompt.set_text(self._of.full_prompt)
        self._prompt.focus()

    def body(self) -> dict[str, Any] | None:
        text = self._prompt.text.strip()
        if not text:
            self.complain("Write what it shall do, or leave and drop it with x.")
            return None
        return {"prompt": text}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return loading.act_on_task(daemon, self._of.task_id, "edit", body)
