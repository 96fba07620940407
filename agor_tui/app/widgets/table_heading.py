"""The headings of the list's columns."""

from collections.abc import Sequence

from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.session_table import heading


class TableHeading(InkLine):
    """One line; none where the list is narrow."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._placed = False

    def show(self, *, placed: bool) -> None:
        """Show the headings of rows that say, or do not say, where sessions work."""
        self._placed = placed
        self.redraw()

    def lines(self, width: int) -> Sequence[Line]:
        return [heading(width - 1, placed=self._placed)]  # the list has a scrollbar
