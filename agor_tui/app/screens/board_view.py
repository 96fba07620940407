"""How the board is looked at: columns of cards or one list, with one cursor over both."""

from collections.abc import Mapping, Sequence

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session, SessionStatus
from agor_core.ids import SessionId
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.screens.session_actions import SessionActions
from agor_tui.app.widgets.cards import shows_whole
from agor_tui.app.widgets.column import Column
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.session_rows import SessionList, SessionRows
from agor_tui.state.board_columns import BoardColumn, ColumnName, listed

COLUMNS_FROM = 110
"""Cells from which sessions stand in columns unless ``v`` said otherwise."""


class BoardView(SessionActions):
    """Sessions by status; which one is under the cursor, and which are selected beside it."""

    def __init__(self, link: DaemonLink) -> None:
        super().__init__(link)
        self.columns = {name: Column(name) for name in ColumnName}
        self.list = SessionList(id="list")
        self.marked: set[SessionId] = set()
        self._approvals: Mapping[SessionId, Approval] = {}
        self._at = ColumnName.NEEDS_YOU
        self._listed: bool | None = None
        self._wanted: SessionId | None = None
        self._chosen = False

    @property
    def as_list(self) -> bool:
        """Whether sessions are lines of a list, not cards in columns."""
        return self.app.size.width < COLUMNS_FROM if self._listed is None else self._listed

    @property
    def rows(self) -> Rows[Session]:
        return self.list if self.as_list else self.columns[self._at].cards

    @property
    def subject(self) -> Session | None:
        return self.rows.selected

    @property
    def subjects(self) -> list[Session]:
        marked = [session for session in self.list.items if session.session_id in self.marked]
        return marked or super().subjects

    @property
    def asked(self) -> Approval | None:
        return self._approvals.get(self.subject.session_id) if self.subject is not None else None

    def sees_question(self) -> bool:
        return self.subject is not None and self.rows.in_view(self.subject.session_id)

    def seek_question(self) -> None:
        self.rows.reveal()

    def reads_on(self, question: Approval) -> bool:
        """A row shows some lines only; the session shows the others."""
        if self._shows_whole(question):
            return False
        self.host.open_session(question.session_id)
        self.host.say("There is more to read before you allow it.")
        return True

    def _shows_whole(self, question: Approval) -> bool:
        goes_on_below = not self.as_list and self.rows.item_at(self.rows.size.height) == self.rows.index
        return not goes_on_below and shows_whole(question, self.rows.line_width, listed=self.as_list)

    @property
    def every_rows(self) -> tuple[SessionRows, ...]:
        """The list, and the cards of each column."""
        return (self.list, *(column.cards for column in self.columns.values()))

    def show_columns(self, board: Sequence[BoardColumn]) -> None:
        """Show these; the cursor stays with its session, in whatever column that is now."""
        self._approvals = {
            session.session_id: pending[0]
            for session in listed(board)
            if session.status is SessionStatus.AWAITING_PERMISSION
            and (pending := self.link.records.pending(session.session_id))
        }
        for rows in self.every_rows:
            rows.set_approvals(self._approvals)
        subject = self._wanted or (self.subject.session_id if self.subject else None)
        filled = any(column.sessions for column in board)
        for column in board:
            self.columns[column.name].set_column(column, bare=filled and not column.sessions)
        self.list.set_items(listed(board))
        self.mark(self.marked & {session.session_id for session in self.list.items})
        self._follow(subject)

    def mark(self, marked: set[SessionId]) -> None:
        """Select these, and no others."""
        changed = self.marked ^ marked
        self.marked = marked
        for rows in self.every_rows:
            rows.set_marked(marked, changed)

    def _follow(self, subject: SessionId | None) -> None:
        found = False
        for name, column in self.columns.items():
            if subject is not None and column.cards.select(subject):
                self._at, found = name, True
        if subject is not None:
            self.list.select(subject)
        if found and subject == self._wanted:
            self._wanted, self._chosen = None, True
        if not self.columns[self._at].cards.items or (not self._chosen and not found):
            self._at = next((name for name, column in self.columns.items() if column.cards.items), self._at)
        self._show_cursor()

    def _show_cursor(self) -> None:
        for name, column in self.columns.items():
            column.cards.set_active(name is self._at)

    def _sync_list(self) -> None:
        subject = self.subject
        if subject is not None and not self.as_list:
            self.list.select(subject.session_id)
        self.refresh_keys()

    def on_rows_moved(self, message: Rows.Moved) -> None:
        """A click may have moved the cursor to another column."""
        for name, column in self.columns.items():
            if message.rows is column.cards and name is not self._at and not self.as_list:
                self._at = name
                self._show_cursor()
        self._chosen = True
        self._sync_list()

    def action_column(self, step: int) -> None:
        """To the next column that has sessions."""
        names = [name for name, column in self.columns.items() if column.cards.items]
        if self.as_list or self._at not in names:
            return
        target = names.index(self._at) + step
        if not 0 <= target < len(names):
            return
        y = self.rows.index
        self._at, self._chosen = names[target], True
        self._show_cursor()
        self.rows.move_to(min(y, len(self.rows.items) - 1))
        self._sync_list()

    def action_mark(self) -> None:
        """Select the session under the cursor or drop it, and go to the next."""
        if (subject := self.subject) is not None:
            self.mark(self.marked ^ {subject.session_id})
            self.action_move(1)
            self.refresh_header()
            self.refresh_keys()

    def settled(self) -> None:
        self.mark(set())
        self.refresh_header()
        self.refresh_keys()
