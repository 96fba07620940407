"""A comparison: a column for each session, rows of figures above, and below them a row for each file."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from agor_core.domain.comparison import ComparedFile, Comparison
from agor_core.ids import SessionId
from agor_tui.app.widgets.ink import BAR, MARKED, TONES, InkLine
from agor_tui.app.widgets.lines import Line, padded, wrap
from agor_tui.app.widgets.rows import Rows
from agor_tui.state import clean
from agor_tui.state.comparison_rows import LAST_WORDS, Cell, figure_rows, file_cell, heads
from agor_tui.state.glyphs import Tone

NARROWEST, WIDEST = 26, 60
"""Cells of a column."""
WORD_LINES = 2
"""Lines of the last words; three where there is room."""
INKS = {**TONES, Tone.SUCCESS: "add", Tone.ERROR: "del", Tone.WARNING: "warning"}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns in view, from ``first`` on, with the ``selected`` one, and the widths of names and columns."""

    first: int
    shown: int
    selected: int
    names: int
    width: int

    @property
    def indexes(self) -> range:
        """The columns in view."""
        return range(self.first, self.first + self.shown)


def columns(width: int, count: int, selected: int, first: int) -> Columns:
    """The columns that fit into ``width`` cells: as few as needed scroll to show the selected one."""
    names = min(40, max(18, width // 5))
    shown = max(1, min(count, (width - names) // NARROWEST))
    first = min(max(first, selected - shown + 1), selected, max(0, count - shown))
    return Columns(first, shown, selected, names, min(WIDEST, (width - names) // shown))


class CompareHead(InkLine):
    """The heads of the columns and the rows of figures."""

    DEFAULT_CSS = "CompareHead { height: auto; }"

    @dataclass
    class ColumnPressed(Message):
        """A column was clicked."""

        index: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.comparison: Comparison | None = None
        self.columns = Columns(0, 1, 0, 18, NARROWEST)
        self.against: int | None = None
        self.word_lines = WORD_LINES

    def show(self, comparison: Comparison, shown: Columns, word_lines: int) -> None:
        """Show these columns of a comparison."""
        self.comparison, self.columns, self.word_lines = comparison, shown, word_lines
        self._shown = []
        self.refresh(layout=True)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:  # noqa: ARG002
        return len(self.lines(width))

    def lines(self, width: int) -> Sequence[Line]:  # noqa: ARG002 - the columns have it
        comparison = self.comparison
        if comparison is None:
            return []
        lines = [self._row(self._hidden(len(comparison.sessions)), heads(comparison))]
        for row in figure_rows(comparison, self.glyphs):
            if row.name == LAST_WORDS:
                lines += self._wrapped(row.name, row.cells)
            else:
                lines.append(self._row(row.name, row.cells))
        return lines

    def _hidden(self, count: int) -> str:
        """How many columns are in view, unless all are."""
        shown = self.columns
        return "" if shown.shown == count else f"{shown.first + 1}-{shown.first + shown.shown} of {count} h l"

    def _row(self, name: str, cells: Sequence[Cell]) -> Line:
        return _aligned(f" {name}", [inked(cells[index]) for index in self.columns.indexes], self.columns)

    def _wrapped(self, name: str, cells: Sequence[Cell]) -> list[Line]:
        """A row of several lines."""
        wrapped = []
        for index in self.columns.indexes:
            lines = wrap(inked(cells[index]), self.columns.width - 3)
            wrapped.append(
                lines if len(lines) <= self.word_lines else [*lines[: self.word_lines - 1], _rest(lines, self)]
            )
        height = max(1, max((len(lines) for lines in wrapped), default=1))
        return [
            _aligned(
                "" if number else f" {name}",
                [lines[number] if number < len(lines) else [] for lines in wrapped],
                self.columns,
            )
            for number in range(height)
        ]

    def on_click(self, event: events.Click) -> None:
        index = (event.x - self.columns.names) // max(1, self.columns.width)
        if event.x >= self.columns.names and index < self.columns.shown:
            self.post_message(self.ColumnPressed(self.columns.first + index))


class CompareFiles(Rows[ComparedFile]):
    """A line for each file; marked files have a sign."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.session_ids: tuple[SessionId, ...] = ()
        self.columns = Columns(0, 1, 0, 18, NARROWEST)
        self.marked: Collection[str] = ()

    def show(self, files: Sequence[ComparedFile], session_ids: tuple[SessionId, ...], shown: Columns) -> None:
        """Show these columns of a comparison; the cursor stays on its file."""
        self.session_ids, self.columns = session_ids, shown
        self._drawn.clear()
        self.set_items(files)

    def set_marked(self, marked: Collection[str]) -> None:
        """Mark the files with these paths."""
        self.marked = marked
        self.invalidate()

    def key(self, item: ComparedFile) -> str:
        return item.path

    def draw(self, item: ComparedFile, width: int, *, selected: bool) -> list[Line]:  # noqa: ARG002 - columns have it
        edge = MARKED if item.path in self.marked else (BAR if selected else " ")
        name = clean.cut_start(clean.line(item.path), self.columns.names - 2)
        cells = [inked(file_cell(item, index, self.session_ids, self.glyphs)) for index in self.columns.indexes]
        all_same = item.same_in(self.session_ids)
        return [_aligned(f"{edge}{name}", cells, self.columns, "muted" if all_same else "text")]


def inked(cell: Cell) -> Line:
    """A cell with the inks of its tones."""
    return [(segment.text, INKS[segment.tone]) for segment in cell if segment.text]


def _aligned(name: str, cells: Sequence[Line], shown: Columns, ink: str = "muted") -> Line:
    line: Line = padded([(name[:1], "accent"), (name[1:], ink)], shown.names)
    for index, cell in zip(shown.indexes, cells, strict=True):
        edge = BAR if index == shown.selected else " "
        line += padded([(edge, "accent"), *padded(cell, shown.width - 2)], shown.width)
    return line


def _rest(lines: list[Line], widget: CompareHead) -> Line:
    """The last line that is shown, with an ellipsis for what comes after it."""
    return [*lines[widget.word_lines - 1], ("…", "muted")]
