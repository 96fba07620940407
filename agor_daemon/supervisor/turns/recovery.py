"""Recovery after a crash: orphaned agents are ended, interrupted tasks fail, open approvals are cancelled."""

import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

import msgspec

from agor_core.config import pidfile
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.message import ToolStatus
from agor_core.domain.task import ACTIVE, DAEMON_ENDED, TaskStatus
from agor_core.errors import Unavailable
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import base, messages, sessions, tasks
from agor_core.repositories.mappings import TASKS
from agor_daemon.supervisor.agents import process
from agor_daemon.supervisor.agents.root import Root
from agor_daemon.supervisor.recording.message_drafts import TOOL_ENDED
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.turns.approvals import cancel_pending
from agor_daemon.supervisor.turns.settling import Ending, NotSettled, end_task, settle
from agor_daemon.supervisor.workspaces import checkpoints

_tasks = TASKS.table.c
_log = logging.getLogger("agor.supervisor")


async def end_orphans(resources: Resources) -> int:
    """End the agents that an earlier daemon left running; returns the number of processes."""
    count = 0
    for entry in resources.programs.journal.left_behind():
        lives = pidfile.start_time(entry.pid) == entry.started
        root = Root(entry.pid, entry.started, resources.programs.mark(SessionId(entry.session_id)))
        count += await process.end_tree(root, owns_group=lives, grace=resources.limits.end)
    if count:
        _log.warning("ended %d agent processes that an earlier daemon left behind", count)
    resources.programs.journal.clear()
    return count


async def settle_tasks(resources: Resources) -> tuple[int, list[SessionId]]:
    """Fail the interrupted tasks; returns their number, and the sessions that have queued tasks.

    A record that cannot be read or settled is logged, and does not keep the daemon from starting: its session and queue
    stay as they are, so that no prompt runs twice. Raises Unavailable.
    """
    store = resources.store
    unsettled = await store.read(tasks.unsettled)
    interrupted = [task for task in unsettled if task.status in ACTIVE]
    stuck = {task.session_id for task in interrupted if not await _fail(resources, task)}
    if not await _done("the open approvals", store.write(lambda w: cancel_pending(w, None))):
        for session_id in dict.fromkeys(task.session_id for task in interrupted):
            cancel = partial(cancel_pending, session_id=session_id)
            await _done(f"the open approvals of session {session_id}", store.write(cancel))
    waiting = []
    for session_id in dict.fromkeys(task.session_id for task in unsettled if task.status not in ACTIVE):
        queued = partial(_queue_created, session_id=session_id)
        if session_id not in stuck and await _done(f"the queue of session {session_id}", store.write(queued)):
            waiting.append(session_id)
    return len(interrupted), waiting


async def _done(what: str, doing: Coroutine[Any, Any, object]) -> bool:
    """Whether a step of recovery succeeded; a failure is logged. Raises Unavailable."""
    try:
        await doing
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - logged; one bad record must not keep the daemon from starting
        _log.exception("%s cannot be settled", what)
        return False
    return True


async def _fail(resources: Resources, at: tasks.Unsettled) -> bool:
    """Fail a task that a crash interrupted; whether the store took that."""
    store, task_id = resources.store, at.task_id
    await _done(f"the messages of task {task_id}", store.write(partial(_complete, task_id=task_id)))
    try:
        await settle(task_id, lambda: _fail_with_files(resources, at), lambda _: _store_failure(store, task_id))
    except NotSettled:
        return False
    return True


async def _fail_with_files(resources: Resources, at: tasks.Unsettled) -> None:
    store, stores = resources.store, resources.workspaces.stores
    session, task = await store.read(lambda r: (sessions.get(r, at.session_id), tasks.get(r, at.task_id)))
    end = (await checkpoints.take(stores, session, task, "end")).checkpoint
    if end is not None:
        task = await checkpoints.with_changes(stores, session, task, end)
    await _store_failure(store, at.task_id, files=task.files, git_state=task.git_state, checkpoint=end)


async def _store_failure(store: Store, task_id: TaskId, **findings: Any) -> None:
    def write(w: Writer) -> None:
        current = tasks.get(w, task_id, lock=True)
        if not current.ended:
            end_task(w, current, Ending(TaskStatus.FAILED, error=DAEMON_ENDED, **findings))

    await store.write(write)


def _complete(w: Writer, task_id: TaskId) -> None:
    """Complete all messages of a task; tool calls that were open have failed."""
    for message in messages.incomplete(w, task_id):
        tool = message.tool
        if tool is not None and tool.status not in TOOL_ENDED:
            tool = msgspec.structs.replace(tool, status=ToolStatus.FAILED)
        messages.update(w, msgspec.structs.replace(message, tool=tool, complete=True))


def _queue_created(w: Writer, session_id: SessionId) -> None:
    """Queue the tasks that were only created. Raises if the session cannot be read: its queue cannot go on then."""
    sessions.get(w, session_id)
    for task in base.matching(w, TASKS, _tasks.session_id == session_id, _tasks.status == TaskStatus.CREATED):
        tasks.update(w, msgspec.structs.replace(task, status=TaskStatus.QUEUED))
