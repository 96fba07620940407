"""A patch: a list of its files, then their lines; only lines in view are drawn."""

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate

from rich.cells import chop_cells
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from agor_tui.app.widgets.ink import InkView
from agor_tui.app.widgets.lines import Line, cells, joined, justified, wrap
from agor_tui.app.widgets.patch_colors import PatchColors
from agor_tui.app.widgets.patch_lines import LOOKS
from agor_tui.state import clean
from agor_tui.state.figures import files
from agor_tui.state.patch import FilePatch, Kind, Patch, PatchLine, without_whitespace


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
        self._read: Patch | None = None
        self._colors = PatchColors(Patch(""))
        self.ignores_whitespace = False
        """Whether lines that differ by white space alone are shown as unchanged."""
        self.sought = ""
        self._chosen: int | None = None
        """The file that was gone to last, until one scrolls on."""
        self.lists_files = True
        """Whether the files are listed above the first; not where they stand beside the diff."""

    # Content

    def set_text(self, line: Line) -> None:
        """Show a sentence in place of a patch."""
        self.patch, self._said = None, line
        self.relayout()

    def set_patch(self, patch: Patch) -> None:
        """Show a patch; the scroll position stays."""
        self._read = patch
        self.patch = patch = without_whitespace(patch) if self.ignores_whitespace else patch
        self._colors = PatchColors(patch)
        largest = max((line.number or 0 for line in patch.lines), default=0)
        self._margin = max(4, len(str(largest))) + 2
        self.relayout()

    def toggle_whitespace(self) -> None:
        """Show lines that differ by white space alone as unchanged, or as changed."""
        if self._read is not None:
            self.ignores_whitespace = not self.ignores_whitespace
            self.set_patch(self._read)

    def relayout(self) -> None:
        """Compute the heights of all lines for the present width."""
        if not self.is_mounted or not self.size:
            return
        width = self.line_width
        if self.patch is None:
            self._head = [[], *([("  ", "text"), *line] for line in wrap(self._said, max(8, width - 4)))]
            heights: list[int] = []
        else:
            longest = max((clean.width(file.title) for file in self.patch.files), default=0)
            self._head = (
                [self._listed(file, min(width, longest + 20)) for file in self.patch.files] if self.lists_files else []
            )
            room = self._room
            heights = [_height(line, room) for line in self.patch.lines]
        self._tops = list(accumulate(heights, initial=len(self._head)))
        below = self.size.height - 1 if self.patch is not None and self._tops[-1] > self.size.height else 0
        self.virtual_size = Size(self.size.width, self._tops[-1] + below)  # the last file, too, can come to the top
        self.refresh()
        self.post_message(self.Scrolled())

    def total_line(self) -> Line:
        """The number of files and lines changed, in one line."""
        patch = self.patch
        if patch is None:
            return []
        return joined([[(files(patch.file_count), "strong")], self._counts(patch)], "   ", "text")

    def file_line(self, file: FilePatch) -> Line:
        """The path and changes of a file, in one line."""
        return joined([[(file.title, "strong")], self._counts(file)], "   ", "text")

    @property
    def current_file(self) -> int | None:
        """The index of the file that was gone to, else of the one at the top of the view; None above the first file."""
        if self.patch is None:
            return None
        if self._chosen is not None:
            return self._chosen
        before = bisect_right(self.patch.files, self.scroll_offset.y, key=self._top_of)
        return before - 1 if before else None

    # Scrolling

    def move(self, step: int) -> None:
        """Scroll by some lines, until the last line is in view."""
        y = self.scroll_offset.y
        self._to(min(y + step, max(y, self._end)) if step > 0 else y + step)

    def page(self, direction: int) -> None:
        """Scroll by half a window."""
        self.move(direction * max(1, self.size.height // 2))

    def edge(self, direction: int) -> None:
        """Scroll to the top, or with a positive direction to the end."""
        self._to(0 if direction < 0 else self._end)

    @property
    def _end(self) -> int:
        """The scroll position at which the last line is at the bottom."""
        return max(0, self._tops[-1] - self.size.height)

    @property
    def current_line(self) -> int:
        """The number in the new file of the first line in view that has one; 1 without."""
        if self.patch is None:
            return 1
        first = max(0, bisect_right(self._tops, self.scroll_offset.y) - 1)
        lines = self.patch.lines[first : first + 200]
        return next((line.number for line in lines if line.number and line.kind is not Kind.REMOVED), 1)

    def move_to_hunk(self, step: int) -> None:
        """Scroll to the next place that changed, or with a negative step to the one before; or to a hit."""
        if self.patch is None:
            return
        places = self._hits() if self.sought else self._hunks()
        top = self.scroll_offset.y
        below, above = [one for one in places if one > top], [one for one in places if one < top]
        if step > 0 and below:
            self._to(below[0])
        elif step < 0 and above:
            self._to(above[-1])

    def seek(self, text: str) -> None:
        """Go to the first line from the top of the window on that has this text, in any case."""
        self.sought = text.casefold()
        self.refresh()
        here = [place for place in self._hits() if place >= self.scroll_offset.y]
        if here:
            self._to(here[0])
        self.post_message(self.Scrolled())

    def _hunks(self) -> list[int]:
        lines = self.patch.lines if self.patch is not None else []
        return [self._tops[index] for index, line in enumerate(lines) if line.kind is Kind.HUNK]

    def _hits(self) -> list[int]:
        if self.patch is None or not self.sought:
            return []
        return [self._tops[n] for n, line in enumerate(self.patch.lines) if self.sought in line.text.casefold()]

    def move_to_file(self, step: int) -> None:
        """Scroll to the next file, or with a negative step to the beginning of this or the file before."""
        if self.patch is None:
            return
        here, last = self.current_file, len(self.patch.files) - 1
        within = (
            here is not None and self._chosen is None and self.scroll_offset.y > self._top_of(self.patch.files[here])
        )
        place = (-1 if here is None else here) + (step if step > 0 or not within else 0)
        self._go(0 if place < 0 else self._top_of(self.patch.files[min(place, last)]))
        self._chosen = min(place, last) if place >= 0 else None
        self.post_message(self.Scrolled())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled())

    def on_resize(self) -> None:
        self.relayout()

    def on_mount(self) -> None:
        self.relayout()

    def _to(self, y: int) -> None:
        self._chosen = None
        self._go(y)

    def _go(self, y: int) -> None:
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
        spans = [(line.visible, ink)] if line.kind is Kind.NOTE else self._colors.line(index)
        start, end = _range(line.visible, row, self._room)
        ground = {Kind.ADDED: "@add", Kind.REMOVED: "@del"}.get(line.kind, "")
        drawn: Line = [(f"{number:>{self._margin - 1}} ", "faint"), (sign if not row else "  ", f"{ink}{ground}")]
        drawn += self._found(line, _sliced(spans, start, end))
        if ground:
            drawn.append((" " * max(0, self.line_width - cells(drawn)), f"text{ground}"))
        return drawn

    def _found(self, line: PatchLine, spans: Line) -> Line:
        """Mark a line with the sought text."""
        hit = self.sought and self.sought in line.text.casefold()
        return [(text, "accent-strong" + "".join(ink.partition("@")[1:])) for text, ink in spans] if hit else spans

    def _file(self, index: int) -> Line:
        files = self.patch.files if self.patch is not None else []
        file = files[bisect_right(files, index, key=lambda one: one.first) - 1]
        line: Line = [(" ── ", "rule"), *self.file_line(file), (" ", "text")]
        return [*line, ("─" * max(2, self.line_width - sum(clean.width(text) for text, _ in line) - 1), "rule")]

    def _listed(self, file: FilePatch, width: int) -> Line:
        name: Line = [(f"  {file.sign} ", "faint"), (file.title, "text")]
        return justified(name, [*self._counts(file), (" ", "text")], width)

    def _counts(self, counted: Patch | FilePatch) -> Line:
        more = f"+{counted.added}" if counted.added else ""
        less = f"{self.glyphs.minus}{counted.removed}" if counted.removed else ""
        return joined([[(more, "add")], [(less, "del")]], " ", "text")


def _height(line: PatchLine, room: int) -> int:
    """The number of rows of a wrapped line."""
    if line.kind is Kind.FILE:
        return 2
    text = line.visible if line.kind is not Kind.HUNK else line.text
    if text.isascii():
        return max(1, -(-len(text) // room))
    return 1 if len(text) * 2 <= room else max(1, len(_chunks(text, room)))


def _chunk(text: str, row: int, room: int) -> str:
    start, end = _range(text, row, room)
    return text[start:end]


def _range(text: str, row: int, room: int) -> tuple[int, int]:
    """The characters of a row of a broken text."""
    if text.isascii():
        return row * room, (row + 1) * room
    chunks = _chunks(text, room)
    start = sum(map(len, chunks[:row]))
    return start, len(text) if row >= len(chunks) - 1 else start + len(chunks[row])


def _sliced(spans: Line, start: int, end: int) -> Line:
    """A part of a line, by its characters."""
    line: Line = []
    place = 0
    for text, ink in spans:
        part = text[max(0, start - place) : max(0, end - place)]
        if part:
            line.append((part, ink))
        place += len(text)
    return line


@lru_cache(maxsize=64)
def _chunks(text: str, room: int) -> list[str]:
    return chop_cells(text, room)
