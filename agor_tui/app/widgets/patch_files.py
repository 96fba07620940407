"""The files of a patch in a column beside it; the one that is read is marked, and stays in view."""

from agor_tui.app.widgets.diff_drawing import DiffDrawing
from agor_tui.app.widgets.ink import BAR, InkView
from agor_tui.app.widgets.lines import Line, cells, joined, padded
from agor_tui.state import clean
from agor_tui.state.patch import FilePatch, Patch


class PatchFiles(InkView):
    """A line for each file: git's letter, the end of its path, its figures."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._files: list[FilePatch] = []
        self._here: int | None = None
        self._drawing: DiffDrawing | None = None

    def show(self, patch: Patch | None, here: int | None, drawing: DiffDrawing) -> None:
        """Show the files of a patch; ``here`` is the index of the one that is read, ``drawing`` knows what was read."""
        self._files, self._here = patch.files if patch is not None else [], here
        self._drawing = drawing
        self.relayout()

    def relayout(self) -> None:
        """Draw for the present width."""
        if not self.is_mounted or not self.size:
            return
        width = self.line_width
        self.set_lines([(self._line(n, file, width), n == self._here) for n, file in enumerate(self._files)])
        if self._here is not None:
            self.scroll_to_lines(self._here, 1)

    def on_resize(self) -> None:
        self.relayout()

    def on_mount(self) -> None:
        self.relayout()

    def _line(self, number: int, file: FilePatch, width: int) -> Line:
        more = f"+{file.added}" if file.added else ""
        less = f"{self.glyphs.minus}{file.removed}" if file.removed else ""
        figures = joined([[(more, "add")], [(less, "del")]], " ", "text")
        mark = " " if self._drawing is None else self._drawing.file_mark(number)
        unread, _ = (0, 0) if self._drawing is None else self._drawing.by_file.get(number, (0, 0))
        if unread:
            words = f"{unread} unread" if number == self._here else str(unread)
            figures = [*figures, (f"  {words}", "accent")]
        edge = BAR if number == self._here else " "
        room = width - cells(figures) - 6
        name = clean.cut_start(file.path, max(4, room))
        ink = "strong" if number == self._here else "text"
        left: Line = [(edge, "accent"), (f"{mark} ", "accent"), (f"{file.sign} ", "faint"), (name, ink)]
        return [*padded(left, width - cells(figures)), *figures]
