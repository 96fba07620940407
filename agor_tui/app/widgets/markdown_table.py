"""A Markdown table as lines: columns aligned in cells, wrapped within the width; too many columns become records."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agor_tui.app.widgets.lines import Line, cells, wrap

GAP = 2
NARROWEST = 4
"""Cells of a column below which rows are shown as records."""


@dataclass(slots=True)
class Table:
    """``rows`` have the lines of each cell, the first row is the head; ``aligns`` are left, center or right."""

    rows: list[list[list[Line]]] = field(default_factory=list)
    aligns: list[str] = field(default_factory=list)

    def draw(self, room: int) -> list[Line]:
        """The lines in ``room`` cells."""
        if not self.rows:
            return []
        widths = self._widths(room)
        if widths is None:
            return self._records(room)
        head, *body = (_row(row, widths, self.aligns) for row in self.rows)
        rule: Line = []
        for number, width in enumerate(widths):
            rule += [(" " * GAP, "text")] if number else []
            rule.append(("─" * width, "rule"))
        return [*head, rule, *(line for row in body for line in row)]

    def _widths(self, room: int) -> list[int] | None:
        """The widths of the columns; None if they do not fit."""
        count = max(map(len, self.rows))
        wanted = [
            max((cells(line) for row in self.rows for line in (row[index] if index < len(row) else [])), default=0)
            for index in range(count)
        ]
        left = room - GAP * (count - 1)
        if left < sum(min(width, NARROWEST) for width in wanted):
            return None
        widths = [max(1, width) for width in wanted]
        while sum(widths) > left:
            over, widest = sum(widths) - left, max(widths)
            at = [index for index, width in enumerate(widths) if width == widest]
            below = max((width for width in widths if width < widest), default=0)
            step = min(widest - below, max(1, over // len(at)))
            for index in at:
                if sum(widths) > left:
                    widths[index] -= step
        return widths if min(widths) >= min(NARROWEST, min(max(1, width) for width in wanted)) else None

    def _records(self, room: int) -> list[Line]:
        """Each row as lines of a heading and its value."""
        head, *body = self.rows
        lines: list[Line] = []
        for row in body or [[]]:
            if lines:
                lines.append([])
            for index in range(max(len(head), len(row))):
                named = [span for line in head[index] for span in line] if index < len(head) else []
                value = [span for line in row[index] for span in [*line, (" ", "text")]] if index < len(row) else []
                lines += wrap([*named, (": ", "faint"), *value], room, indent="  ", first="")
        return lines


def _row(row: Sequence[list[Line]], widths: Sequence[int], aligns: Sequence[str]) -> list[Line]:
    columns = [
        [piece for line in (row[index] if index < len(row) else []) for piece in wrap(line, width)]
        for index, width in enumerate(widths)
    ]
    lines: list[Line] = []
    for number in range(max(1, *map(len, columns))):
        drawn: Line = []
        for index, (column, width) in enumerate(zip(columns, widths, strict=True)):
            drawn += [(" " * GAP, "text")] if index else []
            line = column[number] if number < len(column) else []
            drawn += _aligned(line, width, aligns[index] if index < len(aligns) else "left")
        lines.append(_trimmed(drawn))
    return lines


def _aligned(line: Line, width: int, align: str) -> Line:
    free = max(0, width - cells(line))
    before = free if align == "right" else free // 2 if align == "center" else 0
    return [(" " * before, "text"), *line, (" " * (free - before), "text")]


def _trimmed(line: Line) -> Line:
    while line and not line[-1][0].strip(" "):
        line.pop()
    return line
