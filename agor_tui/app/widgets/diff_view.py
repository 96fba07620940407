"""The diff of a task or a session: changed files and lines, with a cursor, comments, and what was read of it.

Only the lines in view are drawn, so that large patches stay fast.
"""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from agor_core.domain.comment import Comment
from agor_tui.app.widgets.diff_drawing import DiffDrawing
from agor_tui.app.widgets.diff_rows import height
from agor_tui.app.widgets.ink import InkView
from agor_tui.app.widgets.lines import Line, joined, wrap
from agor_tui.state.figures import files
from agor_tui.state.patch import FilePatch, Kind, Patch, without_whitespace
from agor_tui.state.reviewing import Marks, hits, number_from, with_comments

AROUND = 2
"""Lines that stay in view above and below the cursor."""


class DiffView(InkView):
    """A view with a cursor that goes by lines, changes and files; long lines are wrapped."""

    class Scrolled(Message):
        """The view was scrolled, the cursor moved, or its content has changed."""

    DEFAULT_CSS = "DiffView { scrollbar-gutter: stable; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.patch: Patch | None = None
        self.drawing = DiffDrawing(Patch(""))
        self.cursor = 0
        """The index of the line with the cursor."""
        self.range_start: int | None = None
        """The line at which a range begins that goes to the cursor."""
        self._said: Line = [("reading…", "faint")]
        self._head: list[Line] = []
        self._tops: list[int] = [0]
        self._read: Patch | None = None
        self._comments: Sequence[Comment] = ()
        self.ignores_whitespace = False
        """Whether lines that differ by white space alone are shown as unchanged."""
        self._chosen: int | None = None
        """The file that was gone to last, until one moves on."""
        self.lists_files = True
        """Whether the files are listed above the first; not where they stand beside the diff."""

    # Content

    def set_text(self, line: Line) -> None:
        """Show a sentence in place of a patch."""
        self.patch, self._said = None, line
        self.relayout()

    def set_patch(self, patch: Patch) -> None:
        """Show a patch; cursor and scroll position stay."""
        self._read = patch
        self._rebuild()

    def set_comments(self, comments: Sequence[Comment]) -> None:
        """Show comments below their lines; the cursor stays at its line of the diff."""
        if list(comments) == list(self._comments):
            return
        place = self._place()
        self._comments = tuple(comments)
        self._rebuild()
        self._return_to(place)

    def set_read(self, read: Collection[str]) -> None:
        """Mark what was read, by the keys of the changes."""
        self.drawing.set_read(read)
        self._layout_head()
        self.refresh()
        self.post_message(self.Scrolled())

    def toggle_whitespace(self) -> None:
        """Show lines that differ by white space alone as unchanged, or as changed."""
        if self._read is not None:
            self.ignores_whitespace = not self.ignores_whitespace
            self._rebuild()

    @property
    def sought(self) -> str:
        """The text that is sought, in one case."""
        return self.drawing.sought

    @property
    def marks(self) -> Marks:
        """The hunks, by the indexes of their first lines."""
        return self.drawing.marks

    @property
    def unread(self) -> int | None:
        """How many hunks nobody has read; None while that is not known."""
        return self.marks.unread(self.drawing.read) if self.patch is not None and self.drawing.reviewed else None

    def _rebuild(self) -> None:
        if self._read is None:
            return
        before = self.drawing
        patch = without_whitespace(self._read) if self.ignores_whitespace else self._read
        self.patch = patch = with_comments(patch, self._comments)
        self.drawing = DiffDrawing(patch)
        self.drawing.sought = before.sought
        if before.reviewed:
            self.drawing.set_read(before.read)
        self.cursor = max(0, min(self.cursor, len(patch.lines) - 1))
        self.range_start = None
        self.relayout()

    def relayout(self) -> None:
        """Compute the heights of all lines for the present width."""
        if not self.is_mounted or not self.size:
            return
        width, room = self.line_width, self._room
        heights: list[int] = []
        self.drawing.glyphs = self.glyphs
        if self.patch is None:
            self._head = [[], *([("  ", "text"), *line] for line in wrap(self._said, max(8, width - 4)))]
        else:
            heights = [height(line, room) for line in self.patch.lines]
            self._layout_head()
        self._tops = list(accumulate(heights, initial=len(self._head)))
        below = self.size.height - 1 if self.patch is not None and self._tops[-1] > self.size.height else 0
        self.virtual_size = Size(self.size.width, self._tops[-1] + below)  # the last file, too, can come to the top
        self.refresh()
        self.post_message(self.Scrolled())

    def _layout_head(self) -> None:
        if self.patch is not None:
            self._head = self.drawing.head(self.line_width) if self.lists_files else []

    def total_line(self) -> Line:
        """The number of files and lines changed, in one line."""
        patch = self.patch
        if patch is None:
            return []
        return joined([[(files(patch.file_count), "strong")], self.drawing.counts(patch)], "   ", "text")

    def file_line(self, file: FilePatch) -> Line:
        """The path and changes of a file, in one line."""
        return self.drawing.file_line(file)

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

    @property
    def current_comment(self) -> str:
        """The id of the comment at the cursor; empty without one."""
        lines = self.patch.lines if self.patch is not None else []
        return lines[self.cursor].ref if self.cursor < len(lines) else ""

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

    def _place(self) -> tuple[int, int]:
        """The cursor's line, not counting comments, and its row in the window."""
        lines = self.patch.lines if self.patch is not None else []
        count = sum(line.kind is not Kind.COMMENT for line in lines[: self.cursor])
        return count, self._tops[min(self.cursor, len(self._tops) - 1)] - self.scroll_offset.y

    def _return_to(self, place: tuple[int, int]) -> None:
        if self.patch is None:
            return
        line, row = place
        own = [n for n, one in enumerate(self.patch.lines) if one.kind is not Kind.COMMENT]
        self.cursor = own[min(line, len(own) - 1)] if own else 0
        if self.is_mounted and self.size:
            self._scroll(self._tops[self.cursor] - row)

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

    def _scroll(self, y: int) -> None:
        self.scroll_to(y=max(0, y), animate=False, force=True)

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

    def on_resize(self) -> None:
        self.relayout()

    def on_mount(self) -> None:
        self.relayout()

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

    @property
    def _room(self) -> int:
        return self.drawing.room(self.line_width)

    def _drawn(self, index: int, row: int) -> Line:
        within = self.range_start is not None and min(self.range_start, self.cursor) <= index <= max(
            self.range_start, self.cursor
        )
        bar = "accent" if index == self.cursor else "warning" if within else ""
        return self.drawing.row(index, row, self.line_width, bar=bar)
