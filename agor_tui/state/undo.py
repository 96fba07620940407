"""The undo stack of archiving: which sessions were archived together, so that ``undo`` restores the latest group."""

from collections.abc import Sequence

from agor_core.domain.session import Session
from agor_core.ids import SessionId


class UndoStack:
    """Groups of archived sessions, as long as the app runs."""

    def __init__(self) -> None:
        self._groups: list[tuple[Session, ...]] = []
        self._removed: set[SessionId] = set()

    def __bool__(self) -> bool:
        return bool(self._groups)

    @property
    def latest(self) -> tuple[Session, ...]:
        """The sessions that were archived last, and not removed; none if there are none."""
        return tuple(one for one in (self._groups[-1] if self._groups else ()) if one.session_id not in self._removed)

    def push(self, sessions: Sequence[Session], *, removed: bool = False) -> None:
        """Add sessions that were archived together, or ``removed`` for good: these come back from the trash."""
        self._groups.append(tuple(sessions))
        ids = {session.session_id for session in sessions}
        self._removed = self._removed | ids if removed else self._removed - ids

    def is_removed(self, session_id: SessionId) -> bool:
        """Whether a session is in the trash."""
        return session_id in self._removed

    def pop(self) -> tuple[Session, ...]:
        """Remove and return the latest group. Raises IndexError if there is none."""
        return self._groups.pop()

    def forget(self, session_id: SessionId) -> None:
        """Remove a session that was restored by other means."""
        groups = (tuple(one for one in group if one.session_id != session_id) for group in self._groups)
        self._groups = [group for group in groups if group]
