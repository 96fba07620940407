"""The commands of a diff's file side by side: to it from the diff, and there its changes and the other files."""

from functools import partial
from typing import TYPE_CHECKING, Protocol

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from agor_tui.app.host import Host

WIDE = 160
"""Columns from which two halves have the room of a usual line each."""
BESIDE = Command("diff.beside", "s", "Show the file side by side, as it was and as it is", "side by side", "Diff")
NEXT = Command("beside.next", "n", "To the next change", "next", "Diff")
NEXT_FILE = Command("beside.next_file", "right_square_bracket,tab", "Next file", "next file", "Diff")
PREVIOUS = Command("beside.previous", "N", "To the change before", "", "Diff")
PREVIOUS_FILE = Command("beside.previous_file", "left_square_bracket,shift+tab", "Previous file", "previous", "Diff")
BACK = Command("beside.back", "escape,s", "Back to the diff", "back", "Diff")

NOTHING = Reason("There is no file to show.")


class FilesBeside(Protocol):
    """A diff's files side by side, one at a time, with a cursor on the changes."""

    def move_to_hunk(self, step: int) -> None:
        """Go to the next change, or to the one before."""

    def move_to_file(self, step: int) -> None:
        """Show the next file, or the one before."""


class OpeningBeside(Controller):
    """Opens the file that the cursor is in side by side; ``has_files`` says whether there is one."""

    COMMANDS = (BESIDE,)

    def __init__(self, host: "Host", has_files: "Callable[[], bool]", show: "Callable[[], None]") -> None:
        super().__init__({BESIDE: show})
        self._host = host
        self._has_files = has_files

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002
        if not self._has_files():
            return NOTHING
        columns = self._host.size.width
        return Reason(f"Side by side takes {WIDE} columns; there are {columns}.") if columns < WIDE else None


class ReadingBeside(Controller):
    """Moves in a file and between files."""

    COMMANDS = (NEXT, NEXT_FILE, PREVIOUS_FILE, BACK, PREVIOUS)

    def __init__(self, host: "Host", view: FilesBeside) -> None:
        super().__init__(
            {
                NEXT: partial(view.move_to_hunk, 1),
                PREVIOUS: partial(view.move_to_hunk, -1),
                NEXT_FILE: partial(view.move_to_file, 1),
                PREVIOUS_FILE: partial(view.move_to_file, -1),
                BACK: host.pop_screen,
            }
        )
