"""After a crash: what ran is settled, what was asked is over, processes that were left behind are ended."""

import logging
from functools import partial

import msgspec

from agor_core.config import pidfile
from agor_core.db.connections import Writer
from agor_core.domain.message import ToolStatus
from agor_core.domain.task import ACTIVE, Task, TaskStatus
from agor_core.errors import Unavailable
from agor_core.git.checkpoints import Checkpoint
from agor_core.ids import SessionId
from agor_core.repositories import messages, sessions, tasks
from agor_daemon.supervisor import checkpoints, process
from agor_daemon.supervisor.approvals import cancel_pending
from agor_daemon.supervisor.drafts import TOOL_ENDED
from agor_daemon.supervisor.process_tree import Root
from agor_daemon.supervisor.resources import Resources

REASON = "The daemon ended while this task ran; prompt again to go on."
_log = logging.getLogger("agor.supervisor")


async def end_orphans(resources: Resources) -> int:
    """End the agents that an earlier daemon started and could not end; how many processes that were."""
    count = 0
    for entry in resources.roster.left_behind():
        lives = pidfile.start_time(entry.pid) == entry.started
        root = Root(entry.pid, entry.started, resources.mark(SessionId(entry.session_id)))
        count += await process.end_tree(root, owns_group=lives, grace=resources.limits.end)
    if count:
        _log.warning("ended %d agent processes that an earlier daemon left behind", count)
    resources.roster.clear()
    return count


async def settle_tasks(resources: Resources) -> tuple[int, list[SessionId]]:
    """Fail what ran; how many that were, and the sessions that have prompts waiting."""
    unsettled = await resources.store.read(tasks.unsettled)
    interrupted = [task for task in unsettled if task.status in ACTIVE]
    for task in interrupted:
        try:
            await _settle(resources, task)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - logged; what is wrong with one task must not keep the daemon from starting
            _log.exception("what became of task %s cannot be stored", task.task_id)
            await resources.store.write(partial(_fail, task=task, kept=None))
    await resources.store.write(lambda w: cancel_pending(w, None))
    await resources.store.write(_queue_created)
    waiting = [task.session_id for task in unsettled if task.status not in ACTIVE]
    return len(interrupted), list(dict.fromkeys(waiting))


async def _settle(resources: Resources, task: Task) -> None:
    session = await resources.store.read(lambda r: sessions.get(r, task.session_id))
    kept = (await checkpoints.take(session, task, "end")).checkpoint
    settled = await checkpoints.outcome(session, task, kept) if kept is not None else task
    await resources.store.write(partial(_fail, task=settled, kept=kept))


def _fail(w: Writer, task: Task, kept: Checkpoint | None) -> None:
    for message in messages.incomplete(w, task.task_id):
        tool = message.tool
        if tool is not None and tool.status not in TOOL_ENDED:
            tool = msgspec.structs.replace(tool, status=ToolStatus.FAILED)
        messages.update(w, msgspec.structs.replace(message, tool=tool, complete=True))
    current = tasks.get(w, task.task_id, lock=True)
    if current.ended:
        return
    failed = msgspec.structs.replace(
        current,
        status=TaskStatus.FAILED,
        completed_at=w.at,
        error=REASON,
        files=task.files,
        git_state=task.git_state,
    )
    tasks.update(w, failed)
    if kept is not None:
        latest = sessions.get(w, task.session_id, lock=True)
        state = checkpoints.session_state(latest.git_state, kept)
        sessions.update(w, msgspec.structs.replace(latest, git_state=state))


def _queue_created(w: Writer) -> None:
    for task in tasks.unsettled(w):
        if task.status is TaskStatus.CREATED:
            tasks.update(w, msgspec.structs.replace(task, status=TaskStatus.QUEUED))
