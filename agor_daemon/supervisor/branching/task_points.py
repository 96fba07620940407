"""Points in a session: the task that a request names, and the tasks that a fork there inherits."""

from dataclasses import dataclass
from typing import Literal, cast

from agor_core.db.connections import Reader
from agor_core.domain.genealogy import last_inherited
from agor_core.domain.session import Session
from agor_core.domain.task import ACTIVE, Task, TaskStatus
from agor_core.errors import Ambiguous, Conflict, InvalidInput, NotFound
from agor_core.ids import Reference, reference
from agor_core.repositories import tasks

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


def named(session: Session, of_session: list[Task], at: int | str) -> Task:
    """The session's task at a position, or with an id in any form. Raises NotFound, Ambiguous."""
    text = str(at).strip()
    if text.isdecimal() and text.isascii() and len(text) < 10:
        for task in of_session:
            if task.position == int(text):
                return task
    given = reference(text)
    exact = [task for task in of_session if given.exact == task.task_id or given.short == task.short_id]
    found = exact or [task for task in of_session if _begins(task, given)]
    if not found:
        raise _no_task(session, of_session, text)
    if len(found) > 1:
        raise Ambiguous("task", text, [(task.short_id, task.full_prompt[:60]) for task in found])
    return found[0]


def _begins(task: Task, given: Reference) -> bool:
    ids, shorts = given.ids, given.shorts
    return (ids is not None and ids.low <= task.task_id < ids.high) or (
        shorts is not None and shorts.low <= task.short_id < shorts.high
    )


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


def _no_task(session: Session, of_session: list[Task], text: str) -> NotFound:
    count = len(of_session)
    has = {0: "it has none", 1: "it has 1"}.get(count, f"it has 1-{count}")
    return NotFound("task", text, f"Session {session.short_id} has no task {text}; {has}.")


def _now(task: Task) -> str:
    return "still queued" if task.status in (TaskStatus.QUEUED, TaskStatus.CREATED) else "still running"
