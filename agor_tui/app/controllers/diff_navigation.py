"""Navigation in a diff: from file to file, read it again, copy it, go back."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.state.patch import Patch

if TYPE_CHECKING:
    from agor_tui.app.host import Host

NEXT = Command("diff.next", "right_square_bracket,tab", "Next file", "next file", "Diff")
PREVIOUS = Command("diff.previous", "left_square_bracket,shift+tab", "Previous file", "previous", "Diff")
NEXT_HUNK = Command("diff.next_hunk", "n", "To the next place that changed, or to the next hit", "next", "Diff")
PREVIOUS_HUNK = Command("diff.previous_hunk", "N", "To the place before, or to the hit before", "", "Diff")
WHITESPACE = Command("diff.whitespace", "w", "Ignore white space, or show it", "white space", "Diff")
FIND = Command("diff.find", "slash", "Find a text in the changes; n and N go on", "find", "Diff")
EDIT = Command("diff.edit", "e", "Open the file in your editor, at the line", "edit", "Diff")
BACK = Command("diff.back", "escape,v", "Back", "back", "Diff")
REFRESH = Command("diff.refresh", "r", "Read the changes again, as they are now", "refresh", "Diff")
COPY = Command("diff.copy", "y", "Copy the diff of the file, or above the first that of all", "copy", "Diff")

NO_DIFF = Reason("No diff is shown.")


class PatchView(Protocol):
    """The lines of a diff in a window."""

    @property
    def patch(self) -> Patch | None:
        """The diff in view; None before it is read, and if it is empty."""

    @property
    def current_file(self) -> int | None:
        """The index of the file at the top of the window; None above the first."""

    def move_to_file(self, step: int) -> None:
        """Scroll to the next file or the previous one."""

    def move_to_hunk(self, step: int) -> None:
        """Scroll to the next place that changed or the previous one; while one seeks, to a hit."""

    def toggle_whitespace(self) -> None:
        """Show lines that differ by white space alone as unchanged, or as changed."""


class DiffNavigation(Controller):
    """``refresh`` reads the diff again, ``find`` asks for the text to find, ``edit`` opens the editor.

    What ``drop`` drops is left first, before the screen; it answers whether there was something.
    """

    COMMANDS = (NEXT, PREVIOUS, NEXT_HUNK, FIND, EDIT, BACK, REFRESH, COPY, WHITESPACE, PREVIOUS_HUNK)

    def __init__(
        self,
        host: "Host",
        view: PatchView,
        refresh: Callable[[], object],
        find: Callable[[], object],
        edit: Callable[[], object],
        drop: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(
            {
                NEXT: partial(view.move_to_file, 1),
                PREVIOUS: partial(view.move_to_file, -1),
                NEXT_HUNK: lambda: view.move_to_hunk(1),
                PREVIOUS_HUNK: lambda: view.move_to_hunk(-1),
                WHITESPACE: lambda: view.toggle_whitespace(),
                FIND: find,
                EDIT: edit,
                BACK: lambda: drop() or host.pop_screen(),
                REFRESH: refresh,
                COPY: self.copy,
            }
        )
        self._host = host
        self._view = view

    def offered(self, command: Command) -> Reason | None:
        return NO_DIFF if self._view.patch is None and command not in (BACK, REFRESH) else None

    def copy(self) -> None:
        """Copy the diff of the file at the top of the window; above the first file, the whole diff."""
        patch, here = self._view.patch, self._view.current_file
        if patch is None:
            return
        file = patch.files[here] if here is not None else None
        text = patch.text[file.start : file.end] if file is not None else patch.text
        self._host.copy(text, f"the diff of {file.path if file is not None else 'all files'}")
