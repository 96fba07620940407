"""After a crash: what ran is settled, what was asked is over, processes that were left behind are ended."""

import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from agor_core.config import pidfile
from agor_core.db.connections import Writer
from agor_core.domain.message import ToolStatus
from agor_core.domain.task import ACTIVE, Task, TaskStatus
from agor_core.errors import Unavailable
from agor_core.git.checkpoints import Checkpoint
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import base, messages, sessions, tasks
from agor_core.repositories.mappings import TASKS
from agor_daemon.supervisor.agents import process
from agor_daemon.supervisor.agents.process_tree import Root
from agor_daemon.supervisor.recording.message_drafts import TOOL_ENDED
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.turns.approvals import cancel_pending
from agor_daemon.supervisor.workspaces import checkpoints

REASON = "The daemon ended while this task ran; prompt again to go on."
_tasks = TASKS.table.c
_log = logging.getLogger("agor.supervisor")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A task with what became of its files, and the checkpoint that tells it."""

    task: Task
    end: Checkpoint


async def end_orphans(resources: Resources) -> int:
    """End the agents that an earlier daemon started and could not end; how many processes that were."""
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
    """Fail what ran; how many that were, and the sessions that have prompts waiting.

    What is wrong with one record is logged, and keeps no daemon from starting: its session stays as it is, and so does
    its queue, lest a prompt run twice. Raises Unavailable.
    """
    store = resources.store
    unsettled = await store.read(tasks.unsettled)
    interrupted = [task for task in unsettled if task.status in ACTIVE]
    stuck = {task.session_id for task in interrupted if not await _settled(resources, task)}
    if not await _done("what was asked", store.write(lambda w: cancel_pending(w, None))):
        for session_id in dict.fromkeys(task.session_id for task in interrupted):
            asked = partial(cancel_pending, session_id=session_id)
            await _done(f"what was asked in session {session_id}", store.write(asked))
    waiting = []
    for session_id in dict.fromkeys(task.session_id for task in unsettled if task.status not in ACTIVE):
        queued = partial(_queue_created, session_id=session_id)
        if session_id not in stuck and await _done(f"the queue of session {session_id}", store.write(queued)):
            waiting.append(session_id)
    return len(interrupted), waiting


async def _done(what: str, doing: Coroutine[Any, Any, object]) -> bool:
    """Whether it could be done; if not, that is logged. Raises Unavailable."""
    try:
        await doing
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - logged; what is wrong with one record must not keep the daemon from starting
        _log.exception("%s cannot be settled", what)
        return False
    return True


async def _settled(resources: Resources, task: tasks.Unsettled) -> bool:
    """Whether it has failed in the store: with what became of the files, or without if the store does not take that."""
    store, name = resources.store, f"task {task.task_id}"
    await _done(f"what was said in {name}", store.write(partial(_complete, task_id=task.task_id)))
    if await _done(f"what became of {name}", _fail_with_outcome(resources, task)):
        return True
    return await _done(name, store.write(partial(_fail, task_id=task.task_id)))


async def _fail_with_outcome(resources: Resources, at: tasks.Unsettled) -> None:
    session, task = await resources.store.read(lambda r: (sessions.get(r, at.session_id), tasks.get(r, at.task_id)))
    kept = (await checkpoints.take(session, task, "end")).checkpoint
    outcome = Outcome(await checkpoints.outcome(session, task, kept), kept) if kept is not None else None
    await resources.store.write(partial(_fail, task_id=at.task_id, outcome=outcome))


def _complete(w: Writer, task_id: TaskId) -> None:
    """Nothing more will be said in a task."""
    for message in messages.incomplete(w, task_id):
        tool = message.tool
        if tool is not None and tool.status not in TOOL_ENDED:
            tool = msgspec.structs.replace(tool, status=ToolStatus.FAILED)
        messages.update(w, msgspec.structs.replace(message, tool=tool, complete=True))


def _fail(w: Writer, task_id: TaskId, outcome: Outcome | None = None) -> None:
    current = tasks.get(w, task_id, lock=True)
    if current.ended:
        return
    failed = msgspec.structs.replace(current, status=TaskStatus.FAILED, completed_at=w.at, error=REASON)
    if outcome is None:
        tasks.update(w, failed)
        return
    task = outcome.task
    tasks.update(w, msgspec.structs.replace(failed, files=task.files, git_state=task.git_state))
    latest = sessions.get(w, task.session_id, lock=True)
    state = checkpoints.session_state(latest.git_state, outcome.end)
    sessions.update(w, msgspec.structs.replace(latest, git_state=state))


def _queue_created(w: Writer, session_id: SessionId) -> None:
    """Raises what keeps the session from being read, as its queue cannot go on then."""
    sessions.get(w, session_id)
    for task in base.matching(w, TASKS, _tasks.session_id == session_id, _tasks.status == TaskStatus.CREATED):
        tasks.update(w, msgspec.structs.replace(task, status=TaskStatus.QUEUED))
