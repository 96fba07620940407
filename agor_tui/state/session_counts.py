"""How many sessions stand in each column where a client has not read all of them."""

from collections import Counter
from collections.abc import Mapping

from agor_core.domain.session import Session
from agor_core.ids import BoardId
from agor_tui.state.board_columns import ColumnName, column_of

Counted = Mapping[ColumnName, int]


class SessionCounts:
    """Counts of the daemon by board, None for all sessions; changes of known sessions keep them current."""

    def __init__(self) -> None:
        self._boards: dict[BoardId | None, Counter[ColumnName]] = {}
        self.stale = False
        """Whether a session changed whose column before is not known: the counts must be read again."""

    @property
    def boards(self) -> tuple[BoardId | None, ...]:
        """The boards that were counted."""
        return tuple(self._boards)

    def clear(self) -> None:
        """Forget all counts."""
        self._boards.clear()
        self.stale = False

    def set(self, board_id: BoardId | None, counted: Counted) -> None:
        """Set what the daemon counted of a board."""
        self._boards[board_id] = Counter(counted)

    def of(self, board_id: BoardId | None) -> Counted | None:
        """The counts of a board; None if it was not counted."""
        return self._boards.get(board_id)

    def changed(self, before: Session | None, after: Session | None, *, created: bool = False) -> None:
        """Follow a change of a session; ``before`` is None if it was not known, unless it was ``created``."""
        if not self._boards:
            return
        if before is None and not created:
            self.stale = True
            return
        for session, step in ((before, -1), (after, 1)):
            if session is not None:
                for board_id in {None, session.board_id} & self._boards.keys():
                    self._boards[board_id][column_of(session)] += step
