"""Sessions as rows: the cards of a column, and a list."""

from collections.abc import Mapping

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_tui.app.widgets.cards import CardContext, card, list_rows
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.rows import Rows


class SessionRows(Rows[Session]):
    """Rows of sessions; marked ones have a sign."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._marked: set[SessionId] = set()
        self._approvals: Mapping[SessionId, Approval] = {}

    def key(self, item: Session) -> str:
        return item.session_id

    def set_marked(self, marked: set[SessionId], changed: set[SessionId]) -> None:
        """Show these sessions as selected; only the ``changed`` ones are drawn again."""
        self._marked = marked
        if changed:
            self.invalidate(changed)

    def set_approvals(self, approvals: Mapping[SessionId, Approval]) -> None:
        """Set the pending approval of each session that has one; sessions whose approval changed are drawn again."""
        before, self._approvals = self._approvals, approvals
        if changed := {key for key in {*approvals, *before} if approvals.get(key) != before.get(key)}:
            self.invalidate(changed)

    def context(self, item: Session, *, selected: bool) -> CardContext:
        """The context that the drawing of a session depends on beside its record."""
        approval = self._approvals.get(item.session_id)
        marked = item.session_id in self._marked
        return CardContext(self.glyphs, self.environment.clock.now(), approval, selected, marked)


class Cards(SessionRows):
    """Rows of cards."""

    def draw(self, item: Session, width: int, *, selected: bool) -> list[Line]:
        return card(item, self.context(item, selected=selected), width)


class SessionList(SessionRows):
    """Rows of one line; the selected one has more."""

    def draw(self, item: Session, width: int, *, selected: bool) -> list[Line]:
        return list_rows(item, self.context(item, selected=selected), width)
