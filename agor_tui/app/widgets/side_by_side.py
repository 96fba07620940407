"""A patch of one file side by side: how it was at the left, how it is at the right; with a cursor on its hunks."""

from bisect import bisect_right
from collections.abc import Collection
from itertools import accumulate

from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from agor_tui.app.widgets.ink import BAR, MARKED, InkView
from agor_tui.app.widgets.lines import Line, broken, padded
from agor_tui.app.widgets.patch_colors import PatchColors
from agor_tui.state import clean
from agor_tui.state.patch import Kind, Patch, PatchLine
from agor_tui.state.side_by_side import Pair, pairs

GROUNDS = {Kind.ADDED: "@add", Kind.REMOVED: "@del"}


class SideBySide(InkView):
    """Scrolls by lines and by hunks; long lines are broken within their half."""

    class Scrolled(Message):
        """The cursor is on another hunk."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.patch: Patch | None = None
        self.hunk = 0
        self.marked: Collection[int] = ()
        self._said: Line = [("reading…", "faint")]
        self._pairs: list[Pair] = []
        self._tops: list[int] = [0]
        self._colors = PatchColors(Patch(""))
        self._margin = 5

    def set_text(self, line: Line) -> None:
        """Show a sentence in place of a patch."""
        self.patch, self._pairs, self._said = None, [], line
        self.relayout()

    def set_patch(self, patch: Patch) -> None:
        """Show a patch of one file, from its first hunk on."""
        self.patch, self._pairs, self._colors = patch, pairs(patch), PatchColors(patch)
        largest = max((max(line.number or 0, line.old or 0) for line in patch.lines), default=0)
        self._margin = max(4, len(str(largest)) + 1)
        self.hunk, self.marked = 0, ()
        self.relayout()
        self.scroll_to(y=0, animate=False, force=True)

    def set_marked(self, marked: Collection[int]) -> None:
        """Mark the hunks with these numbers."""
        self.marked = marked
        self.refresh()

    @property
    def hunk_count(self) -> int:
        """How many hunks there are."""
        return 1 + max((pair.hunk for pair in self._pairs), default=-1)

    def relayout(self) -> None:
        """Compute the heights of all pairs for the present width."""
        if not self.is_mounted or not self.size:
            return
        self._tops = list(accumulate((self._height(pair) for pair in self._pairs), initial=0))
        below = self.size.height - 1 if self._tops[-1] > self.size.height else 0
        self.virtual_size = Size(self.size.width, max(1, self._tops[-1] + below))
        self.refresh()
        self.post_message(self.Scrolled())

    # Scrolling

    def move(self, step: int) -> None:
        """Scroll by some lines; the cursor is on the hunk at the top."""
        end = max(0, self._tops[-1] - self.size.height)
        self._go(min(max(0, self.scroll_offset.y + step), max(end, self.scroll_offset.y if step > 0 else 0)))
        self._follow()

    def page(self, direction: int) -> None:
        """Scroll by half a window."""
        self.move(direction * max(1, self.size.height // 2))

    def edge(self, direction: int) -> None:
        """Scroll to the top, or with a positive direction to the end."""
        self._go(0 if direction < 0 else max(0, self._tops[-1] - self.size.height))
        self._follow()

    def move_to_hunk(self, step: int) -> None:
        """Put the cursor on the next hunk, or with a negative step on the one before."""
        self.hunk = min(max(0, self.hunk + step), max(0, self.hunk_count - 1))
        first = next((n for n, pair in enumerate(self._pairs) if pair.hunk == self.hunk), 0)
        self._go(self._tops[first])
        self.refresh()
        self.post_message(self.Scrolled())

    def _follow(self) -> None:
        place = bisect_right(self._tops, self.scroll_offset.y) - 1
        if 0 <= place < len(self._pairs):
            self.hunk = max(0, self._pairs[place].hunk)
        self.refresh()
        self.post_message(self.Scrolled())

    def _go(self, y: int) -> None:
        self.scroll_to(y=y, animate=False, force=True)

    def on_resize(self) -> None:
        self.relayout()

    def on_mount(self) -> None:
        self.relayout()

    # Drawing

    @property
    def _half(self) -> int:
        return max(10, (self.line_width - 1) // 2)

    @property
    def _room(self) -> int:
        return max(4, self._half - self._margin - 2)

    def _height(self, pair: Pair) -> int:
        if pair.across is not None:
            return 1
        return max(self._lines_of(pair.left), self._lines_of(pair.right))

    def _lines_of(self, index: int | None) -> int:
        if index is None or self.patch is None:
            return 1
        text = self.patch.lines[index].visible
        if text.isascii():
            return max(1, -(-len(text) // self._room))
        return len(broken([(text, "text")], self._room))

    def render_line(self, y: int) -> Strip:
        y += self.scroll_offset.y
        if self.patch is None:
            return self.strip([("  ", "text"), *self._said] if y == 1 else [], self.line_width)
        if y >= self._tops[-1]:
            return self.strip([], self.line_width)
        place = bisect_right(self._tops, y) - 1
        return self.strip(self._drawn(self._pairs[place], y - self._tops[place]), self.line_width)

    def _drawn(self, pair: Pair, row: int) -> Line:
        here = pair.hunk == self.hunk
        edge = MARKED if pair.hunk in self.marked else BAR
        if pair.across is not None and self.patch is not None:
            line = self.patch.lines[pair.across]
            ink = "code" if line.kind is Kind.HUNK else "faint"
            sign = edge if here or pair.hunk in self.marked else " "
            return [(sign, "accent"), (clean.cut(line.text, self.line_width - 2), ink)]
        left = self._side(pair.left, row, old=True)
        right = padded(self._side(pair.right, row), self._half)
        return [*padded(left, self._half), (self.glyphs.vertical, "rule"), *right]

    def _side(self, index: int | None, row: int, *, old: bool = False) -> Line:
        if index is None or self.patch is None:
            return []
        line = self.patch.lines[index]
        number = _number(line, old=old) if not row else ""
        ground = GROUNDS.get(line.kind, "")
        pieces = broken(self._colors.line(index), self._room)
        text = pieces[row] if row < len(pieces) else []
        head: Line = [(f"{number:>{self._margin - 1}} ", "faint")]
        filled = padded(text, self._room, f"text{ground}") if ground and row < len(pieces) else text
        return [*head, *filled]


def _number(line: PatchLine, *, old: bool) -> str:
    """The number of a line in the old file, or in the new one."""
    number = line.old if old and line.kind is Kind.SAME else line.number
    return "" if number is None else str(number)
