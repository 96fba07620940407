"""A genealogy's tree as rows with a cursor."""

from collections.abc import Sequence

from agor_tui.app.widgets.ink import BAR, MARKED, TONES
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.rows import Rows
from agor_tui.state.genealogy_lines import genealogy_lines
from agor_tui.state.genealogy_rows import GenealogyRow


class TreeRows(Rows[GenealogyRow]):
    """One line for each session, with aligned columns."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.marked: set[str] = set()
        self._aligned: dict[str, Line] = {}
        self._for: tuple[int, Sequence[GenealogyRow]] = (0, ())

    def key(self, item: GenealogyRow) -> str:
        return item.session.session_id

    def draw(self, item: GenealogyRow, width: int, *, selected: bool) -> list[Line]:
        if self._for != (width, self.items):
            self._for = (width, self.items)
            drawn = genealogy_lines(self.items, width - 3, self.glyphs)
            self._aligned = {
                self.key(row): [(part.text, TONES[part.tone]) for part in line]
                for row, line in zip(self.items, drawn, strict=True)
            }
        edge = MARKED if self.key(item) in self.marked else BAR if selected else " "
        return [[(f"{edge} ", "accent"), *self._aligned[self.key(item)]]]

    def clear_marks(self) -> None:
        """Clear all marks."""
        cleared, self.marked = self.marked, set()
        self.invalidate(cleared)

    def toggle_mark(self) -> None:
        """Mark the session under the cursor or clear its mark, and move to the next."""
        if self.selected is not None:
            self.marked ^= {self.key(self.selected)}
            self.invalidate()
            self.move(1)
