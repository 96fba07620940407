"""Tabs of the board screen: all sessions, then each board."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from agor_core.ids import BoardId
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason

NEXT = Command("board.next", "tab,right_square_bracket", "Next board", "", "Board")
PREVIOUS = Command("board.previous", "shift+tab,left_square_bracket", "Previous board", "", "Board")

NO_BOARD = Reason("There is no board yet; b moves a session to a new one.")


class TabsView(Protocol):
    """The tabs and the one that is shown. None stands for all sessions."""

    @property
    def board_id(self) -> BoardId | None:
        """The board that is shown."""

    @property
    def board_ids(self) -> Sequence[BoardId | None]:
        """The tabs from left to right."""

    def show_board(self, board_id: BoardId | None) -> None:
        """Show another tab."""


class BoardTabs(Controller):
    """Goes round the tabs."""

    COMMANDS = (NEXT, PREVIOUS)

    def __init__(self, view: TabsView) -> None:
        super().__init__({NEXT: partial(self.step, 1), PREVIOUS: partial(self.step, -1)})
        self._view = view

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - both are alike
        return None if len(self._view.board_ids) > 1 else NO_BOARD

    def step(self, step: int) -> None:
        """Show the tab that many to the right."""
        ids = self._view.board_ids
        self._view.show_board(ids[(ids.index(self._view.board_id) + step) % len(ids)])
