"""The diff of a task or a session: changed files and lines, with a cursor, comments, and what was read of it.

Only the lines in view are drawn, so that large patches stay fast.
"""

from bisect import bisect_right

from textual import events
from textual.strip import Strip

from agor_tui.app.widgets.diff_content import DiffContent
from agor_tui.app.widgets.lines import Line
from agor_tui.state.reviewing import hits, number_from

AROUND = 2
"""Lines that stay in view above and below the cursor."""


class DiffView(DiffContent):
    """A view with a cursor that goes by lines, changes and files; long lines are wrapped."""

    DEFAULT_CSS = "DiffView { scrollbar-gutter: stable; }"

    @property
    def current_file(self) -> int | None:
        """The index of the file that the cursor is in; None at the very top, where nothing was gone to."""
        if self.patch is None:
            return None
        if self._chosen is not None:
            return self._chosen
        if self.cursor == 0 and self.scroll_offset.y == 0:
            return None
        before = bisect_right(self.patch.files, self.cursor, key=lambda one: one.first)
        return before - 1 if before else None

    @property
    def current_line(self) -> int:
        """The number in the new file of the first line from the cursor on that has one; 1 without."""
        return 1 if self.patch is None else number_from(self.patch, self.cursor)

    # The cursor

    def go_to(self, index: int, *, top: bool = False) -> None:
        """Move the cursor to a line and bring it into view, or with ``top`` to the top of the window."""
        if self.patch is None or not self.patch.lines:
            return
        self._chosen = None
        self.cursor = max(0, min(index, len(self.patch.lines) - 1))
        if top:
            self._scroll(self._tops[self.cursor])
        else:
            self._reveal()
        self.refresh()
        self.post_message(self.Scrolled())

    def move(self, step: int) -> None:
        """Move by some lines; above the first one the list of the files comes into view."""
        if step < 0 and self.cursor == 0:
            self._scroll(0)
        self.go_to(self.cursor + step)

    def page(self, direction: int) -> None:
        """Move and scroll by half a window."""
        step = direction * max(1, self.size.height // 2)
        y = self.scroll_offset.y
        row = self._tops[self.cursor] + step
        self._chosen = None
        self.cursor = self._line_at(row)
        self._scroll(min(y + step, max(y, self._end)) if step > 0 else y + step)
        self.go_to(self.cursor)

    def edge(self, direction: int) -> None:
        """Move to the top, or with a positive direction to the end."""
        last = len(self.patch.lines) - 1 if self.patch is not None else 0
        self.go_to(0 if direction < 0 else last)
        self._scroll(0 if direction < 0 else self._end)

    def move_to_hunk(self, step: int) -> None:
        """Move to the next place that changed, or with a negative step to the one before; or to a hit."""
        if self.patch is None:
            return
        changes = [one.line for one in self.marks.hunks if not one.hunk.whole]
        places = hits(self.patch, self.sought) if self.sought else changes
        below, above = [one for one in places if one > self.cursor], [one for one in places if one < self.cursor]
        if step > 0 and below:
            self.go_to(below[0], top=True)
        elif step < 0 and above:
            self.go_to(above[-1], top=True)

    def seek(self, text: str) -> None:
        """Go to the first line from the cursor on that has this text, in any case."""
        self.drawing.sought = text.casefold()
        self.refresh()
        found = hits(self.patch, self.sought) if self.patch is not None and self.sought else []
        here = [place for place in found if place >= self.cursor]
        if here:
            self.go_to(here[0], top=True)
        self.post_message(self.Scrolled())

    def move_to_file(self, step: int) -> None:
        """Move to the next file, or with a negative step to the beginning of this or the file before."""
        if self.patch is None:
            return
        here, last = self.current_file, len(self.patch.files) - 1
        within = here is not None and self._chosen is None and self.cursor > self.patch.files[here].first
        place = (-1 if here is None else here) + (step if step > 0 or not within else 0)
        if place < 0:
            self.edge(-1)
            return
        self.cursor = self.patch.files[min(place, last)].first
        self._scroll(self._tops[self.cursor] + 1)  # without the empty line above it
        self._chosen = min(place, last)
        self.refresh()
        self.post_message(self.Scrolled())

    # Scrolling

    @property
    def _end(self) -> int:
        """The scroll position at which the last line is at the bottom."""
        return max(0, self._tops[-1] - self.size.height)

    def _reveal(self) -> None:
        """Scroll as little as needed to have the cursor and some lines around it in view."""
        y, rows = self.scroll_offset.y, self.size.height
        first, after = self._tops[self.cursor], self._tops[self.cursor + 1]
        around = min(AROUND, max(0, (rows - (after - first)) // 2))
        if first - around < y:
            self._scroll(first - around if self.cursor or first > rows else 0)
        elif after + around > y + rows:
            self._scroll(min(after + around - rows, first))

    def _line_at(self, row: int) -> int:
        """The line that a row belongs to."""
        return max(0, min(bisect_right(self._tops, row) - 1, len(self._tops) - 2))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The cursor stays in view, also where the wheel scrolls."""
        super().watch_scroll_y(old_value, new_value)
        y, rows = self.scroll_offset.y, self.size.height
        if self.patch is not None and len(self._tops) > 1 and rows:
            first, after = self._tops[self.cursor], self._tops[self.cursor + 1]
            if after <= y or first >= y + rows:
                self._chosen = None
                self.cursor = self._line_at(y if after <= y else y + rows - 1)
        self.post_message(self.Scrolled())

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a line."""
        row = event.y + self.scroll_offset.y
        if self.patch is not None and len(self._head) <= row < self._tops[-1]:
            self.go_to(self._line_at(row))

    # Drawing

    def render_line(self, y: int) -> Strip:
        y += self.scroll_offset.y
        line: Line = []
        if y < len(self._head):
            line = self._head[y]
        elif self.patch is not None and y < self._tops[-1]:
            index = bisect_right(self._tops, y) - 1
            line = self._drawn(index, y - self._tops[index])
        return self.strip(line, self.line_width)

    def _drawn(self, index: int, row: int) -> Line:
        first, last = sorted((self.cursor if self.range_start is None else self.range_start, self.cursor))
        within = first <= index <= last
        bar = "accent" if index == self.cursor else "warning" if within else ""
        return self.drawing.row(index, row, self.line_width, bar=bar)
