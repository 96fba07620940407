"""The cursor of the board: one over all columns and the list, and the marks on sessions beside it."""

from collections.abc import Callable, Collection, Mapping, Sequence

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session, SessionStatus
from agor_core.ids import BoardId, SessionId
from agor_tui.app.controllers.controller import Reason
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.board_preview import BoardPreview
from agor_tui.app.widgets import cards, session_table
from agor_tui.app.widgets.column import Column
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.session_rows import SessionList, SessionRows
from agor_tui.state.arrangement import Arrangement, Arrangements, Grouping
from agor_tui.state.board_columns import BoardColumn, ColumnName, Sorting, listed
from agor_tui.state.session_place import place_key

COLUMNS_FROM = 110
"""Cells from which sessions stand in columns unless the user chose otherwise."""
HEADINGS_FROM = 30
"""Lines of the window from which a list has a heading for each status."""
LEAST_COLUMN, FOLDED = 26, 14
"""Cells of a column with cards, at least, and of one that is folded to its title."""
NO_SESSION = Reason("No session is selected.")


class BoardCursor:
    """The subject of the board's commands: the session under the cursor, and the marked ones.

    ``show`` shows the board anew; ``changed`` is called when another session is selected or marked.
    """

    archived_elsewhere = None
    no_session = NO_SESSION
    task = None

    def __init__(
        self,
        host: Host,
        link: DaemonLink,
        preview: BoardPreview,
        *,
        show: Callable[[], object],
        changed: Callable[[], object],
    ) -> None:
        self.columns = {name: Column(name) for name in ColumnName}
        self.list = SessionList(id="list")
        self.arrangements = Arrangements(host.arrangements_file)
        self.placed = False
        """Whether sessions in view work in several repositories."""
        self.marked: set[SessionId] = set()
        self.board_id: BoardId | None = None
        self._host = host
        self._link = link
        self._preview = preview
        self._show = show
        self._changed = changed
        self._approvals: Mapping[SessionId, Approval] = {}
        self._column = ColumnName.NEEDS_YOU
        self._awaited: SessionId | None = None
        """The session that the cursor goes to as soon as it is on the board."""
        self._chosen = False
        """Whether the user has put the cursor where it is."""

    # The subject of commands

    @property
    def session(self) -> Session | None:
        """The session under the cursor."""
        return self.rows.selected

    @property
    def session_id(self) -> SessionId | None:
        """The id of the session under the cursor."""
        return self.session.session_id if self.session is not None else None

    @property
    def sessions(self) -> Sequence[Session]:
        """The marked sessions, else the one under the cursor."""
        marked = [session for session in self.list.items if session.session_id in self.marked]
        return marked or ([self.session] if self.session is not None else [])

    def follow(self, session_id: SessionId) -> None:
        """Put the cursor on a session, now or as soon as it is on the board."""
        self._awaited = session_id
        self._show()

    def sessions_archived(self, session_ids: Collection[SessionId]) -> None:
        """The feed takes them off the board."""

    # The question of the session under the cursor

    @property
    def asks(self) -> bool:
        """Whether the session under the cursor waits for an answer."""
        return self.session is not None and self.session.status is SessionStatus.AWAITING_PERMISSION

    @property
    def question(self) -> Approval | None:
        """The question on its card."""
        return self._approvals.get(self.session.session_id) if self.session is not None else None

    def question_in_view(self, question: Approval) -> bool:  # noqa: ARG002 - it is on the card
        """Whether the card is in view."""
        return self.session is not None and self.rows.in_view(self.session.session_id)

    def reveal_question(self, question: Approval) -> None:  # noqa: ARG002 - it is on the card
        """Scroll to the card."""
        self.rows.reveal()

    def leaves_out(self, question: Approval) -> bool:
        """Whether neither its card nor the preview shows all lines of the question."""
        if self._preview.shows_all_of(question):
            return False
        below = not self.as_list and self.rows.item_at(self.rows.size.height) == self.rows.index
        shows_all_lines = session_table.shows_all_lines if self.as_list else cards.shows_all_lines
        return below or not shows_all_lines(question, self.rows.line_width)

    def read_on(self, question: Approval) -> bool:
        """Open the session if lines of the question are left out."""
        if not self.leaves_out(question):
            return False
        self._host.open_session(question.session_id)
        self._host.say("There is more to read before you allow it.")
        return True

    def answered(self, session_id: SessionId) -> None:
        """Put the cursor on the next session that waits for an answer."""
        waiting = [one for one in self.columns[ColumnName.NEEDS_YOU].cards.items if one.session_id != session_id]
        if waiting:
            self.follow(waiting[0].session_id)

    # Columns and list

    @property
    def arrangement(self) -> Arrangement:
        """How the board is arranged."""
        return self.arrangements.of(self.board_id)

    @property
    def as_list(self) -> bool:
        """Whether sessions are lines of a list instead of cards in columns; groups other than by status always are."""
        if self.arrangement.group is not Grouping.STATUS:
            return True
        listed = self.arrangement.as_list
        return self._host.size.width < COLUMNS_FROM if listed is None else listed

    @property
    def rows(self) -> Rows[Session]:
        """The column or list that the cursor is in."""
        return self.list if self.as_list else self.columns[self._column].cards

    @property
    def every_rows(self) -> tuple[SessionRows, ...]:
        """The list, and the cards of each column."""
        return (self.list, *(column.cards for column in self.columns.values()))

    def toggle_list(self) -> None:
        """Change between columns and list; from other groups back to columns."""
        self.arrange(as_list=not self.as_list, group=Grouping.STATUS)

    def arrange(
        self, *, group: Grouping | None = None, sort: Sorting | None = None, as_list: bool | None = None
    ) -> None:
        """Arrange the board otherwise, in what is given, and keep that."""
        changed = {"group": group, "sort": sort, "as_list": as_list}
        try:
            self.arrangements.change(
                self.board_id, **{name: value for name, value in changed.items() if value is not None}
            )
        except OSError as error:
            self._host.complain(f"The arrangement of the board is not kept: {error.strerror}.")
        self._show()

    def set_columns(self, board: Sequence[BoardColumn]) -> None:
        """Show these columns or groups. The cursor stays on its session, in whichever column that is now."""
        self._approvals = {
            session.session_id: pending[0]
            for session in listed(board)
            if session.status is SessionStatus.AWAITING_PERMISSION
            and (pending := self._link.records.pending(session.session_id))
        }
        for rows in self.every_rows:
            rows.set_approvals(self._approvals)
        wanted = self._awaited or self.session_id
        sessions = listed(board)
        placed = len({place_key(session) for session in sessions}) > 1
        for rows in self.every_rows:
            rows.set_placed(placed)
        self.placed = placed
        if self.arrangement.group is Grouping.STATUS:
            for column in board:
                self.columns[ColumnName(column.name)].set_column(column)
        self.list.total = sum(column.total for column in board)
        self.list.set_headings(self._headings(board) if self.as_list else {})
        self.list.set_items(sessions)
        self._mark(self.marked & {session.session_id for session in self.list.items})
        self._place_cursor(wanted)

    def _headings(self, board: Sequence[BoardColumn]) -> dict[SessionId, Line]:
        """The headings of groups, each by its first session; by status only where there are lines to spare."""
        if self.arrangement.group is Grouping.STATUS and self._host.size.height < HEADINGS_FROM:
            return {}
        return {
            column.sessions[0].session_id: [(f" {column.name.upper()}", "muted"), (f" {column.total}", "faint")]
            for column in board
            if column.sessions
        }

    def fold(self, room: int) -> None:
        """Fold the last columns to their titles, where ``room`` cells are too few for all cards; never the cursor's."""
        filled = [name for name, column in self.columns.items() if column.cards.items]
        folded: set[ColumnName] = set()
        for name in reversed(filled):
            left = len(filled) - len(folded)
            if left < 2 or left * LEAST_COLUMN + len(folded) * FOLDED <= room:
                break
            if name is not self._column:
                folded.add(name)
        for name, column in self.columns.items():
            column.set_class(name in folded, "-folded")

    def release(self) -> None:
        """Clear the marks and let the cursor go to the first column that has sessions: another board is shown."""
        self._chosen = False
        self._mark(set())

    def moved(self, rows: Rows[Session]) -> None:
        """The cursor of a column or of the list was moved, by a click into another column perhaps."""
        for name, column in self.columns.items():
            if rows is column.cards and name is not self._column and not self.as_list:
                self._column = name
                self._show_cursor()
        self._chosen = True
        self._sync_list()

    def move_column(self, step: int) -> None:
        """Move the cursor to the next column that has sessions; in a list it stays."""
        names = [name for name, column in self.columns.items() if column.cards.items]
        if self.as_list or self._column not in names:
            return
        target = names.index(self._column) + step
        if not 0 <= target < len(names):
            return
        y = self.rows.index
        self._column, self._chosen = names[target], True
        self._show_cursor()
        self.rows.move_to(min(y, len(self.rows.items) - 1))
        self._sync_list()

    # Marks

    @property
    def any_marked(self) -> bool:
        """Whether a session is marked."""
        return bool(self.marked)

    def toggle_mark(self) -> None:
        """Mark the session under the cursor or clear its mark, and move to the next."""
        if self.session is not None:
            self._mark(self.marked ^ {self.session.session_id})
            self.rows.move(1)
            self._changed()

    def unmark(self) -> None:
        """Clear all marks."""
        self._mark(set())
        self._changed()

    def _mark(self, marked: set[SessionId]) -> None:
        changed = self.marked ^ marked
        self.marked = marked
        for rows in self.every_rows:
            rows.set_marked(marked, changed)

    def _place_cursor(self, session_id: SessionId | None) -> None:
        found = False
        for name, column in self.columns.items():
            if session_id is not None and column.cards.select(session_id):
                self._column, found = name, True
        if session_id is not None:
            self.list.select(session_id)
        if found and session_id == self._awaited:
            self._awaited, self._chosen = None, True
        if not self.columns[self._column].cards.items or (not self._chosen and not found):
            filled = (name for name, column in self.columns.items() if column.cards.items)
            self._column = next(filled, self._column)
        self._show_cursor()

    def _show_cursor(self) -> None:
        for name, column in self.columns.items():
            column.cards.set_active(name is self._column)

    def _sync_list(self) -> None:
        if self.session_id is not None and not self.as_list:
            self.list.select(self.session_id)
        self._changed()
