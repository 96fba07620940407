"""The arrangement of a board: by what its sessions are grouped, and their order; kept for each board."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller
from agor_tui.state.arrangement import Arrangement, Grouping
from agor_tui.state.board_columns import Sorting

if TYPE_CHECKING:
    from agor_tui.app.host import Host

T = TypeVar("T", bound=str)

SORT = Command("board.sort", "o", "Choose the order of the sessions", "order", "Board")
GROUP = Command("board.group", "O", "Group the sessions: by status, repository, board, agent or race", "", "Board")

SORTINGS = {
    Sorting.STATUS: "what needs you first, then what runs, then what rests",
    Sorting.AGE: "the last changed first",
    Sorting.TITLE: "from a to z",
    Sorting.CHANGES: "the most changed lines first",
    Sorting.COST: "the dearest first",
}
GROUPINGS = {
    Grouping.STATUS: "as columns, or one list",
    Grouping.REPO: "a list, a heading for each repository",
    Grouping.BOARD: "a list, a heading for each board",
    Grouping.AGENT: "a list, a heading for each agent",
    Grouping.RACE: "a list, a heading for each race",
}


class ArrangedView(Protocol):
    """The board that is shown."""

    @property
    def arrangement(self) -> Arrangement:
        """How it is arranged."""

    def arrange(self, *, group: Grouping | None = None, sort: Sorting | None = None) -> None:
        """Arrange it otherwise."""


class BoardArrangement(Controller):
    """Lets the user choose from lists."""

    COMMANDS = (SORT, GROUP)

    def __init__(self, host: "Host", view: ArrangedView) -> None:
        super().__init__({SORT: self.sort, GROUP: self.group})
        self._host = host
        self._view = view

    def sort(self) -> None:
        """Choose an order."""
        present = self._view.arrangement.sort
        self._choose("Order of the sessions", SORTINGS, present, lambda one: self._view.arrange(sort=Sorting(one)))

    def group(self) -> None:
        """Choose what makes a group."""
        present = self._view.arrangement.group
        self._choose("Group the sessions by", GROUPINGS, present, lambda one: self._view.arrange(group=Grouping(one)))

    def _choose(self, words: str, choices: Mapping[T, str], present: T, chosen: Callable[[str], object]) -> None:
        from agor_tui.app.providers import choices as provider
        from agor_tui.app.providers.palette import Palette

        entries = [
            provider.ChoiceEntry(value, f"{value}, as now" if value == present else value, note)
            for value, note in choices.items()
        ]
        self._host.push_screen(Palette(provider.of(entries, chosen), words))
