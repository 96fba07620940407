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
_RACE = select(_columns.race_id).where(_columns.session_id == bindparam("id"))
_ROOTS_OF_RACE = (
    select(_columns.session_id)
    .where(
        _columns.race_id == bindparam("id"),
        _columns.forked_from_session_id.is_(None),
        _columns.parent_session_id.is_(None),
    )
    .order_by(*_BY_AGE)
)
_task = TASKS.table.c
_source = func.coalesce(_columns.forked_from_session_id, _columns.parent_session_id)
_point = func.coalesce(_columns.fork_point_task_id, _columns.spawn_point_task_id)


def of_session(reader: Reader, session_id: str) -> Genealogy:
    """All sessions related to one, archived ones too, the root first and then by age. Raises NotFound."""
    root_id = root(reader, session_id)
    rivals = _rivals(reader, root_id)
    tree = _descent(root_id, *rivals)
    statement = select(_task.position, *SESSIONS.selection).join(tree, tree.c.id == _columns.session_id)
    rows = reader.execute(statement.outerjoin(TASKS.table, _task.task_id == _point).order_by(*_BY_AGE))
    placed = [(row[0], SESSIONS.decode(row[1:])) for row in rows.all()]
    placed.sort(key=lambda each: each[1].session_id != root_id)
    edges = tuple(replace(edge, position=at) for at, session in placed if (edge := edge_to(session)) is not None)
    raced = tuple(Edge(kind=EdgeKind.RACE, source=root_id, target=rival) for rival in rivals)
    return Genealogy(root_id=root_id, sessions=tuple(session for _, session in placed), edges=(*raced, *edges))


def inheritance(reader: Reader, session: Session) -> Inheritance:
    """The tasks that a session inherits through its forks."""
    return domain.inheritance(
        session, lambda source: base.get(reader, SESSIONS, source), lambda source: tasks.of_session(reader, source)
    )


def children(reader: Reader, session_id: str) -> tuple[SessionId, ...]:
    """The sessions that were spawned from one, the oldest first; forks are its siblings."""
    return tuple(SessionId(child) for child in reader.execute(_CHILDREN, {"id": session_id}).scalars())


def root(reader: Reader, session_id: str) -> SessionId:
    """The session at the root of a session's genealogy, of a race the first attempt. Raises NotFound."""
    line = _ascent(session_id)
    far = select(line.c.id).where(line.c.id.is_not(None)).order_by(line.c.depth.desc()).limit(1)
    found = reader.execute(far).scalar_one_or_none()
    own = SessionId(found) if found else base.get(reader, SESSIONS, session_id).session_id
    return next(iter(_attempts(reader, own)), own)


def _attempts(reader: Reader, root_id: SessionId) -> list[SessionId]:
    """The attempts of the race that a root is one of, those that are roots as well, the first first."""
    race = reader.execute(_RACE, {"id": root_id}).scalar_one_or_none()
    return [] if race is None else [SessionId(one) for one in reader.execute(_ROOTS_OF_RACE, {"id": race}).scalars()]


def _rivals(reader: Reader, root_id: SessionId) -> list[SessionId]:
    return [one for one in _attempts(reader, root_id) if one != root_id]


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


def _descent(*root_ids: str) -> CTE:
    of_roots = _columns.session_id.in_(root_ids) if len(root_ids) > 1 else _columns.session_id == root_ids[0]
    tree = select(_columns.session_id.label("id")).where(of_roots).cte("tree", recursive=True)
    from_it = or_(_columns.forked_from_session_id == tree.c.id, _columns.parent_session_id == tree.c.id)
    return tree.union(select(_columns.session_id).join_from(_sessions, tree, from_it))
