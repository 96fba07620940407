"""The commands of one file side by side: its changes, the other files, what stands at the left."""

from functools import partial
from typing import TYPE_CHECKING, Protocol

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason

if TYPE_CHECKING:
    from agor_tui.app.host import Host

NEXT = Command("compare_file.next", "n", "To the next change", "next", "Compare")
TURN = Command("compare_file.turn", "equals_sign", "Beside the next session, or how it began", "another", "Compare")
MARK = Command("compare_file.mark", "space", "Mark the change to be grafted, or clear its mark", "mark", "Compare")
NEXT_FILE = Command("compare_file.next_file", "right_square_bracket,tab", "Next file", "next file", "Compare")
PREVIOUS = Command("compare_file.previous", "N", "To the change before", "", "Compare")
PREVIOUS_FILE = Command(
    "compare_file.previous_file", "left_square_bracket,shift+tab", "Previous file", "previous", "Compare"
)
EDIT = Command("compare_file.edit", "e", "Open the file in your editor, at the change", "edit", "Compare")
REFRESH = Command("compare_file.refresh", "r", "Read the file again", "refresh", "Compare")
BACK = Command("compare_file.back", "escape,enter", "Back", "back", "Compare")

NO_CHANGE = Reason("The file has no change here.")


class FileView(Protocol):
    """A file with a cursor on its changes."""

    @property
    def has_changes(self) -> bool:
        """Whether there is a change to go to."""

    def move_to_hunk(self, step: int) -> None:
        """Go to the next change, or to the one before."""

    def move_to_file(self, step: int) -> None:
        """Show the next file, or the one before."""

    def toggle_mark(self) -> None:
        """Mark the change under the cursor, or clear its mark."""

    def turn(self) -> None:
        """Show what comes next at the left."""

    def edit(self) -> None:
        """Open the file in the editor."""

    def read(self) -> None:
        """Read the file again."""


class ComparingFile(Controller):
    """Moves in a file and between files."""

    COMMANDS = (NEXT, TURN, MARK, NEXT_FILE, PREVIOUS_FILE, EDIT, REFRESH, BACK, PREVIOUS)

    def __init__(self, host: "Host", view: FileView) -> None:
        super().__init__(
            {
                NEXT: partial(view.move_to_hunk, 1),
                PREVIOUS: partial(view.move_to_hunk, -1),
                NEXT_FILE: partial(view.move_to_file, 1),
                PREVIOUS_FILE: partial(view.move_to_file, -1),
                MARK: view.toggle_mark,
                TURN: view.turn,
                EDIT: view.edit,
                REFRESH: view.read,
                BACK: host.pop_screen,
            }
        )
        self._view = view

    def offered(self, command: Command) -> Reason | None:
        return NO_CHANGE if command in (NEXT, PREVIOUS, MARK) and not self._view.has_changes else None
