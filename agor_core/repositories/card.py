"""What a session's card shows of its latest task, worked out anew whenever that may have changed."""

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.approval import ApprovalStatus
from agor_core.domain.session import CurrentTask
from agor_core.domain.task import PlanStatus, Task, TaskStatus
from agor_core.domain.texts import cut
from agor_core.repositories import base, sessions
from agor_core.repositories.mappings import APPROVALS, TASKS

LONGEST_ERROR = 500
"""Characters of a task's error that its session's card holds."""
_tasks = TASKS.table.c
_approvals = APPROVALS.table.c


def current(reader: Reader, session_id: str) -> CurrentTask | None:
    """The latest task that is not waiting in the queue, else the first that is; with the question that is open."""
    mine = _tasks.session_id == session_id
    found = base.matching(
        reader, TASKS, mine, _tasks.status != TaskStatus.QUEUED, order=[_tasks.position.desc()], limit=1
    ) or base.matching(reader, TASKS, mine, order=[_tasks.position], limit=1)
    return shown(found[0], _question(reader, found[0])) if found else None


def shown(task: Task, asks: str | None) -> CurrentTask:
    """What of a task is shown on the card."""
    step = next((entry.content for entry in task.plan if entry.status is PlanStatus.IN_PROGRESS), None)
    return CurrentTask(
        task_id=task.task_id,
        position=task.position,
        status=task.status,
        step=step,
        plan_done=sum(entry.status is PlanStatus.COMPLETED for entry in task.plan),
        plan_total=len(task.plan),
        diffstat=task.git_state.diffstat,
        asks=asks,
        started_at=task.started_at,
        completed_at=task.completed_at,
        error=None if task.error is None else cut(task.error.strip(), LONGEST_ERROR),
    )


def renew(writer: Writer, session_id: str) -> None:
    """Put the card right after an approval was asked for or answered."""
    session = sessions.get(writer, session_id, lock=True)
    sessions.follow(writer, session, replace(session, current=current(writer, session_id)))


def _question(reader: Reader, task: Task) -> str | None:
    pending = base.matching(
        reader,
        APPROVALS,
        _approvals.task_id == task.task_id,
        _approvals.status == ApprovalStatus.PENDING,
        order=[_approvals.created_at, _approvals.approval_id],
        limit=1,
    )
    return pending[0].tool.title or pending[0].tool.kind if pending else None
