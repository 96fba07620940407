"""Genealogy: the sessions that are related by forks and spawns, as an answer about one of them."""

from enum import StrEnum

import msgspec

from agor_core.domain.session import Session
from agor_core.ids import SessionId, TaskId


class EdgeKind(StrEnum):
    """A fork makes a sibling, a spawn a child."""

    FORK = "fork"
    SPAWN = "spawn"


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One fork or spawn, from its source to the session it made, at a task of the source."""

    kind: EdgeKind
    source: SessionId = msgspec.field(name="from")
    target: SessionId = msgspec.field(name="to")
    task_id: TaskId | None = None


class Genealogy(msgspec.Struct, frozen=True, kw_only=True):
    """All sessions related to one, the root first, and how they come from each other."""

    root_id: SessionId
    sessions: tuple[Session, ...]
    edges: tuple[Edge, ...]


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
