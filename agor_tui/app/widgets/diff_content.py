"""The content of a diff in a window: its lines with comments below them, what was read, and their rows."""

from collections.abc import Collection, Sequence
from itertools import accumulate

from textual.geometry import Size
from textual.message import Message

from agor_core.domain.comment import Comment
from agor_tui.app.widgets.diff_drawing import DiffDrawing
from agor_tui.app.widgets.diff_rows import height
from agor_tui.app.widgets.ink import InkView
from agor_tui.app.widgets.lines import Line, joined, wrap
from agor_tui.state.figures import files
from agor_tui.state.patch import FilePatch, Kind, Patch, without_whitespace
from agor_tui.state.reviewing import Marks, with_comments


class DiffContent(InkView):
    """The lines of a diff in a window; `DiffView` moves in them and draws them."""

    class Scrolled(Message, namespace="diff_view"):
        """The view was scrolled, the cursor moved, or its content has changed."""

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
    def current_comment(self) -> str:
        """The id of the comment at the cursor; empty without one."""
        lines = self.patch.lines if self.patch is not None else []
        return lines[self.cursor].ref if self.cursor < len(lines) else ""

    def _place(self) -> tuple[str, int, int]:
        """The comment at the cursor, its line not counting comments, and its row in the window."""
        lines = self.patch.lines if self.patch is not None else []
        count = sum(line.kind is not Kind.COMMENT for line in lines[: self.cursor])
        row = self._tops[min(self.cursor, len(self._tops) - 1)] - self.scroll_offset.y
        return self.current_comment, count, row

    def _return_to(self, place: tuple[str, int, int]) -> None:
        if self.patch is None:
            return
        comment, line, row = place
        own = [n for n, one in enumerate(self.patch.lines) if one.kind is not Kind.COMMENT]
        same = next((n for n, one in enumerate(self.patch.lines) if comment and one.ref == comment), None)
        self.cursor = same if same is not None else own[min(line, len(own) - 1)] if own else 0
        if self.is_mounted and self.size:
            self._scroll(self._tops[self.cursor] - row)

    def _scroll(self, y: int) -> None:
        self.scroll_to(y=max(0, y), animate=False, force=True)

    def on_resize(self) -> None:
        self.relayout()

    def on_mount(self) -> None:
        self.relayout()

    @property
    def _room(self) -> int:
        return self.drawing.room(self.line_width)
