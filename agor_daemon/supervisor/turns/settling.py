"""The end of a task in the store, and the one policy for an end that the store does not take."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from agor_core.db.connections import Writer
from agor_core.domain.task import Task, TaskGitState, TaskStatus
from agor_core.errors import AgorError, Unavailable
from agor_core.git.checkpoints import Checkpoint
from agor_core.ids import TaskId
from agor_core.repositories import sessions, tasks
from agor_daemon.supervisor.workspaces import checkpoints
from agor_daemon.supervisor.workspaces.checkpoints import Since

T = TypeVar("T")
_log = logging.getLogger("agor.supervisor")


class NotSettled(Exception):
    """The store took no end of a task; the next start of the daemon tries again."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ended, with its changes; ``checkpoint`` is the tree at its end, if one was taken.

    ``since`` is what differs there from the commit that the session began from.
    """

    status: TaskStatus
    stop_reason: str | None = None
    error: str | None = None
    report: str | None = None
    files: tuple[str, ...] = ()
    git_state: TaskGitState | None = None
    checkpoint: Checkpoint | None = None
    since: Since = field(default_factory=Since)


async def settle(task_id: TaskId, end: Callable[[], Awaitable[T]], fail: Callable[[Exception], Awaitable[T]]) -> T:
    """Store a task's end with all findings; if that is refused, as failed without them.

    Raises NotSettled if that is refused as well, or the task is gone; Unavailable.
    """
    try:
        return await end()
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - logged; the failure is stored in its place
        _log_refusal(task_id, "cannot be settled with all that is known of its end", error)
        reason = error
    try:
        return await fail(reason)
    except Unavailable:
        raise
    except Exception as error:
        _log_refusal(task_id, "is left as it is; the next start settles it", error)
        raise NotSettled(str(error)) from error


def end_task(w: Writer, current: Task, ending: Ending) -> None:
    """Store the end of a task that has not ended yet, and with it the git state of its session."""
    tasks.update(w, ended(current, ending, w.at))
    if ending.checkpoint is not None:
        session = sessions.get(w, current.session_id, lock=True)
        state = checkpoints.session_state(
            session.git_state, ending.checkpoint, ending.since.diffstat, ending.since.brought_in
        )
        sessions.update(w, msgspec.structs.replace(session, git_state=state))


def ended(current: Task, ending: Ending, at: str) -> Task:
    """A task with its end; its counts, usage and plan are those in the store."""
    return msgspec.structs.replace(
        current,
        status=ending.status,
        completed_at=at,
        files=ending.files,
        git_state=current.git_state if ending.git_state is None else ending.git_state,
        stop_reason=ending.stop_reason,
        error=ending.error,
        report=ending.report,
        notice=None,
    )


def _log_refusal(task_id: TaskId, consequence: str, error: Exception) -> None:
    if isinstance(error, AgorError):
        _log.warning("task %s %s: %s", task_id, consequence, error)
    else:
        _log.error("task %s %s", task_id, consequence, exc_info=error)
