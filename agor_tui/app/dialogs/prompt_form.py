"""The form for a prompt to a session that is selected but not open."""

from collections.abc import Iterable
from typing import Any

from textual.widget import Widget

from agor_core.domain.session import Session
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state.drafts import prompt_of
from agor_tui.state.titles import session_title


class PromptForm(RequestForm):
    """Dismissed with the task."""

    ID_NAMES = ("task_id",)

    def __init__(self, link: DaemonLink, session: Session) -> None:
        super().__init__(link)
        self._session = session
        self._prompt = Prompt(placeholder="what to do next", id="prompt")

    @property
    def place(self) -> str:
        return prompt_of(self._session.session_id)

    @property
    def heading(self) -> str:
        return f"Prompt “{session_title(self._session)}”"

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        does = "queue; a task is running" if self._session.active else "send"
        return (("enter", does), ("ctrl+j", "new line"), ("esc", "cancel"))

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("prompt", self._prompt),)

    def on_mount(self) -> None:
        self._prompt.focus()

    def body(self) -> dict[str, Any] | None:
        text = self._prompt.text.strip()
        if not text:
            self.complain("Write what it shall do.")
            return None
        return {"prompt": text}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.act(self._session.session_id, "prompt", body)
