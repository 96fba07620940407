"""The queue of a session in the store: tasks inserted, begun and cancelled within a unit of work."""

import msgspec

from agor_core.db.connections import Writer
from agor_core.domain.task import Task, TaskStatus
from agor_core.errors import Conflict
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import base, sessions, tasks
from agor_core.repositories.mappings import TASKS
from agor_daemon.new_ids import stored_short_id
from agor_daemon.supervisor.titles import title_of

STOPPED = "It was stopped."
_tasks = TASKS.table.c


def insert_task(
    w: Writer,
    session_id: SessionId,
    identifier: str,
    text: str,
    *,
    busy: bool,
    given: str | None,
    by: str,
    first: bool = False,
) -> Task:
    """Store a task for a prompt, queued if a turn runs. A new prompt takes the session out of the archive.

    ``first``: it becomes the next one of the queue. While no turn runs it begins before a queue that is paused.
    """
    session = sessions.get(w, session_id, lock=True)
    known = given is not None and base.exists(w, TASKS, identifier)
    if not known:
        title = title_of(text) if session.title is None else session.title
        sessions.update(w, msgspec.structs.replace(session, title=title, archived_at=None))
    waiting = tasks.queued(w, session_id)
    queued = busy or bool(waiting)
    task = tasks.insert(
        w,
        Task(
            task_id=TaskId(identifier),
            short_id=stored_short_id(identifier, given=given is not None),
            session_id=session_id,
            position=0,
            status=TaskStatus.QUEUED if queued else TaskStatus.RUNNING,
            full_prompt=text,
            model=session.model,
            mode=session.mode,
            created_at=w.at,
            created_by=by,
            started_at=None if queued else w.at,
        ),
    )
    if known or task.status is not TaskStatus.QUEUED or (busy and not first):
        return task
    task = put_first(w, task.task_id)
    return task if busy else begin(w, task)


def begin(w: Writer, task: Task) -> Task:
    """Begin a queued task."""
    return tasks.update(w, msgspec.structs.replace(task, status=TaskStatus.RUNNING, started_at=w.at))


def put_first(w: Writer, task_id: TaskId) -> Task:
    """Make a queued task the next one of its queue. Raises NotFound, and Conflict if it is not queued."""
    task = tasks.get(w, task_id, lock=True)
    others = [one.task_id for one in tasks.queued(w, task.session_id) if one.task_id != task_id]
    tasks.reorder(w, task.session_id, [task_id, *others])
    return tasks.get(w, task_id, lock=True)


def next_to_run(w: Writer, session_id: SessionId) -> Task | None:
    """The next queued task, unless the queue is paused."""
    queued = tasks.next_queued(w, session_id)
    return None if queued is None or sessions.get(w, session_id).queue_paused else queued


def set_paused(w: Writer, session_id: SessionId, *, paused: bool) -> None:
    """Pause the queue or let it go on; an empty one is not paused."""
    session = sessions.get(w, session_id, lock=True)
    paused = paused and tasks.next_queued(w, session_id) is not None
    if session.queue_paused is not paused:
        sessions.update(w, msgspec.structs.replace(session, queue_paused=paused))


def running_task(w: Writer, session_id: SessionId, *, started_at: str | None = None) -> Task | None:
    """The session's running task; with ``started_at``, only if it was started at this time."""
    running = (_tasks.session_id == session_id, _tasks.status == TaskStatus.RUNNING)
    return next((task for task in base.matching(w, TASKS, *running) if started_at in (None, task.started_at)), None)


def cancel_queued(w: Writer, session_id: SessionId, reason: str = STOPPED) -> None:
    """Cancel all queued tasks of a session."""
    while (task := tasks.next_queued(w, session_id)) is not None:
        drop(w, task, reason)


def drop(w: Writer, task: Task, reason: str) -> Task:
    """Cancel a queued task. Raises Conflict for one that has begun or ended."""
    if task.status is not TaskStatus.QUEUED:
        raise Conflict(f"The task is {task.status}, not queued.")
    cancelled = msgspec.structs.replace(task, status=TaskStatus.CANCELLED, completed_at=w.at, error=reason)
    cancelled = tasks.update(w, cancelled)
    if tasks.next_queued(w, task.session_id) is None:
        set_paused(w, task.session_id, paused=False)
    return cancelled
