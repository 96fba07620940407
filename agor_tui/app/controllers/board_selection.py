"""Selection on the board: mark several sessions, filter them by text, clear the marks and then the filter."""

from typing import Protocol

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.subject import Selection

MARK = Command("board.mark", "space", "Select several; commands then act on all of them", "select", "Board")
FILTER = Command("board.filter", "slash", "Filter the sessions; ! turns the filter round", "filter", "Board")
CLEAR = Command("board.clear", "escape", "Drop the selection, then the filter", "clear", "Board")

NOTHING_TO_CLEAR = Reason("No session is marked and no filter is set.")


class MarkedSessions(Selection, Protocol):
    """The sessions of the board and the marks on them."""

    @property
    def any_marked(self) -> bool:
        """Whether a session is marked."""

    def toggle_mark(self) -> None:
        """Mark the session under the cursor or clear its mark, and move to the next."""


class FilterView(Protocol):
    """The line in which the filter is typed."""

    @property
    def filter_text(self) -> str:
        """The filter; empty if none is set."""

    def edit_filter(self) -> None:
        """Show the line and give it the keys."""

    def clear_filter(self) -> None:
        """Remove the filter."""


class BoardSelection(Controller):
    """Narrows the board down to the sessions that the next command is meant for."""

    COMMANDS = (MARK, FILTER, CLEAR)

    def __init__(self, sessions: MarkedSessions, line: FilterView) -> None:
        super().__init__({MARK: sessions.toggle_mark, FILTER: line.edit_filter, CLEAR: self.clear})
        self._sessions = sessions
        self._line = line

    def offered(self, command: Command) -> Reason | None:
        if command == MARK and self._sessions.session is None:
            return self._sessions.no_session
        if command == CLEAR and not self._sessions.any_marked and not self._line.filter_text:
            return NOTHING_TO_CLEAR
        return None

    def clear(self) -> None:
        """Clear the marks; if there are none, the filter."""
        if self._sessions.any_marked:
            self._sessions.unmark()
        else:
            self._line.clear_filter()
