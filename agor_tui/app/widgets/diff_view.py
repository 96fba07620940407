"""A patch: a list of its files, then their lines; only lines in view are drawn."""

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate

from rich.cells import chop_cells
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from agor_tui.app.widgets.ink import InkView
from agor_tui.app.widgets.lines import Line, joined, justified, wrap
from agor_tui.state import clean
from agor_tui.state.figures import files
from agor_tui.state.patch import FilePatch, Kind, Patch, PatchLine

LOOKS = {
    Kind.NOTE: ("  ", "faint"),
    Kind.SAME: ("  ", "muted"),
    Kind.ADDED: ("+ ", "add"),
    Kind.REMOVED: ("- ", "del"),
}


class DiffView(InkView):
    """A view that scrolls by lines and by files; long lines are wrapped."""

    class Scrolled(Message):
        """The view was scrolled, or its content has changed."""

    DEFAULT_CSS = "DiffView { scrollbar-gutter: stable; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.patch: Patch | None = None
        self._said: Line = [("reading…", "faint")]
        self._head: list[Line] = []
        self._tops: list[int] = [0]
        self._margin = 6

    # Content

    def set_text(self, line: Line) -> None:
        """Show a sentence in place of a patch."""
        self.patch, self._said = None, line
        self.relayout()

    def set_patch(self, patch: Patch) -> None:
        """Show a patch; the scroll position stays."""
        self.patch = patch
        largest = max((line.number or 0 for line in patch.lines), default=0)
        self._margin = max(4, len(str(largest))) + 2
        self.relayout()

    def relayout(self) -> None:
        """Compute the heights of all lines for the present width."""
        if not self.is_mounted or not self.size:
            return
        width = self.line_width
        if self.patch is None:
            self._head = [[], *([("  ", "text"), *line] for line in wrap(self._said, max(8, width - 4)))]
            heights: list[int] = []
        else:
            longest = max((clean.width(file.path) for file in self.patch.files), default=0)
            self._head = [self._listed(file, min(width, longest + 20)) for file in self.patch.files]
            room = self._room
            heights = [_height(line, room) for line in self.patch.lines]
        self._tops = list(accumulate(heights, initial=len(self._head)))
        self.virtual_size = Size(self.size.width, self._tops[-1])
        self.refresh()
        self.post_message(self.Scrolled())

    def total_line(self) -> Line:
        """The number of files and lines changed, in one line."""
        patch = self.patch
        if patch is None:
            return []
        return joined([[(files(len(patch.files)), "strong")], self._counts(patch)], "   ", "text")

    def file_line(self, file: FilePatch) -> Line:
        """The path and changes of a file, in one line."""
        return joined([[(file.path, "strong")], self._counts(file)], "   ", "text")

    @property
    def current_file(self) -> int | None:
        """The index of the file at the top of the view; None above the first file."""
        if self.patch is None:
            return None
        before = bisect_right(self.patch.files, self.scroll_offset.y, key=self._top_of)
        return before - 1 if before else None

    # Scrolling

    def move(self, step: int) -> None:
        """Scroll by some lines."""
        self._to(self.scroll_offset.y + step)

    def page(self, direction: int) -> None:
        """Scroll by half a window."""
        self.move(direction * max(1, self.size.height // 2))

    def edge(self, direction: int) -> None:
        """Scroll to the top, or with a positive direction to the end."""
        self._to(0 if direction < 0 else self._tops[-1])

    def move_to_file(self, step: int) -> None:
        """Scroll to the next file, or with a negative step to the beginning of this or the file before."""
        if self.patch is None:
            return
        top = self.scroll_offset.y
        tops = [self._top_of(file) for file in self.patch.files]
        below, above = [one for one in tops if one > top], [one for one in tops if one < top]
        if step > 0 and below:
            self._to(below[0])
        elif step < 0:
            self._to(above[-1] if above else 0)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled())

    def on_resize(self) -> None:
        self.relayout()

    def on_mount(self) -> None:
        self.relayout()

    def _to(self, y: int) -> None:
        self.scroll_to(y=y, animate=False, force=True)

    def _top_of(self, file: FilePatch) -> int:
        return self._tops[file.first] + 1  # without the empty line above it

    # Drawing

    def render_line(self, y: int) -> Strip:
        y += self.scroll_offset.y
        if y < len(self._head):
            line = self._head[y]
        elif self.patch is None or y >= self._tops[-1]:
            line = []
        else:
            index = bisect_right(self._tops, y) - 1
            line = self._drawn(index, y - self._tops[index])
        return self.strip(line, self.line_width)

    @property
    def _room(self) -> int:
        return max(8, self.line_width - self._margin - 3)

    def _drawn(self, index: int, row: int) -> Line:
        if self.patch is None:
            return []
        line = self.patch.lines[index]
        if line.kind is Kind.FILE:
            return self._file(index) if row else []
        if line.kind is Kind.HUNK:
            return [(" " * self._margin, "text"), (_chunk(line.text, row, self._room), "code")]
        sign, ink = LOOKS[line.kind]
        number = "" if line.number is None or row else str(line.number)
        text = _chunk(line.text, row, self._room)
        return [(f"{number:>{self._margin - 1}} ", "faint"), (f"{sign if not row else '  '}{text}", ink)]

    def _file(self, index: int) -> Line:
        files = self.patch.files if self.patch is not None else []
        file = files[bisect_right(files, index, key=lambda one: one.first) - 1]
        line: Line = [(" ── ", "rule"), *self.file_line(file), (" ", "text")]
        return [*line, ("─" * max(2, self.line_width - sum(clean.width(text) for text, _ in line) - 1), "rule")]

    def _listed(self, file: FilePatch, width: int) -> Line:
        name: Line = [(f"  {file.sign} ", "faint"), (file.path, "text")]
        return justified(name, [*self._counts(file), (" ", "text")], width)

    def _counts(self, counted: Patch | FilePatch) -> Line:
        more = f"+{counted.added}" if counted.added else ""
        less = f"{self.glyphs.minus}{counted.removed}" if counted.removed else ""
        return joined([[(more, "add")], [(less, "del")]], " ", "text")


def _height(line: PatchLine, room: int) -> int:
    """The number of rows of a wrapped line."""
    if line.kind is Kind.FILE:
        return 2
    length = len(line.text)
    if line.text.isascii():
        return max(1, -(-length // room))
    return 1 if length * 2 <= room else max(1, len(_chunks(line.text, room)))


def _chunk(text: str, row: int, room: int) -> str:
    if text.isascii():
        return text[row * room : (row + 1) * room]
    chunks = _chunks(text, room)
    return chunks[row] if row < len(chunks) else ""


@lru_cache(maxsize=64)
def _chunks(text: str, room: int) -> list[str]:
    return chop_cells(text, room)
