"""A session's ``current``: the facts of its latest task that a card shows."""

from msgspec.structs import replace
from sqlalchemy import or_

from agor_core.db.connections import Reader, Writer
from agor_core.domain.approval import ApprovalStatus
from agor_core.domain.doing import doing
from agor_core.domain.message import Message
from agor_core.domain.session import CurrentTask, Session
from agor_core.domain.task import PlanStatus, Task, TaskStatus
from agor_core.domain.texts import cut
from agor_core.repositories import base, sessions
from agor_core.repositories.mappings import APPROVALS, TASKS

LONGEST_ERROR = 500
"""The most characters of a task's error in its session's ``current``."""
_tasks = TASKS.table.c
_approvals = APPROVALS.table.c


def current(reader: Reader, session_id: str) -> CurrentTask | None:
    """The facts of the latest task that began, else of the first that is queued, else of the last."""
    mine = _tasks.session_id == session_id
    latest, first = _tasks.position.desc(), _tasks.position
    began = (
        _tasks.status != TaskStatus.QUEUED,
        or_(_tasks.status != TaskStatus.CANCELLED, _tasks.started_at.is_not(None)),
    )
    found = (
        base.matching(reader, TASKS, mine, *began, order=[latest], limit=1)
        or base.matching(reader, TASKS, mine, _tasks.status == TaskStatus.QUEUED, order=[first], limit=1)
        or base.matching(reader, TASKS, mine, order=[latest], limit=1)
    )
    return shown(found[0], _question(reader, found[0])) if found else None


def shown(task: Task, asks: str | None) -> CurrentTask:
    """The facts of a task that a card shows; ``asks`` is the title of its pending approval."""
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
        notice=task.notice,
    )


def with_message(session: Session, message: Message) -> Session:
    """The session with what a message says that its agent does; that of an earlier task says nothing of it."""
    current = session.current
    if current is None or current.task_id != message.task_id or (said := doing(message)) is None:
        return session
    return replace(session, current=replace(current, doing=said))


def kept(current: CurrentTask | None, before: CurrentTask | None) -> CurrentTask | None:
    """The facts of a task with what its agent does, which they had before."""
    same = current is not None and before is not None and current.task_id == before.task_id
    return replace(current, doing=before.doing) if same and current is not None and before is not None else current


def renew(writer: Writer, session_id: str) -> None:
    """Update ``current`` after an approval was requested or answered."""
    session = sessions.get(writer, session_id, lock=True)
    sessions.follow(writer, session, replace(session, current=kept(current(writer, session_id), session.current)))


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
