"""The queue of a session in the store: tasks inserted, begun and cancelled within a unit of work."""

import msgspec

from agor_core.db.connections import Writer
from agor_core.domain.task import Task, TaskStatus
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

    ``first``: it becomes the next one of the queue.
    """
    session = sessions.get(w, session_id, lock=True)
    if given is None or not base.exists(w, TASKS, identifier):
        title = title_of(text) if session.title is None else session.title
        sessions.update(w, msgspec.structs.replace(session, title=title, archived_at=None))
    task = tasks.insert(
        w,
        Task(
            task_id=TaskId(identifier),
            short_id=stored_short_id(identifier, given=given is not None),
            session_id=session_id,
            position=0,
            status=TaskStatus.QUEUED if busy else TaskStatus.RUNNING,
            full_prompt=text,
            model=session.model,
            mode=session.mode,
            created_at=w.at,
            created_by=by,
            started_at=None if busy else w.at,
        ),
    )
    if first and task.status is TaskStatus.QUEUED:
        others = [one.task_id for one in tasks.queued(w, session_id) if one.task_id != task.task_id]
        tasks.reorder(w, session_id, [task.task_id, *others])
    return tasks.get(w, task.task_id)


def running_task(w: Writer, session_id: SessionId, *, started_at: str | None = None) -> Task | None:
    """The session's running task; with ``started_at``, only if it was started at this time."""
    running = (_tasks.session_id == session_id, _tasks.status == TaskStatus.RUNNING)
    return next((task for task in base.matching(w, TASKS, *running) if started_at in (None, task.started_at)), None)


def cancel_queued(w: Writer, session_id: SessionId, reason: str = STOPPED) -> None:
    """Cancel all queued tasks of a session."""
    while (task := tasks.next_queued(w, session_id)) is not None:
        cancelled = msgspec.structs.replace(task, status=TaskStatus.CANCELLED, completed_at=w.at, error=reason)
        tasks.update(w, cancelled)
