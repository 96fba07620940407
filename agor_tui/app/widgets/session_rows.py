"""Sessions as rows: the cards of a column, and a list."""

from collections.abc import Mapping
from dataclasses import dataclass

from textual.message import Message

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_tui.app.widgets.cards import CardContext, card
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.session_table import list_rows

NEAR = 60
"""Lines before the end of what was read from which more is read."""


class SessionRows(Rows[Session]):
    """Rows of sessions; marked ones have a sign."""

    @dataclass
    class NearEnd(Message):
        """The end of the sessions that are here is near, and there are more."""

        rows: "SessionRows"

        @property
        def control(self) -> "SessionRows":
            return self.rows

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.total = 0
        """The number of sessions there are, here or not."""
        self.wants_end = False
        """Whether the cursor is to go to the last of all sessions."""
        self._marked: set[SessionId] = set()
        self._approvals: Mapping[SessionId, Approval] = {}
        self._headings: Mapping[SessionId, Line] = {}
        self._placed = False

    def key(self, item: Session) -> str:
        return item.session_id

    def above(self, item: Session) -> list[Line]:
        heading = self._headings.get(item.session_id)
        if heading is None:
            return []
        return [heading] if self.items and item is self.items[0] else [[], heading]

    def set_marked(self, marked: set[SessionId], changed: set[SessionId]) -> None:
        """Show these sessions as selected; only the ``changed`` ones are drawn again."""
        self._marked = marked
        if changed:
            self.invalidate(changed)

    def set_approvals(self, approvals: Mapping[SessionId, Approval]) -> None:
        """Set the pending approval of each session that has one; sessions whose approval changed are drawn again."""
        before, self._approvals = self._approvals, approvals
        self._redraw(before, approvals)

    def set_headings(self, headings: Mapping[SessionId, Line]) -> None:
        """Set the headings of groups, each by the first session of its group."""
        before, self._headings = self._headings, headings
        self._redraw(before, headings)

    def set_placed(self, placed: bool) -> None:
        """Say on each session where it works, or leave it out where all work in one repository."""
        if placed is not self._placed:
            self._placed = placed
            self.invalidate()

    def context(self, item: Session, *, selected: bool) -> CardContext:
        """The context that the drawing of a session depends on beside its record."""
        approval = self._approvals.get(item.session_id)
        marked = item.session_id in self._marked
        return CardContext(self.glyphs, self.environment.clock.now(), approval, selected, marked, self._placed)

    def edge(self, direction: int) -> None:
        self.wants_end = direction > 0 and len(self.items) < self.total
        super().edge(direction)
        self._look_for_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look_for_end()

    def _look_for_end(self) -> None:
        below = len(self._lines) - self.scroll_offset.y - self.size.height
        if len(self.items) < self.total and (below < NEAR or self.wants_end):
            self.post_message(self.NearEnd(self))

    def _redraw(self, before: Mapping[SessionId, object], now: Mapping[SessionId, object]) -> None:
        if changed := {key for key in {*now, *before} if now.get(key) != before.get(key)}:
            self.invalidate(changed)


class Cards(SessionRows):
    """Rows of cards."""

    def draw(self, item: Session, width: int, *, selected: bool) -> list[Line]:
        return card(item, self.context(item, selected=selected), width)


class SessionList(SessionRows):
    """Rows of one line; the selected one has more."""

    def draw(self, item: Session, width: int, *, selected: bool) -> list[Line]:
        return list_rows(item, self.context(item, selected=selected), width)
