"""A line of a patch as rows: its number, its sign, its text, every character of it. Pure."""

from agor_tui.app.widgets.lines import Line, broken
from agor_tui.state.patch import Kind, Patch, PatchLine

LOOKS = {
    Kind.NOTE: ("  ", "faint"),
    Kind.SAME: ("  ", "muted"),
    Kind.ADDED: ("+ ", "add"),
    Kind.REMOVED: ("- ", "del"),
    Kind.COMMENT: ("┃ ", "accent"),
}


def margin(patch: Patch) -> int:
    """The cells of the column of numbers."""
    return max(4, len(str(max((line.number or 0 for line in patch.lines), default=0)))) + 1


def rows(line: PatchLine, margin: int, width: int) -> list[Line]:
    """The rows of a line; a long one is broken, and its text continues below."""
    if line.kind is Kind.HUNK:
        return broken([(line.text, "faint")], width, first=" " * margin, indent=" " * margin)
    sign, ink = LOOKS[line.kind]
    number = "" if line.number is None else str(line.number)
    below = " " * (margin + len(sign))
    first, *others = broken([(line.visible, ink)], max(2, width - len(below)))
    head: Line = [(f"{number:>{margin - 1}} ", "faint"), (sign, ink)]
    return [[*head, *first], *([(below, "text"), *row] for row in others)]
