"""Tables of aligned columns in a given width: one column is truncated, the least important are left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from agor_tui.state.clean import pad, width
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

GAP = 2
SHORTEST = 12


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: ``right`` aligns figures, ``gives`` is truncated first, a higher ``drop`` is left out earlier."""

    head: str
    right: bool = False
    gives: bool = False
    drop: int = 0


def table(columns: Sequence[TableColumn], rows: Sequence[Sequence[Segment]], cells: int) -> list[list[Segment]]:
    """The lines of a table, the heads first. Empty columns are left out."""
    widths = [max((width(row[index].text) for row in rows), default=0) for index in range(len(columns))]
    kept = [index for index, cells_needed in enumerate(widths) if cells_needed]
    for index in kept:
        widths[index] = max(widths[index], len(columns[index].head))
    kept = _fitting(columns, widths, kept, cells)
    _give(columns, widths, kept, cells)
    head = [Segment(columns[index].head, Tone.MUTED) for index in range(len(columns))]
    return [_line(columns, widths, kept, row) for row in (head, *rows)]


def _fitting(columns: Sequence[TableColumn], widths: list[int], kept: list[int], cells: int) -> list[int]:
    def least() -> int:
        narrow = sum(min(widths[index], SHORTEST) if columns[index].gives else widths[index] for index in kept)
        return narrow + GAP * (len(kept) - 1)

    for index in sorted(kept, key=lambda index: -columns[index].drop):
        if least() <= cells or not columns[index].drop:
            break
        kept = [other for other in kept if other != index]
    return kept


def _give(columns: Sequence[TableColumn], widths: list[int], kept: list[int], cells: int) -> None:
    over = sum(widths[index] for index in kept) + GAP * (len(kept) - 1) - cells
    for index in kept:
        if over > 0 and columns[index].gives:
            taken = min(over, max(0, widths[index] - SHORTEST))
            widths[index] -= taken
            over -= taken


def _line(
    columns: Sequence[TableColumn], widths: Sequence[int], kept: Sequence[int], row: Sequence[Segment]
) -> list[Segment]:
    line: list[Segment] = []
    for index in kept:
        if line:
            line.append(Segment(" " * GAP))
        cell = row[index]
        line.append(Segment(pad(cell.text, widths[index], right=columns[index].right), cell.tone))
    return line
