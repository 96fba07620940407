"""The search: from any screen to it, and from a hit to the message."""

from typing import TYPE_CHECKING, Protocol

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason

if TYPE_CHECKING:
    from agor_tui.app.host import Host
    from agor_tui.app.widgets.hit_rows import SearchHit

OPEN = Command("search.open", "enter", "Open the session at the hit", "open", "Search", first=True)
LEAVE = Command("search.leave", "escape", "Back", "back", "Search", first=True)
DOWN = Command("search.down", "down,ctrl+n", "Next hit", "", "Search", first=True)
UP = Command("search.up", "up,ctrl+p", "The hit before", "", "Search", first=True)
PAGE_DOWN = Command("search.page_down", "pagedown", "Half a window down", "", "Search", first=True)
PAGE_UP = Command("search.page_up", "pageup", "Half a window up", "", "Search", first=True)

NO_HIT = Reason("Nothing is found yet; type a word of what you look for.")


class Hits(Protocol):
    """The hits with a cursor."""

    @property
    def selected(self) -> "SearchHit | None": ...
    def move(self, step: int) -> None: ...
    def page(self, direction: int) -> None: ...


class SearchNavigation(Controller):
    """The line keeps the letters; these keys are for the hits below it."""

    COMMANDS = (OPEN, LEAVE, DOWN, UP, PAGE_DOWN, PAGE_UP)

    def __init__(self, host: "Host", hits: Hits) -> None:
        super().__init__(
            {
                OPEN: self.open,
                LEAVE: host.pop_screen,
                DOWN: lambda: hits.move(1),
                UP: lambda: hits.move(-1),
                PAGE_DOWN: lambda: hits.page(1),
                PAGE_UP: lambda: hits.page(-1),
            }
        )
        self._host = host
        self._hits = hits

    def offered(self, command: Command) -> Reason | None:
        return NO_HIT if command == OPEN and self._hits.selected is None else None

    def open(self) -> None:
        """Open the session of the hit, at its message."""
        if (hit := self._hits.selected) is not None:
            self._host.open_found(hit.session_id, hit.service, hit.id)
