"""The tables of all permitted changes of status."""

from agor_core.domain.session import SessionStatus as S
from agor_core.domain.task import ACTIVE, ENDED
from agor_core.domain.task import TaskStatus as T
from agor_core.errors import Conflict

SESSION: dict[S, frozenset[S]] = {
    S.IDLE: frozenset({S.RUNNING, S.COMPLETED, S.FAILED}),
    S.RUNNING: frozenset({S.AWAITING_PERMISSION, S.IDLE, S.FAILED}),
    S.AWAITING_PERMISSION: frozenset({S.RUNNING, S.IDLE, S.FAILED}),
    S.COMPLETED: frozenset({S.IDLE, S.RUNNING, S.FAILED}),
    S.FAILED: frozenset({S.IDLE, S.RUNNING, S.COMPLETED}),
}

TASK: dict[T, frozenset[T]] = {
    T.CREATED: frozenset({T.QUEUED, T.RUNNING, T.FAILED, T.CANCELLED}),
    T.QUEUED: frozenset({T.RUNNING, T.FAILED, T.CANCELLED}),
    T.RUNNING: frozenset({T.AWAITING_PERMISSION, T.COMPLETED, T.FAILED, T.CANCELLED}),
    T.AWAITING_PERMISSION: frozenset({T.RUNNING, T.COMPLETED, T.FAILED, T.CANCELLED}),
    T.COMPLETED: frozenset(),
    T.FAILED: frozenset(),
    T.CANCELLED: frozenset(),
}

_SESSION_OF_TASK: dict[T, S] = {
    T.RUNNING: S.RUNNING,
    T.AWAITING_PERMISSION: S.AWAITING_PERMISSION,
    T.COMPLETED: S.IDLE,
    T.FAILED: S.FAILED,
    T.CANCELLED: S.IDLE,
}


def check_session(old: S, new: S) -> None:
    """Raise Conflict unless a session may go from ``old`` to ``new``; staying is always allowed."""
    if new is not old and new not in SESSION[old]:
        raise Conflict(f"A session that is {old} cannot become {new}.")


def check_task(old: T, new: T) -> None:
    """Raise Conflict unless a task may go from ``old`` to ``new``; staying is always allowed."""
    if new is not old and new not in TASK[old]:
        raise Conflict(f"A task that is {old} cannot become {new}.")


def session_after(old: T, new: T) -> S | None:
    """The session's status after a change of a task's status; None for no change.

    What happens to a task in the queue says nothing of the one that runs; a task that fails before it began does.
    """
    if new is old or (old is T.QUEUED and new in ENDED) or (new is T.CANCELLED and old not in ACTIVE):
        return None
    return _SESSION_OF_TASK.get(new)
