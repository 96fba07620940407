"""The undo stack of archiving: which sessions were archived together, so that ``undo`` restores the latest group."""

from collections.abc import Sequence

from agor_core.domain.session import Session
from agor_core.ids import SessionId


class UndoStack:
    """Groups of archived sessions, as long as the app runs."""

    def __init__(self) -> None:
        self._groups: list[tuple[Session, ...]] = []

    def __bool__(self) -> bool:
        return bool(self._groups)

    def push(self, sessions: Sequence[Session]) -> None:
        """Add sessions that were archived together."""
        self._groups.append(tuple(sessions))

    def pop(self) -> tuple[Session, ...]:
        """Remove and return the latest group. Raises IndexError if there is none."""
        return self._groups.pop()

    def forget(self, session_id: SessionId) -> None:
        """Remove a session that was restored by other means."""
        groups = (tuple(one for one in group if one.session_id != session_id) for group in self._groups)
        self._groups = [group for group in groups if group]
