"""Navigation from the genealogy: open the selected session, or go back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.subject import Subject

if TYPE_CHECKING:
    from agor_tui.app.host import Host

OPEN = Command("tree.open", "enter", "Open the selected session", "open", "Tree")
MARK = Command("tree.mark", "space", "Mark the session to be compared, or clear its mark", "mark", "Tree")
BACK = Command("tree.back", "escape,t", "Back", "back", "Tree")


class GenealogyNavigation(Controller):
    """Closes the genealogy in both cases."""

    COMMANDS = (OPEN, MARK, BACK)

    def __init__(self, host: "Host", subject: Subject, mark: Callable[[], object]) -> None:
        super().__init__({OPEN: self.open, MARK: mark, BACK: host.pop_screen})
        self._host = host
        self._subject = subject

    def offered(self, command: Command) -> Reason | None:
        return self._subject.no_session if command != BACK and self._subject.session is None else None

    def open(self) -> None:
        """Open the selected session."""
        if (session := self._subject.session) is not None:
            self._host.pop_screen()
            self._host.open_session(session.session_id)
