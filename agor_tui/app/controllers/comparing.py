"""The commands of a comparison: another column, a file side by side, read again, back."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from agor_core.domain.comparison import ComparedFile, ComparedSession
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason

if TYPE_CHECKING:
    from agor_tui.app.host import Host

OPEN = Command("compare.open", "enter", "The file beside how it was when the session began", "this file", "Compare")
AGAINST = Command("compare.against", "equals_sign", "The file beside another session's", "another", "Compare")
LEFT = Command("compare.left", "h,left", "The session to the left", "", "Compare")
RIGHT = Command("compare.right", "l,right", "The session to the right", "column", "Compare")
MARK = Command("compare.mark", "space", "Mark the file to be grafted, or clear its mark", "mark", "Compare")
FIRST = Command("compare.first", "home", "To the first file", "", "Compare")
SESSION = Command("compare.session", "o", "Open the session", "open", "Compare")
REFRESH = Command("compare.refresh", "r", "Read everything again, as it is now", "refresh", "Compare")
BACK = Command("compare.back", "escape,C", "Back", "back", "Compare")

NOT_READ = Reason("The sessions are still being compared.")
NO_FILE = Reason("No session has changed a file.")
NOT_HERE = Reason("This session has not changed the file.")
NO_OTHER = Reason("There is no other session to compare with.")


class ComparisonView(Protocol):
    """A comparison with a cursor: a column and a file."""

    @property
    def compared(self) -> ComparedSession | None:
        """The session of the selected column; None before it is read."""

    @property
    def others(self) -> tuple[ComparedSession, ...]:
        """The sessions of the other columns, from the next one on."""

    @property
    def file(self) -> ComparedFile | None:
        """The file under the cursor."""

    def move_column(self, step: int) -> None:
        """Select a column beside."""

    def toggle_mark(self) -> None:
        """Mark the file under the cursor, or clear its mark, and move on."""

    def to_first(self) -> None:
        """Put the cursor on the first file."""

    def read(self) -> None:
        """Read the comparison again."""

    def open_file(self, *, against: bool) -> None:
        """Show the file side by side, with how the session began or ``against`` another session's."""


class Comparing(Controller):
    """Moves in a comparison and opens what is selected."""

    COMMANDS = (OPEN, AGAINST, RIGHT, MARK, SESSION, REFRESH, BACK, LEFT, FIRST)

    def __init__(self, host: "Host", view: ComparisonView) -> None:
        handlers: dict[Command, Callable[[], object]] = {
            OPEN: partial(view.open_file, against=False),
            AGAINST: partial(view.open_file, against=True),
            LEFT: partial(view.move_column, -1),
            RIGHT: partial(view.move_column, 1),
            MARK: view.toggle_mark,
            FIRST: view.to_first,
            SESSION: self.open_session,
            REFRESH: view.read,
            BACK: host.pop_screen,
        }
        super().__init__(handlers)
        self._host = host
        self._view = view

    def offered(self, command: Command) -> Reason | None:
        if command in (BACK, REFRESH):
            return None
        session, file = self._view.compared, self._view.file
        if session is None:
            return NOT_READ
        if command in (OPEN, AGAINST, MARK, FIRST) and file is None:
            return NO_FILE
        if command == AGAINST and not self._view.others:
            return NO_OTHER
        if command in (OPEN, MARK) and file is not None and session.session_id not in file.within:
            return NOT_HERE
        return None

    def open_session(self) -> None:
        """Open the session of the selected column."""
        if (session := self._view.compared) is not None:
            self._host.open_session(session.session_id)
