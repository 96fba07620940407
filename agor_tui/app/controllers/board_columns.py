"""Columns of the board: the cursor between them, the change between columns and list, and opening a session."""

from functools import partial
from typing import TYPE_CHECKING, Protocol

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.subject import Subject

if TYPE_CHECKING:
    from agor_tui.app.host import Host

OPEN = Command("board.open", "enter", "Open the selected session", "open", "Board")
VIEW = Command("board.view", "v", "Change between columns and list", "list", "Board")
LEFT = Command("board.left", "h,left", "Column to the left", "", "Move")
RIGHT = Command("board.right", "l,right", "Column to the right", "", "Move")


class ColumnsView(Subject, Protocol):
    """Sessions in columns or in one list, with one cursor."""

    @property
    def as_list(self) -> bool:
        """Whether sessions are lines of a list instead of cards in columns."""

    def toggle_list(self) -> None:
        """Change between columns and list."""

    def move_column(self, step: int) -> None:
        """Move the cursor to the next column that has sessions; in a list it stays."""


class BoardColumns(Controller):
    """Moves the cursor of the board and opens the session under it."""

    COMMANDS = (OPEN, VIEW, LEFT, RIGHT)

    def __init__(self, host: "Host", view: ColumnsView) -> None:
        super().__init__(
            {
                OPEN: self.open,
                VIEW: view.toggle_list,
                LEFT: partial(view.move_column, -1),
                RIGHT: partial(view.move_column, 1),
            }
        )
        self._host = host
        self._view = view

    def offered(self, command: Command) -> Reason | None:
        return self._view.no_session if command == OPEN and self._view.session is None else None

    def label(self, command: Command) -> str:
        return "columns" if command == VIEW and self._view.as_list else command.label

    def open(self) -> None:
        """Open the session under the cursor."""
        if (session := self._view.session) is not None:
            self._host.open_session(session.session_id)
