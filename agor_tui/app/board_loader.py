"""Loads the sessions of boards as far as they are shown, where there are too many to hold them all."""

from collections.abc import Callable

import msgspec

from agor_core.domain.session import Session
from agor_core.ids import BoardId, SessionId
from agor_tui.app import board_pages
from agor_tui.app.board_pages import BoardRecords, ColumnPage
from agor_tui.app.conversation_loader import DaemonCalls
from agor_tui.state.board_columns import ColumnName
from agor_tui.state.changes import Changes
from agor_tui.state.records import Records
from agor_tui.state.session_counts import Counted

Column = tuple[BoardId | None, ColumnName]


class BoardLoader:
    """Adds sessions to the records. What the feed brought meanwhile is newer and stays."""

    def __init__(self, records: Records, caller: DaemonCalls) -> None:
        self._records = records
        self._caller = caller
        self._last: dict[Column, SessionId] = {}
        """The session up to which each column was read."""
        self._reading: set[Column | BoardId | None] = set()
        self._after_all: list[Callable[[], object]] = []
        self._counting = False

    def begin(self, found: BoardRecords) -> None:
        """Take over what was read at the start."""
        self._last.clear()
        self._records.load(sessions=found.sessions, boards=found.boards, approvals=found.approvals, agents=found.agents)
        self._records.load_spending(found.since, found.spending)
        if found.pages:
            self._put_pages(None, found.pages)

    def show(self, board_id: BoardId | None) -> None:
        """Read the first sessions of a board, unless that was done."""
        if self._records.complete or self._records.counts.of(board_id) is not None or board_id in self._reading:
            return
        self._reading.add(board_id)

        def put(pages: list[ColumnPage]) -> None:
            self._reading.discard(board_id)
            if not self._records.complete:
                self._put_pages(board_id, pages)
                self._tell({session.session_id for page in pages for session in page.sessions})

        self._caller.call(
            lambda daemon: board_pages.pages(daemon, board_id), put, lambda sentence: self._failed(board_id, sentence)
        )

    def more(self, board_id: BoardId | None, name: ColumnName) -> None:
        """Read further sessions of a column."""
        column = board_id, name
        last = self._last.get(column)
        if self._records.complete or last is None or column in self._reading:
            return
        self._reading.add(column)

        def put(sessions: list[Session]) -> None:
            self._reading.discard(column)
            if not self._records.complete:
                self._put(column, sessions)
                self._tell({session.session_id for session in sessions})

        self._caller.call(
            lambda daemon: board_pages.page_after(daemon, board_id, name, last),
            put,
            lambda sentence: self._failed(column, sentence),
        )

    def everything(self, then: Callable[[], object] = lambda: None) -> None:
        """Read all sessions: a filter, a group or an order needs them; ``then`` is called when they are here."""
        if self._records.complete:
            then()
            return
        self._after_all.append(then)
        if len(self._after_all) > 1:
            return

        def put(sessions: list[Session]) -> None:
            self._records.add(sessions)
            self._records.completed()
            waiting, self._after_all = self._after_all, []
            self._tell(set(self._records.sessions))
            for one in waiting:
                one()

        def failed(sentence: str) -> None:
            self._after_all.clear()
            self._caller.complain(sentence)

        self._caller.call(lambda daemon: list(board_pages.all_sessions(daemon)), put, failed)

    def fetch(self, session_id: SessionId, then: Callable[[], object], missing: Callable[[], object]) -> None:
        """Read one session that is not here; ``missing`` is called if there is none, or it is archived."""

        def put(session: Session) -> None:
            self._records.add([session])
            if self._records.session(session_id) is None:
                missing()
                return
            self._tell({session_id})
            then()

        self._caller.call_to_open(
            lambda daemon: msgspec.convert(daemon.get("sessions", session_id), Session), put, lambda _: missing()
        )

    def recount(self) -> None:
        """Count the boards again if a change of a session that was not here made the counts stale."""
        if self._counting or not self._records.counts.stale:
            return
        self._counting, self._records.counts.stale = True, False
        boards = self._records.counts.boards

        def put(counted: dict[BoardId | None, Counted]) -> None:
            self._counting = False
            if self._records.complete:
                return
            for board_id, counts in counted.items():
                self._records.load_counts(board_id, counts)
            self._caller.note(Changes(boards=True))

        def failed(_: str) -> None:
            self._counting = False

        self._caller.call(
            lambda daemon: {board_id: board_pages.counts(daemon, board_id) for board_id in boards}, put, failed
        )

    def _put_pages(self, board_id: BoardId | None, pages: list[ColumnPage]) -> None:
        for page in pages:
            self._put((board_id, page.name), page.sessions)
        self._records.load_counts(board_id, {page.name: page.total for page in pages})

    def _put(self, column: Column, sessions: list[Session]) -> None:
        self._records.add(sessions)
        if sessions:
            self._last[column] = sessions[-1].session_id
        else:
            self._last.pop(column, None)

    def _tell(self, session_ids: set[SessionId]) -> None:
        self._caller.note(Changes(sessions=session_ids))

    def _failed(self, place: Column | BoardId | None, sentence: str) -> None:
        self._reading.discard(place)
        self._caller.complain(sentence)
