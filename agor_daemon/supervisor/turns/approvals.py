"""Approvals: an agent waits for permission, any client answers, the agent goes on.

The record decides: an answer is committed first and passed to the agent then. Open approvals become ``cancelled`` when
their turn ends.
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
    """The open approvals of all sessions."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[ApprovalId, asyncio.Future[str | None]] = {}

    async def ask(self, task: Task, tool: ToolCall, options: tuple[ApprovalOption, ...]) -> str | None:
        """Store an approval and wait for its answer: the chosen option's id.

        None if it was cancelled, or refused while the agent offers no option to refuse.
        """
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
            if not await retrying.write(self._store, lambda w: _insert(w, approval)):
                return None
            return await answer
        finally:
            self._waiting.pop(approval.approval_id, None)

    async def answer(self, approval_id: ApprovalId, decision: str, *, by: str) -> Approval:
        """Decide an approval; the same answer may be repeated.

        Raises NotFound, InvalidInput, and Conflict if it was answered otherwise or cancelled.
        """
        approval, chosen, decided_now = await self._store.write(lambda w: _decide(w, approval_id, decision, by))
        waiting = self._waiting.get(approval_id)
        if decided_now and waiting is not None and not waiting.done():
            waiting.set_result(chosen.id if chosen is not None else None)
        return approval

    async def cancel(self, session_id: SessionId) -> None:
        """Cancel a session's open approvals, as its turn ends."""
        cancelled = await retrying.write(self._store, lambda w: cancel_pending(w, session_id))
        for approval in cancelled:
            waiting = self._waiting.get(approval.approval_id)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)


def cancel_pending(w: Writer, session_id: SessionId | None) -> list[Approval]:
    """Cancel the open approvals of a session, or of all, within a unit of work."""
    return [
        approvals.update(w, msgspec.structs.replace(approval, status=ApprovalStatus.CANCELLED))
        for approval in approvals.pending(w, session_id)
    ]


def _insert(w: Writer, approval: Approval) -> bool:
    """Store an approval if its task is still active; whether it was."""
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
    _resume(w, approval.task_id, approval.session_id)
    return approval, chosen, True


def _resume(w: Writer, task_id: TaskId, session_id: SessionId) -> None:
    task = tasks.get(w, task_id, lock=True)
    if task.status is TaskStatus.AWAITING_PERMISSION and not approvals.pending(w, session_id):
        tasks.update(w, msgspec.structs.replace(task, status=TaskStatus.RUNNING))
