"""A board as columns: the column and the order of each session, and the filter."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from agor_core.domain.session import Session, SessionStatus


class ColumnName(StrEnum):
    """The columns from the left; sessions that wait for a person come first."""

    NEEDS_YOU = "needs you"
    RUNNING = "running"
    IDLE = "idle"
    DONE = "done"
    FAILED = "failed"


COLUMN_OF: dict[SessionStatus, ColumnName] = {
    SessionStatus.AWAITING_PERMISSION: ColumnName.NEEDS_YOU,
    SessionStatus.RUNNING: ColumnName.RUNNING,
    SessionStatus.IDLE: ColumnName.IDLE,
    SessionStatus.COMPLETED: ColumnName.DONE,
    SessionStatus.FAILED: ColumnName.FAILED,
}

ALWAYS_SHOWN = (ColumnName.NEEDS_YOU, ColumnName.RUNNING, ColumnName.IDLE)
"""Columns that are shown even if empty, so that the others keep their place."""
LEAST_DIGITS = 4
"""Digits from which a word of a filter may be the prefix of an id."""


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One column and its sessions, in order."""

    name: ColumnName
    sessions: tuple[Session, ...]

    @property
    def shown(self) -> bool:
        """Whether it takes room on the board."""
        return bool(self.sessions) or self.name in ALWAYS_SHOWN


def columns(sessions: Iterable[Session]) -> tuple[BoardColumn, ...]:
    """All columns, from the left.

    Order: sessions that need you by the time of their last change, the oldest first; running sessions by their
    creation, the newest first, so that they keep their place; others by their last change, the newest first.
    """
    found: dict[ColumnName, list[Session]] = {name: [] for name in ColumnName}
    for session in sessions:
        found[COLUMN_OF[session.status]].append(session)
    return tuple(BoardColumn(name, tuple(_ordered(name, members))) for name, members in found.items())


def listed(board: Iterable[BoardColumn]) -> tuple[Session, ...]:
    """All sessions of the columns, in their order, as one list."""
    return tuple(session for column in board for session in column.sessions)


def keeps(text: str) -> Callable[[Session], bool]:
    """A filter as a predicate: a session must contain every word; a leading ``!`` negates it."""
    inverted = text.startswith("!")
    words = text.removeprefix("!").casefold().split()
    if not words:
        return lambda _: True

    def kept(session: Session) -> bool:
        haystack = searched(session)
        return all(word in haystack or _names(session, word) for word in words) is not inverted

    return kept


def searched(session: Session) -> str:
    """The text that a filter searches, case folded: title, agent, status, branch, repository, plan step, approval."""
    parts = (
        session.title,
        session.agent,
        COLUMN_OF[session.status],
        session.status.replace("_", " "),
        session.git_state.ref,
        session.repo.repo_slug,
        session.repo.worktree_name,
        session.current.step if session.current else None,
        session.current.asks if session.current else None,
        *session.concepts,
    )
    return "\n".join(part for part in parts if part).casefold()


def _names(session: Session, word: str) -> bool:
    """Whether a word is a prefix of the session's id or short id."""
    digits = word.replace("-", "")
    return len(digits) >= LEAST_DIGITS and (
        session.short_id.startswith(digits) or session.session_id.replace("-", "").startswith(digits)
    )


def _ordered(name: ColumnName, members: list[Session]) -> list[Session]:
    match name:
        case ColumnName.NEEDS_YOU:
            return sorted(members, key=lambda session: (session.updated_at, session.session_id))
        case ColumnName.RUNNING:
            return sorted(members, key=lambda session: (session.created_at, session.session_id), reverse=True)
        case _:
            return sorted(members, key=lambda session: (session.updated_at, session.session_id), reverse=True)
