"""Sessions as rows: the cards of a column, and the lines of a list."""

from collections.abc import Mapping

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_tui.app.widgets.cards import Look, card, list_line
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.rows import Rows


class SessionRows(Rows[Session]):
    """Sessions one below the other; ``marked`` ones carry a sign."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._marked: set[SessionId] = set()
        self._asked: Mapping[SessionId, Approval] = {}

    def key(self, item: Session) -> str:
        return item.session_id

    def mark(self, marked: set[SessionId], differ: set[SessionId]) -> None:
        """Show these as selected; ``differ`` are those that were not before, or are no longer."""
        self._marked = marked
        if differ:
            self.forget(differ)

    def tell(self, asked: Mapping[SessionId, Approval]) -> None:
        """Set the open question of each session that has one, and redraw those whose question differs."""
        differ = {one for one in {*asked, *self._asked} if asked.get(one) != self._asked.get(one)}
        self._asked = asked
        if differ:
            self.forget(differ)

    def look(self, item: Session, *, selected: bool) -> Look:
        """By what to draw one of them."""
        asked = self._asked.get(item.session_id)
        return Look(self.glyphs, self.surroundings.clock.now(), asked, selected, item.session_id in self._marked)


class Cards(SessionRows):
    """Sessions as cards, one below the other."""

    def draw(self, item: Session, width: int, *, selected: bool) -> list[Line]:
        return card(item, self.look(item, selected=selected), width)


class SessionList(SessionRows):
    """Sessions as lines; the selected one shows more."""

    def draw(self, item: Session, width: int, *, selected: bool) -> list[Line]:
        return list_line(item, self.look(item, selected=selected), width)
