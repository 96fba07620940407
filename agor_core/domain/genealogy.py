"""Genealogy: the sessions that are related by forks and spawns, and the tasks that a fork inherits."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Literal

import msgspec

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.ids import SessionId, TaskId


class EdgeKind(StrEnum):
    """A fork makes a sibling, a spawn a child; a race joins attempts that came from no other session."""

    FORK = "fork"
    SPAWN = "spawn"
    RACE = "race"


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One fork or spawn, from its source to the session it made, at a task of the source.

    One of a race leads from its first attempt to another, at no task.
    ``position`` is that task's; only the genealogy of a session tells it.
    """

    kind: EdgeKind
    source: SessionId = msgspec.field(name="from")
    target: SessionId = msgspec.field(name="to")
    task_id: TaskId | None = None
    position: int | None = None


class Genealogy(msgspec.Struct, frozen=True, kw_only=True):
    """All sessions related to one, the root first, and how they come from each other.

    The root of a race is its first attempt.
    """

    root_id: SessionId
    sessions: tuple[Session, ...]
    edges: tuple[Edge, ...]


class Inheritance(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks that a fork inherits, the oldest first, and the titles of the sessions that they belong to."""

    tasks: tuple[Task, ...] = ()
    titles: dict[SessionId, str | None] = {}


def last_inherited(point: Literal["start", "end"] | None, position: int) -> int:
    """The position of the last task that a fork inherits: the task forked at, or the one before if at its start."""
    return position - 1 if point == "start" else position


def forked_at_start(session: Session) -> bool:
    """Whether a session was forked at the start of its fork point's task, so that it does not inherit that task."""
    return session.genealogy.fork_point == "start"


def inheritance(
    session: Session, source: Callable[[SessionId], Session], tasks: Callable[[SessionId], Sequence[Task]]
) -> Inheritance:
    """Walk from a fork to the sessions that it comes from by forks.

    ``source`` reads a session, ``tasks`` a session's tasks by position. The walk ends at a session that was no fork.
    """
    inherited: list[Task] = []
    titles: dict[SessionId, str | None] = {}
    while (source_id := session.genealogy.forked_from_session_id) is not None and source_id not in titles:
        inherited = [*_up_to_fork(session, tasks(source_id)), *inherited]
        session = source(source_id)
        titles[source_id] = session.title
    return Inheritance(tasks=tuple(inherited), titles=titles)


def _up_to_fork(fork: Session, tasks: Sequence[Task]) -> Sequence[Task]:
    """The source's tasks up to the fork point; all of them if that task is not known."""
    origin = fork.genealogy
    forked_at = next((task.position for task in tasks if task.task_id == origin.fork_point_task_id), None)
    if forked_at is None:
        return tasks
    last = last_inherited(origin.fork_point, forked_at)
    return [task for task in tasks if task.position <= last]


def edge_to(session: Session) -> Edge | None:
    """The edge that made this session; None for a root."""
    genealogy = session.genealogy
    if genealogy.forked_from_session_id is not None:
        return Edge(
            kind=EdgeKind.FORK,
            source=genealogy.forked_from_session_id,
            target=session.session_id,
            task_id=genealogy.fork_point_task_id,
        )
    if genealogy.parent_session_id is not None:
        return Edge(
            kind=EdgeKind.SPAWN,
            source=genealogy.parent_session_id,
            target=session.session_id,
            task_id=genealogy.spawn_point_task_id,
        )
    return None
