"""Rows that are read: items may be higher than the window, and text grows at the end.

A key moves by half a window, whatever the items are, so that every line can be brought into view. The view follows
the end until one scrolls up; then it says what is new below. A resize keeps the end, or the first visible line.
"""

from bisect import bisect_right
from typing import Generic, TypeVar

from textual.geometry import Size
from textual.strip import Strip

from agor_tui.app.widgets.lines import plain
from agor_tui.app.widgets.rows import Rows

T = TypeVar("T")


class ReadingRows(Rows[T], Generic[T]):
    """A list of long items; at the bottom it follows new text."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._follows = True
        self._seen: dict[str, T] = {}
        """The items that there were when the view left the end."""
        self._laid_out = Size(0, 0)
        """The size of the window that the lines were drawn for."""
        self._anchor: tuple[str, int] | None = None
        """The item of the first visible line, and the number of its words above the window."""

    @property
    def at_bottom(self) -> bool:
        """Whether the last line is in view."""
        return self.scroll_offset.y >= self.virtual_size.height - self.scrollable_content_region.height

    def to_bottom(self) -> None:
        """Scroll to the last line."""
        self.scroll_to(y=max(0, len(self._lines) - self.scrollable_content_region.height), animate=False, force=True)

    def show_end(self) -> None:
        """Put the cursor on the last item and scroll to the last line."""
        self.follow(True)
        self.index = max(0, len(self.items) - 1)
        self.relayout()
        self.to_bottom()

    @property
    def follows(self) -> bool:
        """Whether the view follows the end; it does until one scrolls up, and again from the last line on."""
        return self._follows

    def follow(self, follows: bool) -> None:
        """Follow the end, or stay where the window is."""
        if self._follows and not follows:
            self._seen = dict(zip(self._keys, self.items, strict=True))
        self._follows = follows
        self._tell_new()

    @property
    def new_count(self) -> int:
        """The items that came or grew since the view left the end."""
        if self._follows:
            return 0
        return sum(self._seen.get(key) is not item for key, item in zip(self._keys, self.items, strict=False))

    def _tell_new(self) -> None:
        """Paint the last line of the window, which tells what is new below."""
        if self.is_mounted and self.size.height:
            self.refresh_lines(self.scroll_offset.y + self.size.height - 1, 1)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if y != self.size.height - 1 or not (count := self.new_count):
            return strip
        told = self.strip([(f" {count} new ↓ ", "accent-strong")], len(f" {count} new ↓ "))
        return Strip.join([strip.crop(0, self.line_width - told.cell_length), told])

    # Reading: every line can be brought into view, however long an item is

    def move(self, step: int) -> None:
        """Move the cursor by items; in an item that is higher than the window first by half a window."""
        top, height = self.scroll_offset.y, self._height
        start, end = self._extent(self.index)
        if step > 0 and end > top + height and start < top + height:
            self._scroll_half(1)
        elif step < 0 and start < top < end:
            self._scroll_half(-1)
        elif step > 0 and self.index == len(self.items) - 1:
            self.show_end()
        else:
            self.move_to(self.index + step)
            start, end = self._extent(self.index)
            if step < 0 and end - start > height:  # of a long item that one comes to from below, the end
                self._place(end - height)
            self.follow(step > 0 and self.index == len(self.items) - 1 and end - start <= height)

    def page(self, direction: int) -> None:
        """Scroll by half a window; the cursor comes along."""
        self._scroll_half(direction)

    def edge(self, direction: int) -> None:
        """Go to the first line, or with a positive direction to the last."""
        if direction > 0:
            moved = self.index != len(self.items) - 1
            self.show_end()
            if moved:
                self.post_message(self.Moved(self))  # type: ignore[arg-type]
        else:
            self.follow(False)
            super().edge(direction)

    def _scroll_half(self, direction: int) -> None:
        height = self._height
        last = max(0, len(self._lines) - height)
        y = max(0, min(last, self.scroll_offset.y + direction * max(1, height // 2)))
        first, end = bisect_right(self._tops, y) - 1, bisect_right(self._tops, y + height - 1) - 1
        index = max(first, min(self.index, end))
        if y in (0, last) and y == self.scroll_offset.y:
            index = 0 if direction < 0 else len(self.items) - 1
        self._place(y)
        self.follow(direction > 0 and y == last)
        if index != self.index and self.items:
            self.index = index
            self.relayout()
            self.post_message(self.Moved(self))  # type: ignore[arg-type]

    @property
    def _height(self) -> int:
        return max(1, self.scrollable_content_region.height)

    def _extent(self, index: int) -> tuple[int, int]:
        """The first line of an item, and the line after its last."""
        if not 0 <= index < len(self._tops):
            return 0, 0
        end = self._tops[index + 1] if index + 1 < len(self._tops) else len(self._lines)
        return self._tops[index], end

    def _place(self, y: int) -> None:
        self.scroll_to(y=max(0, y), animate=False, force=True, immediate=True)

    def move_to(self, index: int) -> None:
        super().move_to(index)
        at_end = self.index == len(self.items) - 1
        if at_end:
            self.to_bottom()
        self.follow(at_end)

    def on_mouse_scroll_up(self) -> None:
        self.follow(False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.size != self._laid_out:  # the window has changed, which is no move of the user
            return
        self._anchor = self._first_visible()
        if new_value > old_value and self.at_bottom and not self._follows:
            self.follow(True)

    def fit_window(self) -> None:
        """Draw for a new size of the window; keep the end in view if it is followed, else the first visible line."""
        if not self.size:
            return
        self.relayout()
        if self._follows:
            self.to_bottom()
        elif self._anchor is not None:
            self._place(self._line_of(*self._anchor))

    def relayout(self) -> None:
        super().relayout()
        self._laid_out = self.size

    def _first_visible(self) -> tuple[str, int] | None:
        """The item of the first line of the window, and the number of its words above."""
        top = self.scroll_offset.y
        if not self._keys or not self._tops or top >= len(self._lines):
            return None
        index = bisect_right(self._tops, top) - 1
        return self._keys[index], sum(len(plain(line).split()) for line, _ in self._lines[self._tops[index] : top])

    def _line_of(self, key: str, words: int) -> int:
        """The line of an item with this many words above it."""
        index = self._keys.index(key) if key in self._keys else 0
        line, end = self._extent(index)
        while line < end and words > 0:
            words -= len(plain(self._lines[line][0]).split())
            line += 1
        return min(line, max(0, end - 1))
