"""A column of the board: its name, the number of its sessions, and their cards."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.session_rows import Cards
from agor_tui.state.board_columns import BoardColumn, ColumnName


class ColumnTitle(InkLine):
    """The name and the count; emphasized only if sessions wait for a person."""

    DEFAULT_CSS = "ColumnTitle { height: 2; }"

    def __init__(self, name: ColumnName) -> None:
        super().__init__()
        self._column = name
        self.count = 0

    def lines(self, width: int) -> Sequence[Line]:  # noqa: ARG002 - it always fits
        ink = {ColumnName.NEEDS_YOU: "warning-strong", ColumnName.NEW: "strong"}.get(self._column, "muted")
        return [
            [
                (" ", "text"),
                (self._column.upper(), ink),
                (f" {self.count}", "faint"),
            ]
        ]


class Column(Vertical):
    """The sessions of one status."""

    DEFAULT_CSS = """
    Column { width: 1fr; max-width: 64; height: 1fr; }
    Column Cards { height: 1fr; }
    Column.-folded { width: 14; }
    Column.-folded Cards { display: none; }
    """

    def __init__(self, name: ColumnName) -> None:
        super().__init__(id=f"column-{name.replace(' ', '-')}")
        self.column = name
        self.title_line = ColumnTitle(name)
        self.cards = Cards()

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.cards

    def set_column(self, column: BoardColumn, *, folded: bool = False) -> None:
        """Set the sessions; an empty column takes no room, a ``folded`` one that of its title."""
        self.display = bool(column.sessions)
        self.set_class(folded, "-folded")
        self.title_line.count = column.total
        self.title_line.redraw()
        self.cards.total = column.total
        self.cards.set_items(column.sessions)
