"""Open questions: an agent waits for permission, any client answers, the agent goes on.

The record is what counts: an answer is committed first and handed to the agent then. Questions whose turn ends become
``cancelled``.
"""

import asyncio

import msgspec

from agor_core.clock import Clock, timestamp
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.approval import Approval, ApprovalOption, ApprovalStatus
from agor_core.domain.message import ToolCall
from agor_core.domain.task import ACTIVE, Task, TaskStatus
from agor_core.errors import Conflict
from agor_core.ids import ApprovalId, SessionId, TaskId, new_id
from agor_core.repositories import approvals, tasks
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.turns.decisions import option_for, status_of


class Approvals:
    """The questions that are open now, of all sessions."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[ApprovalId, asyncio.Future[str | None]] = {}

    async def ask(self, task: Task, tool: ToolCall, options: tuple[ApprovalOption, ...]) -> str | None:
        """Put a question and wait; the chosen option's id, None when it was cancelled or nothing fits a refusal."""
        now = timestamp(self._clock.now())
        approval = Approval(
            approval_id=ApprovalId(new_id()),
            session_id=task.session_id,
            task_id=task.task_id,
            tool=tool,
            options=options,
            created_at=now,
            updated_at=now,
        )
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._waiting[approval.approval_id] = answer
        try:
            if not await retrying.write(self._store, lambda w: _put(w, approval)):
                return None
            return await answer
        finally:
            self._waiting.pop(approval.approval_id, None)

    async def answer(self, approval_id: ApprovalId, decision: str, *, by: str) -> Approval:
        """Decide. Raises NotFound, InvalidInput, and Conflict if it was decided otherwise or is over."""
        approval, chosen, fresh = await self._store.write(lambda w: _decide(w, approval_id, decision, by))
        waiting = self._waiting.get(approval_id)
        if fresh and waiting is not None and not waiting.done():
            waiting.set_result(chosen.id if chosen is not None else None)
        return approval

    async def cancel(self, session_id: SessionId) -> None:
        """The turn is over or about to be: nobody will answer any more."""
        cancelled = await retrying.write(self._store, lambda w: cancel_pending(w, session_id))
        for approval in cancelled:
            waiting = self._waiting.get(approval.approval_id)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)


def cancel_pending(w: Writer, session_id: SessionId | None) -> list[Approval]:
    """Cancel the open questions of a session, or all; within a unit of work."""
    return [
        approvals.update(w, msgspec.structs.replace(approval, status=ApprovalStatus.CANCELLED))
        for approval in approvals.pending(w, session_id)
    ]


def _put(w: Writer, approval: Approval) -> bool:
    """Store the question, if its task is still at work."""
    task = tasks.get(w, approval.task_id, lock=True)
    if task.status not in ACTIVE:
        return False
    approvals.insert(w, approval)
    tasks.update(w, msgspec.structs.replace(task, status=TaskStatus.AWAITING_PERMISSION))
    return True


def _decide(w: Writer, approval_id: ApprovalId, decision: str, by: str) -> tuple[Approval, ApprovalOption | None, bool]:
    approval = approvals.get(w, approval_id, lock=True)
    if approval.status is ApprovalStatus.CANCELLED:
        raise Conflict("This question is over: its turn has ended.")
    chosen = option_for(approval, decision)
    status, choice = status_of(chosen), chosen.id if chosen is not None else None
    if approval.status is not ApprovalStatus.PENDING:
        if (approval.status, approval.decision) != (status, choice):
            raise Conflict(f"This question was already answered by {approval.decided_by}: {approval.status}.")
        return approval, chosen, False
    approval = approvals.update(w, msgspec.structs.replace(approval, status=status, decision=choice, decided_by=by))
    _go_on(w, approval.task_id, approval.session_id)
    return approval, chosen, True


def _go_on(w: Writer, task_id: TaskId, session_id: SessionId) -> None:
    task = tasks.get(w, task_id, lock=True)
    if task.status is TaskStatus.AWAITING_PERMISSION and not approvals.pending(w, session_id):
        tasks.update(w, msgspec.structs.replace(task, status=TaskStatus.RUNNING))
