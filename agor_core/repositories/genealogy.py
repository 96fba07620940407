"""The walks over forks and spawns, in the database."""

from typing import Any

from msgspec.structs import replace
from sqlalchemy import CTE, bindparam, func, literal, or_, select

from agor_core.db.connections import Reader
from agor_core.domain import genealogy as domain
from agor_core.domain.genealogy import Edge, EdgeKind, Genealogy, Inheritance, edge_to
from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_core.repositories import base, tasks
from agor_core.repositories.mappings import SESSIONS, TASKS

_sessions = SESSIONS.table
_columns = _sessions.c
_BY_AGE = (_columns.created_at, _columns.session_id)
_CHILDREN = select(_columns.session_id).where(_columns.parent_session_id == bindparam("id")).order_by(*_BY_AGE)
_task = TASKS.table.c
_source = func.coalesce(_columns.forked_from_session_id, _columns.parent_session_id)
_point = func.coalesce(_columns.fork_point_task_id, _columns.spawn_point_task_id)


def of_session(reader: Reader, session_id: str) -> Genealogy:
    """All sessions related to one, archived ones too, the root first and then by age. Raises NotFound."""
    root_id = root(reader, session_id)
    tree = _descent(root_id)
    statement = select(_task.position, *SESSIONS.selection).join(tree, tree.c.id == _columns.session_id)
    rows = reader.execute(statement.outerjoin(TASKS.table, _task.task_id == _point).order_by(*_BY_AGE))
    placed = [(row[0], SESSIONS.decode(row[1:])) for row in rows.all()]
    placed.sort(key=lambda each: each[1].session_id != root_id)
    edges = tuple(replace(edge, position=at) for at, session in placed if (edge := edge_to(session)) is not None)
    return Genealogy(root_id=root_id, sessions=tuple(session for _, session in placed), edges=edges)


def inheritance(reader: Reader, session: Session) -> Inheritance:
    """The tasks that a session inherits through its forks."""
    return domain.inheritance(
        session, lambda source: base.get(reader, SESSIONS, source), lambda source: tasks.of_session(reader, source)
    )


def children(reader: Reader, session_id: str) -> tuple[SessionId, ...]:
    """The sessions that were spawned from one, the oldest first; forks are its siblings."""
    return tuple(SessionId(child) for child in reader.execute(_CHILDREN, {"id": session_id}).scalars())


def root(reader: Reader, session_id: str) -> SessionId:
    """The session at the root of a session's genealogy. Raises NotFound."""
    line = _ascent(session_id)
    far = select(line.c.id).where(line.c.id.is_not(None)).order_by(line.c.depth.desc()).limit(1)
    found = reader.execute(far).scalar_one_or_none()
    return SessionId(found) if found else base.get(reader, SESSIONS, session_id).session_id


def descendants(reader: Reader, session_id: str) -> tuple[Edge, ...]:
    """The forks and spawns that lead from one session to all that come from it, in order of age."""
    tree = _descent(session_id)
    columns = (_columns.session_id, _columns.forked_from_session_id, _columns.parent_session_id, _point)
    statement = select(*columns).join(tree, tree.c.id == _columns.session_id).where(tree.c.id != session_id)
    return tuple(_edge(*tuple(row)) for row in reader.execute(statement.order_by(*_BY_AGE)))


def _edge(target: SessionId, fork: Any, parent: Any, task_id: Any) -> Edge:
    kind = EdgeKind.SPAWN if fork is None else EdgeKind.FORK
    return Edge(kind=kind, source=parent if fork is None else fork, target=target, task_id=task_id)


def _ascent(session_id: str) -> CTE:
    first = select(_source.label("id"), literal(1).label("depth")).where(_columns.session_id == session_id)
    line = first.cte("line", recursive=True)
    return line.union(select(_source, line.c.depth + 1).join_from(_sessions, line, line.c.id == _columns.session_id))


def _descent(root_id: str) -> CTE:
    tree = select(_columns.session_id.label("id")).where(_columns.session_id == root_id).cte("tree", recursive=True)
    from_it = or_(_columns.forked_from_session_id == tree.c.id, _columns.parent_session_id == tree.c.id)
    return tree.union(select(_columns.session_id).join_from(_sessions, tree, from_it))
