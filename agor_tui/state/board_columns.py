"""A board as columns: which session stands where, in what order, and which a filter keeps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from agor_core.domain.session import Session, SessionStatus


class ColumnName(StrEnum):
    """The columns from the left: what needs a person comes first."""

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
"""Columns that keep their place when they are empty, so that a board does not jump about."""


LEAST_DIGITS = 4
"""Digits of an id from which a filter takes a word for one."""


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

    The one that has waited longest is the first that needs you; those that run keep their place, the newest first;
    of the rest the one that changed last comes first.
    """
    found: dict[ColumnName, list[Session]] = {name: [] for name in ColumnName}
    for session in sessions:
        found[COLUMN_OF[session.status]].append(session)
    return tuple(BoardColumn(name, tuple(_ordered(name, members))) for name, members in found.items())


def listed(board: Iterable[BoardColumn]) -> tuple[Session, ...]:
    """The same sessions in the same order, as one list."""
    return tuple(session for column in board for session in column.sessions)


def keeps(text: str) -> Callable[[Session], bool]:
    """What a filter keeps: every word must occur in a session; ``!`` before the whole turns it round."""
    inverted = text.startswith("!")
    words = text.removeprefix("!").casefold().split()
    if not words:
        return lambda _: True

    def kept(session: Session) -> bool:
        haystack = searched(session)
        return all(word in haystack or _names(session, word) for word in words) is not inverted

    return kept


def searched(session: Session) -> str:
    """The words that a filter looks in: title, agent, status, branch, repository, what it does and asks."""
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
    """Whether a word is how an id of the session begins."""
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
