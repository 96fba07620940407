"""Movement of the cursor in the list that has the keys: by one item, by half a window, to either end."""

from collections.abc import Callable, Collection
from typing import Protocol

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller

DOWN = Command("move.down", "j,down", "Down", "", "Move")
UP = Command("move.up", "k,up", "Up", "", "Move")
TOP = Command("move.top", "g,home", "To the top (gg)", "", "Move")
BOTTOM = Command("move.bottom", "G,end", "To the bottom", "", "Move")
PAGE_DOWN = Command("move.page_down", "ctrl+d,pagedown", "Half a window down", "", "Move")
PAGE_UP = Command("move.page_up", "ctrl+u,pageup", "Half a window up", "", "Move")


class Movable(Protocol):
    """A list with a cursor, or a text that scrolls. Steps and directions are negative upwards."""

    def move(self, step: int) -> None:
        """Move by some items or lines."""

    def page(self, direction: int) -> None:
        """Move by half a window."""

    def edge(self, direction: int) -> None:
        """Move to the first item or to the last."""


class Movement(Controller):
    """Moves what `target` returns at the moment of the key; by half a window what `pages` returns, if given."""

    COMMANDS = (DOWN, UP, TOP, BOTTOM, PAGE_DOWN, PAGE_UP)

    def __init__(
        self,
        target: Callable[[], Movable],
        pages: Callable[[], Movable] | None = None,
        *,
        without: Collection[Command] = (),
    ) -> None:
        pages = pages or target
        super().__init__(
            {
                DOWN: lambda: target().move(1),
                UP: lambda: target().move(-1),
                TOP: lambda: target().edge(-1),
                BOTTOM: lambda: target().edge(1),
                PAGE_DOWN: lambda: pages().page(1),
                PAGE_UP: lambda: pages().page(-1),
            },
            without=without,
        )
