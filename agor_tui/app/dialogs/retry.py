"""The form that runs a task's prompt again, as it was or edited: in the session, or in a fork at the task's start."""

from collections.abc import Iterable, Sequence
from typing import Any

from textual.widget import Widget

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app import loading
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state.retrying import changed_files


class RetryForm(RequestForm):
    """Dismissed with the new task, or with the session of the fork."""

    VERB = "run it again"
    PROGRESS = "one moment…"
    ID_NAMES = ("task_id",)

    def __init__(self, link: DaemonLink, session: Session, task: Task) -> None:
        super().__init__(link)
        self._session = session
        self._of = task
        changed = changed_files(task)
        here = Option("here", "this session", "after what it changed" if changed else "it changed nothing")
        fork = Option("fork", "a fork at its start", "with the files of then")
        self._where = Choice([fork, here] if changed else [here, fork], id="where")
        self._prompt = Prompt(id="prompt")

    @property
    def heading(self) -> str:
        return f"Run task {self._of.position} again"

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        return (("enter", self.VERB), ("ctrl+j", "new line"), ("esc", "cancel"))

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("in", self._where), ("prompt", self._prompt))

    def on_mount(self) -> None:
        self._prompt.set_text(self._of.full_prompt)
        self._prompt.focus()

    def body(self) -> dict[str, Any] | None:
        text = self._prompt.text.strip()
        if not text:
            self.complain("Write what it shall do.")
            return None
        if self._where.value == "fork":
            return {"at": self._of.task_id, "point": "start", "prompt": text}
        return {"prompt": text}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        if "point" in body:
            return daemon.act(self._session.session_id, "fork", body)
        return loading.act_on_task(daemon, self._of.task_id, "retry", body)
