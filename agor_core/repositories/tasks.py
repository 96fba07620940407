"""Tasks in the store; a change of a task updates its session's status, counts, usage and ``current``."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import bindparam, func, select
from sqlalchemy import update as update_table

from agor_core.db.connections import Reader, Writer
from agor_core.domain import transitions
from agor_core.domain.figures import Usage
from agor_core.domain.session import Session
from agor_core.domain.task import Task, TaskStatus
from agor_core.errors import Conflict
from agor_core.ids import SessionId, TaskId
from agor_core.query.tree import Query, mentions
from agor_core.repositories import base, card, listing, references, sessions
from agor_core.repositories.mappings import TASKS
from agor_core.repositories.page import Page

FIELDS = TASKS.fields()
_UNSETTLED = (TaskStatus.CREATED, TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.AWAITING_PERMISSION)
_TO_BE_SEEN = (TaskStatus.COMPLETED, TaskStatus.FAILED)
"""The ends of a task that a person wants to see; one who stops a task knows."""
_columns = TASKS.table.c
_OPEN = (
    select(_columns.task_id, _columns.session_id, _columns.status)
    .where(_columns.status.in_(_UNSETTLED))
    .order_by(_columns.created_at, _columns.task_id)
)
_IDS = select(_columns.task_id).where(_columns.session_id == bindparam("id")).order_by(_columns.position)


class Unsettled(NamedTuple):
    """The columns of a task that has not ended, which are readable even if its ``data`` is damaged."""

    task_id: TaskId
    session_id: SessionId
    status: TaskStatus


def insert(writer: Writer, task: Task) -> Task:
    """Store a new task; a ``position`` of 0 means the next one of its session.

    Idempotent: returns the stored one with the same id, session and prompt. Raises NotFound for the session, Conflict
    for an id or position that is taken, ShortIdTaken for a short id.
    """
    session = sessions.get(writer, task.session_id, lock=True)
    stored = base.lookup(writer, TASKS, task.task_id)
    if stored is not None:
        if (stored.session_id, stored.full_prompt) == (task.session_id, task.full_prompt):
            return stored
        raise Conflict(f"There is another task with the id {task.task_id}.")
    if task.position == 0:
        task = replace(task, position=_last_position(writer, task.session_id) + 1)
    elif at(writer, task.session_id, task.position) is not None:
        raise Conflict(f"The session has a task at position {task.position} already.")
    task = base.insert_record(writer, TASKS, task)
    _follow(writer, replace(session, task_count=session.task_count + 1), session, None, task)
    return task


def get(reader: Reader, task_id: str, *, lock: bool = False) -> Task:
    """The task with a full id. Raises NotFound."""
    return base.get(reader, TASKS, task_id, lock=lock)


def resolve(reader: Reader, text: str) -> TaskId:
    """Resolve any form of an id to the full id. Raises NotFound and Ambiguous."""
    return TaskId(references.resolve(reader, TASKS, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of tasks, without ``$sort`` by ``created_at``; by ``position`` if the query is on a session."""
    default = "position" if mentions(query.where, "session_id") else "created_at"
    return listing.find(reader, TASKS, query, default_sort=(default,))


def update(writer: Writer, task: Task, *, event: str = "patched") -> Task:
    """Store the new state of a task and update its session.

    Raises NotFound, and Conflict for a status change that is not permitted or a change of a fixed field.
    """
    session = sessions.get(writer, task.session_id, lock=True)
    old = get(writer, task.task_id, lock=True)
    transitions.check_task(old.status, task.status)
    if (task.session_id, task.position) != (old.session_id, old.position):
        raise Conflict("A task's session and position never change.")
    if task.full_prompt != old.full_prompt and (old.status, task.status) != (TaskStatus.QUEUED, TaskStatus.QUEUED):
        raise Conflict("A task's prompt never changes once it has begun.")
    task = replace(task, short_id=old.short_id, created_at=old.created_at)
    task = base.update_record(writer, TASKS, old, task, event=event)
    _follow(writer, session, session, old, task)
    return task


def of_session(reader: Reader, session_id: str) -> list[Task]:
    """A session's tasks in order of position."""
    return base.matching(reader, TASKS, _columns.session_id == session_id, order=[_columns.position])


def ids(reader: Reader, session_id: str) -> tuple[TaskId, ...]:
    """The ids of a session's tasks in order of position."""
    return tuple(TaskId(task_id) for task_id in reader.execute(_IDS, {"id": session_id}).scalars())


def unsettled(reader: Reader) -> list[Unsettled]:
    """All tasks that have not ended, the oldest first."""
    return [
        Unsettled(TaskId(row.task_id), SessionId(row.session_id), TaskStatus(row.status))
        for row in reader.execute(_OPEN)
    ]


def find_running(reader: Reader) -> list[Task]:
    """All tasks whose status is ``running``, the oldest first; not those in a queue or awaiting permission."""
    running = _columns.status == TaskStatus.RUNNING
    return base.matching(reader, TASKS, running, order=[_columns.created_at, _columns.task_id])


def next_queued(reader: Reader, session_id: str) -> Task | None:
    """The next queued task of a session; None if the queue is empty."""
    conditions = (_columns.session_id == session_id, _columns.status == TaskStatus.QUEUED)
    found = base.matching(reader, TASKS, *conditions, order=[_columns.position], limit=1)
    return found[0] if found else None


def queued(reader: Reader, session_id: str) -> list[Task]:
    """The queued tasks of a session, the next one first."""
    conditions = (_columns.session_id == session_id, _columns.status == TaskStatus.QUEUED)
    return base.matching(reader, TASKS, *conditions, order=[_columns.position])


def reorder(writer: Writer, session_id: str, order: Sequence[TaskId]) -> list[Task]:
    """Put the queued tasks of a session into this order, at the positions that they have; the tasks in it.

    Raises Conflict unless ``order`` names just the tasks that are queued.
    """
    session = sessions.get(writer, session_id, lock=True)
    now = queued(writer, session_id)
    by_id = {task.task_id: task for task in now}
    if sorted(order) != sorted(by_id):
        raise Conflict("The queue is another one by now; look at it again.")
    positions = [task.position for task in now]
    moving = [(by_id[task_id], position) for task_id, position in zip(order, positions, strict=True)]
    moving = [(task, position) for task, position in moving if task.position != position]
    for task, _ in moving:  # positions are unique, so all leave theirs first
        writer.execute(
            update_table(TASKS.table).where(_columns.task_id == task.task_id).values(position=-task.position)
        )
    for task, position in moving:
        base.update_record(writer, TASKS, task, replace(task, position=position))
    sessions.follow(writer, session, replace(session, current=card.current(writer, session_id)))
    return queued(writer, session_id)


def at(reader: Reader, session_id: str, position: int) -> Task | None:
    """A session's task by its position, from 1; None if there is none."""
    found = base.matching(reader, TASKS, _columns.session_id == session_id, _columns.position == position)
    return found[0] if found else None


def _last_position(reader: Reader, session_id: str) -> int:
    statement = select(func.max(_columns.position)).where(_columns.session_id == session_id)
    return int(reader.execute(statement).scalar_one() or 0)


def _follow(writer: Writer, session: Session, stored: Session, old: Task | None, task: Task) -> None:
    """Update the session after a change of its task from ``old`` (None: a new task)."""
    before = TaskStatus.CREATED if old is None else old.status
    status = transitions.session_after(before, task.status)
    if status is not None:
        session = replace(session, status=status, unseen=session.unseen or task.status in _TO_BE_SEEN)
    if old is None or (old.usage, old.tool_use_count) != (task.usage, task.tool_use_count):
        session = _summed(writer, session)
    session = replace(session, current=card.kept(card.current(writer, task.session_id), session.current))
    sessions.follow(writer, stored, session)


def _summed(reader: Reader, session: Session) -> Session:
    """The session with the sums of its tasks' tool uses and usage."""
    figures = (_columns.tool_use_count, _columns.input_tokens, _columns.output_tokens, _columns.cost_usd)
    sums = [func.coalesce(func.sum(figure), 0) for figure in figures]
    row: Any = reader.execute(select(*sums).where(_columns.session_id == session.session_id)).one()
    tools, tokens_in, tokens_out, cost = row
    usage = Usage(input_tokens=int(tokens_in), output_tokens=int(tokens_out), cost_usd=float(cost))
    return replace(session, tool_use_count=int(tools), usage=usage)
