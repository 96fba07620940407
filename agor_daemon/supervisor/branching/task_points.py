"""Points in a session: the task that a request names, and the tasks that a fork there inherits."""

from dataclasses import dataclass
from typing import Literal, cast

from agor_core.db.connections import Reader
from agor_core.domain.genealogy import last_inherited
from agor_core.domain.session import Session
from agor_core.domain.task import ACTIVE, Task, TaskStatus
from agor_core.errors import Conflict, InvalidInput
from agor_core.repositories import tasks
from agor_daemon.supervisor.workspaces.points import named

Point = Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class ForkPoint:
    """The start or end of ``task``; ``inherited`` are the tasks up to there, oldest first."""

    task: Task
    point: Point
    inherited: tuple[Task, ...]

    @property
    def checkpoint(self) -> str | None:
        """The checkpoint of the files at this point, else the nearest one before it."""
        git = self.task.git_state
        wanted = git.checkpoint_end if self.point == "end" else git.checkpoint_start
        if wanted is not None:
            return wanted
        earlier = [self.task.git_state.checkpoint_start] if self.point == "end" else []
        for task in reversed(self.inherited):
            if task.position < self.task.position:
                earlier += [task.git_state.checkpoint_end, task.git_state.checkpoint_start]
        return next((commit for commit in earlier if commit is not None), None)


def fork_point(r: Reader, session: Session, at: int | str | None, point: str) -> ForkPoint:
    """The point that a fork names. Raises InvalidInput, NotFound, Ambiguous, and Conflict if the task still runs."""
    if point not in ("start", "end"):
        raise InvalidInput(f"point must be end or start, not {point!r}.", place="point")
    where = cast("Point", point)
    of_session = tasks.of_session(r, session.session_id)
    task = _latest_for(session, of_session, where) if at is None else named(session, of_session, at)
    if where == "end" and not task.ended:
        raise Conflict(
            f"Task {task.position} of session {session.short_id} is {_now(task)}; "
            "stop it or wait for its end, or fork at its start."
        )
    last = last_inherited(where, task.position)
    return ForkPoint(task, where, tuple(t for t in of_session if t.position <= last and t.started_at is not None))


def latest(of_session: list[Task]) -> Task | None:
    """The running task, else the one that ran last; None if no task was started."""
    started = [task for task in of_session if task.started_at is not None]
    active = [task for task in started if task.status in ACTIVE]
    candidates = active or started
    return candidates[-1] if candidates else None


def _latest_for(session: Session, of_session: list[Task], point: Point) -> Task:
    if point == "start" and (task := latest(of_session)) is not None:
        return task
    ended = [task for task in of_session if task.ended and task.started_at is not None]
    if ended:
        return ended[-1]
    raise Conflict(f"Session {session.short_id} has no task that has ended yet, so there is nothing to fork.")


def _now(task: Task) -> str:
    return "still queued" if task.status in (TaskStatus.QUEUED, TaskStatus.CREATED) else "still running"
