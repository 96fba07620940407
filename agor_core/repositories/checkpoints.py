"""What refers to checkpoints: sessions and tasks that they were taken of, forks from there, comments and landings."""

from collections.abc import Collection, Iterator

from sqlalchemy import select

from agor_core.db.connections import Reader
from agor_core.domain.session import Session
from agor_core.ids import TaskId
from agor_core.repositories import base
from agor_core.repositories.mappings import COMMENTS, LANDINGS, SESSIONS, TASKS

_AT_ONCE = 5_000
"""Ids in one statement."""


def known_sessions(reader: Reader, session_ids: Collection[str]) -> list[Session]:
    """Those of the sessions that there are."""
    column = SESSIONS.table.c.session_id
    return [one for some in _portions(session_ids) for one in base.matching(reader, SESSIONS, column.in_(some))]


def ended_tasks(reader: Reader, task_ids: Collection[str]) -> frozenset[TaskId]:
    """Those of the tasks that have ended."""
    columns = TASKS.table.c
    ended = select(columns.task_id).where(columns.completed_at.is_not(None))
    found = (reader.execute(ended.where(columns.task_id.in_(some))).scalars() for some in _portions(task_ids))
    return frozenset(TaskId(task_id) for some in found for task_id in some)


def forked_tasks(reader: Reader, task_ids: Collection[str]) -> frozenset[TaskId]:
    """Those of the tasks that a session was forked at."""
    point = SESSIONS.table.c.fork_point_task_id
    found = (reader.execute(select(point).where(point.in_(some))).scalars() for some in _portions(task_ids))
    return frozenset(TaskId(task_id) for some in found for task_id in some)


def commented_tasks(reader: Reader, task_ids: Collection[str]) -> frozenset[TaskId]:
    """Those of the tasks that somebody has commented."""
    task = COMMENTS.table.c.task_id
    found = (reader.execute(select(task).where(task.in_(some))).scalars() for some in _portions(task_ids))
    return frozenset(TaskId(task_id) for some in found for task_id in some)


def commented_commits(reader: Reader, session_ids: Collection[str]) -> frozenset[str]:
    """The checkpoints whose lines the comments of these sessions are on."""
    columns = COMMENTS.table.c
    wanted = select(columns.checkpoint, columns.base)
    found = (reader.execute(wanted.where(columns.session_id.in_(some))).all() for some in _portions(session_ids))
    return frozenset(commit for some in found for row in some for commit in row if commit is not None)


def landed_tasks(reader: Reader, task_ids: Collection[str]) -> frozenset[TaskId]:
    """Those of the tasks whose work was landed."""
    column = LANDINGS.table.c.task_id
    found = (reader.execute(select(column).where(column.in_(some))).scalars() for some in _portions(task_ids))
    return frozenset(TaskId(task_id) for some in found for task_id in some)


def _portions(ids: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]
