"""A file of a diff side by side: as it was at the left, as it is at the right."""

from collections.abc import Callable

from textual.app import ComposeResult

from agor_tui.app.controllers import reading_beside
from agor_tui.app.controllers.everywhere import HELP, Everywhere
from agor_tui.app.controllers.movement import Movement
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.widgets.lines import Line, joined
from agor_tui.app.widgets.side_by_side import SideBySide
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.state import clean
from agor_tui.state.patch import Patch, of_file


class FileBesideScreen(AgorScreen):
    """The files of a patch, one at a time. ``left`` is called with the file that was shown last."""

    ORDER = (*reading_beside.ReadingBeside.COMMANDS, HELP)
    DEFAULT_CSS = "FileBesideScreen #sides { height: 1fr; margin: 1 0 0 0; }"

    def __init__(self, host: Host, link: DaemonLink, patch: Patch, index: int, left: Callable[[int], None]) -> None:
        super().__init__(host, link)
        self._patch = patch
        self._index = index
        self._left = left
        self.view = SideBySide(id="sides")
        self.attach(reading_beside.ReadingBeside(host, self), Movement(lambda: self.view), Everywhere(host))

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.view
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self._show()

    def on_unmount(self) -> None:
        self._left(self._index)

    def move_to_hunk(self, step: int) -> None:
        """Go to the next change, or to the one before; beyond the last of a file to the next file."""
        before = self.view.hunk
        self.view.move_to_hunk(step)
        if self.view.hunk == before:
            self.move_to_file(step)

    def move_to_file(self, step: int) -> None:
        """Show the next file, or the one before."""
        index = min(max(0, self._index + step), len(self._patch.files) - 1)
        if index != self._index:
            self._index = index
            self._show()

    def _show(self) -> None:
        self.view.set_patch(of_file(self._patch, self._index))
        self.refresh_header()

    def refresh_header(self) -> None:
        file = self._patch.files[self._index]
        count = f"  file {self._index + 1} of {len(self._patch.files)}"
        self.header.location = [("changes / ", "faint"), (clean.line(file.title), "strong"), (count, "faint")]
        hunks = self.view.hunk_count
        place: Line = [(f"change {self.view.hunk + 1} of {hunks}", "faint")] if hunks else []
        self.header.status = joined([place, self.standing(wide=False)], "   ")
        self.header.redraw()

    def on_side_by_side_scrolled(self) -> None:
        self.refresh_header()
