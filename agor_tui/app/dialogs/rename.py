"""The form that changes a session's title and its description."""

from collections.abc import Iterable
from typing import Any

from textual.widget import Widget

from agor_core.domain.session import Session
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import TextField
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state import clean
from agor_tui.state.titles import session_title


class RenameForm(RequestForm):
    """Dismissed with the session."""

    VERB = "rename"

    def __init__(self, link: DaemonLink, session: Session) -> None:
        super().__init__(link)
        self._session = session
        self._title = TextField(placeholder="the session's title", id="name")
        self._description = Prompt(placeholder="what it is about; may be empty", id="description")

    @property
    def heading(self) -> str:
        return f"Rename “{session_title(self._session)}”"

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        return (("enter", self.VERB), ("tab", "description"), ("esc", "cancel"))

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("title", self._title), ("about", self._description))

    def on_mount(self) -> None:
        self._title.value = clean.line(self._session.title)
        self._title.cursor_position = len(self._title.value)
        self._description.text = clean.block(self._session.description or "")
        self._title.focus()

    def body(self) -> dict[str, Any] | None:
        title = self._title.value.strip()
        if not title:
            self.complain("Write a title.")
            return None
        return {"title": title, "description": self._description.text.strip() or None}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.patch("sessions", self._session.session_id, body)
