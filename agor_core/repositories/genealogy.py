"""The forest of forks and spawns, walked in the database."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, bindparam, func, literal, or_, select

from agor_core.db.connections import Reader
from agor_core.domain.genealogy import Edge, EdgeKind, Genealogy, edge_to
from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_core.repositories import base
from agor_core.repositories.mappings import SESSIONS

_sessions = SESSIONS.table
_columns = _sessions.c
_BY_AGE = (_columns.created_at, _columns.session_id)
_CHILDREN = select(_columns.session_id).where(_columns.parent_session_id == bindparam("id")).order_by(*_BY_AGE)
_source = func.coalesce(_columns.forked_from_session_id, _columns.parent_session_id)


def of_session(reader: Reader, session_id: str) -> Genealogy:
    """All sessions related to one, archived ones too, the root first and then by age. Raises NotFound."""
    root_id = root(reader, session_id)
    tree = _descent(root_id)
    statement = select(*SESSIONS.selection).join(tree, tree.c.id == _columns.session_id)
    rows = reader.execute(statement.order_by(*_BY_AGE))
    sessions = [SESSIONS.decode(row) for row in rows.all()]
    sessions.sort(key=lambda session: session.session_id != root_id)
    edges = tuple(edge for edge in map(edge_to, sessions) if edge is not None)
    return Genealogy(root_id=root_id, sessions=tuple(sessions), edges=edges)


def children(reader: Reader, session_id: str) -> tuple[SessionId, ...]:
    """The sessions that were spawned from one, the oldest first; forks are its siblings."""
    return tuple(SessionId(child) for child in reader.execute(_CHILDREN, {"id": session_id}).scalars())


def forks(reader: Reader, task_id: str) -> tuple[SessionId, ...]:
    """The sessions that were forked at one task, the oldest first: siblings of each other."""
    return _ids(reader, _columns.fork_point_task_id == task_id)


def siblings(reader: Reader, session_id: str) -> tuple[SessionId, ...]:
    """The other sessions that were forked from the same session at the same point, the oldest first."""
    origin = base.get(reader, SESSIONS, session_id).genealogy
    if origin.forked_from_session_id is None:
        return ()
    task = _columns.fork_point_task_id
    same = task.is_(None) if origin.fork_point_task_id is None else task == origin.fork_point_task_id
    others = _columns.session_id != session_id
    return _ids(reader, _columns.forked_from_session_id == origin.forked_from_session_id, same, others)


def ancestors(reader: Reader, session_id: str) -> list[Session]:
    """The sessions that one comes from by forks and spawns, nearest first; empty for a root or an unknown id."""
    line = _ascent(session_id)
    statement = select(*SESSIONS.selection).join(line, line.c.id == _columns.session_id).order_by(line.c.depth)
    return [SESSIONS.decode(row) for row in reader.execute(statement)]


def root(reader: Reader, session_id: str) -> SessionId:
    """The session that neither was forked nor spawned, of which one is a descendant. Raises NotFound."""
    line = _ascent(session_id)
    far = select(line.c.id).where(line.c.id.is_not(None)).order_by(line.c.depth.desc()).limit(1)
    found = reader.execute(far).scalar_one_or_none()
    return SessionId(found) if found else base.get(reader, SESSIONS, session_id).session_id


def roots(reader: Reader, *, limit: int = 100, after: str | None = None) -> tuple[SessionId, ...]:
    """Sessions that were neither forked nor spawned, by their ids; ``after`` is the last of the page before."""
    statement = select(_columns.session_id).where(_source.is_(None)).order_by(_columns.session_id).limit(limit)
    if after is not None:
        statement = statement.where(_columns.session_id > after)
    return tuple(SessionId(found) for found in reader.execute(statement).scalars())


def descendants(reader: Reader, session_id: str) -> tuple[Edge, ...]:
    """The forks and spawns that lead from one session to all that come from it, in order of age."""
    tree = _descent(session_id)
    columns = (
        _columns.session_id,
        _columns.forked_from_session_id,
        _columns.fork_point_task_id,
        _columns.parent_session_id,
        _columns.spawn_point_task_id,
    )
    statement = select(*columns).join(tree, tree.c.id == _columns.session_id).where(tree.c.id != session_id)
    return tuple(_edge(*tuple(row)) for row in reader.execute(statement.order_by(*_BY_AGE)))


def _edge(target: SessionId, fork: Any, fork_point: Any, parent: Any, spawn_point: Any) -> Edge:
    if fork is not None:
        return Edge(kind=EdgeKind.FORK, source=fork, target=target, task_id=fork_point)
    return Edge(kind=EdgeKind.SPAWN, source=parent, target=target, task_id=spawn_point)


def _ids(reader: Reader, *conditions: ColumnElement[bool]) -> tuple[SessionId, ...]:
    found = reader.execute(select(_columns.session_id).where(*conditions).order_by(*_BY_AGE)).scalars()
    return tuple(SessionId(session_id) for session_id in found)


def _ascent(session_id: str) -> CTE:
    first = select(_source.label("id"), literal(1).label("depth")).where(_columns.session_id == session_id)
    line = first.cte("line", recursive=True)
    return line.union(select(_source, line.c.depth + 1).join_from(_sessions, line, line.c.id == _columns.session_id))


def _descent(root_id: str) -> CTE:
    tree = select(_columns.session_id.label("id")).where(_columns.session_id == root_id).cte("tree", recursive=True)
    from_it = or_(_columns.forked_from_session_id == tree.c.id, _columns.parent_session_id == tree.c.id)
    return tree.union(select(_columns.session_id).join_from(_sessions, tree, from_it))
