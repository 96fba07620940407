"""A board as columns: the column and the order of each session."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agor_core.domain.session import Session, SessionStatus


class ColumnName(StrEnum):
    """The columns from the left: first what is a person's turn, then what runs, then what rests."""

    NEEDS_YOU = "needs you"
    FAILED = "failed"
    NEW = "new"
    RUNNING = "running"
    IDLE = "idle"
    DONE = "done"


_COLUMN_OF: dict[SessionStatus, ColumnName] = {
    SessionStatus.AWAITING_PERMISSION: ColumnName.NEEDS_YOU,
    SessionStatus.RUNNING: ColumnName.RUNNING,
    SessionStatus.IDLE: ColumnName.IDLE,
    SessionStatus.COMPLETED: ColumnName.DONE,
    SessionStatus.FAILED: ColumnName.FAILED,
}


class Sorting(StrEnum):
    """The orders of sessions; ``status`` is that of the columns."""

    STATUS = "status"
    AGE = "age"
    TITLE = "title"
    CHANGES = "changes"
    COST = "cost"


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column, or another group of sessions, in order. ``total`` is how many there are, read or not."""

    name: str
    sessions: tuple[Session, ...]
    total: int


def column_of(session: Session) -> ColumnName:
    """The column that a session stands in; one whose end was not seen yet is new."""
    if session.status is SessionStatus.IDLE and session.unseen:
        return ColumnName.NEW
    return _COLUMN_OF[session.status]


def columns(sessions: Iterable[Session], sorting: Sorting = Sorting.STATUS) -> tuple[BoardColumn, ...]:
    """All columns, from the left.

    Order by status: sessions that need you by the time of their last change, the oldest first; running sessions by
    their creation, the newest first, so that they keep their place; others by their last change, the newest first.
    """
    found: dict[ColumnName, list[Session]] = {name: [] for name in ColumnName}
    for session in sessions:
        found[column_of(session)].append(session)
    return tuple(
        BoardColumn(name, tuple(_ordered(name, members, sorting)), len(members)) for name, members in found.items()
    )


def groups(
    sessions: Iterable[Session], name_of: Callable[[Session], str], sorting: Sorting = Sorting.STATUS
) -> tuple[BoardColumn, ...]:
    """The sessions by a name, in the order of names; in each what is needed first stands first."""
    found: dict[str, list[Session]] = {}
    for session in sessions:
        found.setdefault(name_of(session), []).append(session)
    return tuple(
        BoardColumn(name, _in_group(found[name], sorting), len(found[name])) for name in sorted(found, key=_by_name)
    )


def listed(board: Iterable[BoardColumn]) -> tuple[Session, ...]:
    """All sessions of the columns, in their order, as one list."""
    return tuple(session for column in board for session in column.sessions)


def _by_name(name: str) -> tuple[bool, str]:
    """Names that are in brackets, which stand for none, come last."""
    return name.startswith("("), name.casefold()


def _in_group(members: list[Session], sorting: Sorting) -> tuple[Session, ...]:
    if sorting is Sorting.STATUS:
        return listed(columns(members))
    return tuple(_sorted(members, sorting))


def _ordered(name: ColumnName, members: list[Session], sorting: Sorting) -> list[Session]:
    if sorting is not Sorting.STATUS:
        return _sorted(members, sorting)
    match name:
        case ColumnName.NEEDS_YOU:
            return sorted(members, key=_age)
        case ColumnName.RUNNING:
            return sorted(members, key=lambda session: (session.created_at, session.session_id), reverse=True)
        case _:
            return sorted(members, key=_age, reverse=True)


def _sorted(members: list[Session], sorting: Sorting) -> list[Session]:
    """By title from a to z; by everything else the most first, the latest first."""
    latest = sorted(members, key=_age, reverse=True)
    key: Callable[[Session], Any]
    match sorting:
        case Sorting.TITLE:
            return sorted(latest, key=lambda session: (session.title or "").casefold())
        case Sorting.CHANGES:
            key = _lines
        case Sorting.COST:
            key = _cost
        case _:
            return latest
    return sorted(latest, key=key, reverse=True)


def _age(session: Session) -> tuple[str, str]:
    return session.updated_at, session.session_id


def _lines(session: Session) -> int:
    changed = session.changed
    return 0 if changed is None else changed.insertions + changed.deletions


def _cost(session: Session) -> tuple[float, int]:
    return session.usage.cost_usd, session.usage.input_tokens + session.usage.output_tokens
