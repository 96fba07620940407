"""Draws the lines of a diff: numbers, signs and colours, marks of what was read, comments, the cursor's bar."""

from collections.abc import Collection, Mapping

from agor_tui.app.widgets.diff_rows import chunk, part, prose, sliced
from agor_tui.app.widgets.ink import BAR
from agor_tui.app.widgets.lines import Line, cells, joined, justified
from agor_tui.app.widgets.patch_colors import PatchColors
from agor_tui.app.widgets.patch_lines import LOOKS
from agor_tui.state import clean
from agor_tui.state.glyphs import UNICODE, Glyphs
from agor_tui.state.patch import FilePatch, Kind, Patch, PatchLine
from agor_tui.state.reviewing import Marks

COMMENTS = {
    "open": ("warning", "text"),
    "sent": ("accent", "text"),
    "stale": ("faint", "faint"),
    "resolved": ("faint", "faint"),
}
"""The inks of a comment's edge and of its words, by its status."""
GROUNDS = {Kind.ADDED: "@add", Kind.REMOVED: "@del"}


class DiffDrawing:
    """One diff, drawn in the glyphs of the app; ``read`` are the keys of the changes that somebody has read."""

    def __init__(self, patch: Patch) -> None:
        self.patch = patch
        self.marks = Marks(patch)
        self.glyphs: Glyphs = UNICODE
        self.read: Collection[str] = frozenset()
        self.reviewed = False
        """Whether it is known what was read; marks are drawn from then on."""
        self.sought = ""
        self.by_file: Mapping[int, tuple[int, int]] = {}
        """How many hunks of each file nobody has read, and how many it has."""
        self._colors = PatchColors(patch)
        largest = max((line.number or 0 for line in patch.lines), default=0)
        self.margin = max(4, len(str(largest))) + 2
        self._files = {file.first: file for file in patch.files}
        self._heads = {one.line: one for one in self.marks.hunks}

    def set_read(self, read: Collection[str]) -> None:
        """Mark what was read."""
        self.read, self.reviewed = read, True
        self.by_file = self.marks.by_file(read)

    def head(self, width: int) -> list[Line]:
        """The list of the files."""
        files = self.patch.files
        longest = max((clean.width(file.title) for file in files), default=0)
        return [self._listed(n, file, min(width, longest + 20)) for n, file in enumerate(files)]

    def room(self, width: int) -> int:
        """The cells of a line's text."""
        return max(8, width - self.margin - 3)

    def row(self, index: int, row: int, width: int, *, bar: str = "") -> Line:
        """One row of a line; ``bar`` is the ink of the bar at its left, if there is one."""
        line = self.patch.lines[index]
        match line.kind:
            case Kind.FILE:
                drawn = self._file(index, width) if row else []
                return drawn if not row else _barred(drawn, bar)
            case Kind.HUNK:
                text = chunk(line.text, row, self.room(width))
                mark = " " if row else self._mark(index)
                head: Line = [(" " * (self.margin - 2), "text"), (f"{mark} ", "accent")]
                return _barred([*head, (text, "code")], bar if not row else "")
            case Kind.COMMENT:
                edge, ink = COMMENTS.get(line.marks, COMMENTS["open"])
                said = [(text, ink) for text, _ in prose(line.text, self.room(width))[row]]
                return _barred([(" " * self.margin, "text"), ("┃ ", edge), *said], bar if not row else "")
            case _:
                return _barred(self._content(index, line, row, width), bar if not row else "")

    def _content(self, index: int, line: PatchLine, row: int, width: int) -> Line:
        sign, ink = LOOKS[line.kind]
        number = "" if line.number is None or row else str(line.number)
        spans = [(line.visible, ink)] if line.kind is Kind.NOTE else self._colors.line(index)
        start, end = part(line.visible, row, self.room(width))
        ground = GROUNDS.get(line.kind, "")
        drawn: Line = [(f"{number:>{self.margin - 1}} ", "faint"), (sign if not row else "  ", f"{ink}{ground}")]
        drawn += self._found(line, sliced(spans, start, end))
        if ground:
            drawn.append((" " * max(0, width - cells(drawn)), f"text{ground}"))
        return drawn

    def file_line(self, file: FilePatch) -> Line:
        """The path and changes of a file, in one line."""
        return joined([[(file.title, "strong")], self.counts(file)], "   ", "text")

    def _listed(self, number: int, file: FilePatch, width: int) -> Line:
        name: Line = [(f" {self.file_mark(number)} ", "accent"), (f"{file.sign} ", "faint"), (file.title, "text")]
        return justified(name, [*self.counts(file), (" ", "text")], width)

    def counts(self, counted: Patch | FilePatch) -> Line:
        """The numbers of lines added and removed."""
        more = f"+{counted.added}" if counted.added else ""
        less = f"{self.glyphs.minus}{counted.removed}" if counted.removed else ""
        return joined([[(more, "add")], [(less, "del")]], " ", "text")

    def file_mark(self, number: int) -> str:
        """Whether all hunks of a file were read, or some, or none; blank while that is not known."""
        if number not in self.by_file:
            return " "
        unread, count = self.by_file[number]
        return self.glyphs.done if not unread else self.glyphs.idle if unread == count else self.glyphs.running

    def _mark(self, index: int) -> str:
        head = self._heads.get(index)
        if head is None or not self.reviewed:
            return " "
        return self.glyphs.running if head.unread(self.read) else self.glyphs.done

    def _found(self, line: PatchLine, spans: Line) -> Line:
        """Mark a line with the sought text."""
        hit = self.sought and self.sought in line.text.casefold()
        return [(text, "accent-strong" + "".join(ink.partition("@")[1:])) for text, ink in spans] if hit else spans

    def _file(self, index: int, width: int) -> Line:
        file = self._files[index]
        whole = self._mark(index)
        line: Line = [(" ── " if whole == " " else f" {whole}─ ", "rule"), *self.file_line(file), (" ", "text")]
        return [*line, ("─" * max(2, width - sum(clean.width(text) for text, _ in line) - 1), "rule")]


def _barred(line: Line, ink: str) -> Line:
    """A line with the bar in place of its first cell."""
    return [(BAR, ink), *sliced(line, 1, sum(len(text) for text, _ in line))] if ink else line
