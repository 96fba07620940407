"""Approvals: an agent waits for permission, any client answers, the agent goes on.

A grant that a person gave earlier answers at once.

The record decides: an answer is committed first and passed to the agent then. Open approvals become ``cancelled`` when
their turn ends.
"""

import asyncio

import msgspec

from agor_core.clock import Clock, timestamp
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.approval import Approval, ApprovalOption, ApprovalStatus, Granted
from agor_core.domain.grants import covers
from agor_core.domain.message import ToolCall
from agor_core.domain.task import ACTIVE, Task, TaskStatus
from agor_core.errors import Conflict, InvalidInput
from agor_core.ids import ApprovalId, SessionId, TaskId, new_id
from agor_core.repositories import approvals, tasks
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.turns.decisions import choice_for, status_of


class Approvals:
    """The open approvals of all sessions."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[ApprovalId, asyncio.Future[str | None]] = {}

    async def ask(
        self, task: Task, tool: ToolCall, options: tuple[ApprovalOption, ...], *, own: bool = False
    ) -> str | None:
        """Store an approval and wait for its answer: the chosen option's id.

        None if it was cancelled, or refused while the agent offers no option to refuse. A question of our ``own`` is
        always put to a person.
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
            stored = await retrying.write(self._store, lambda w: _insert(w, approval, by_grants=not own))
            if stored is None or stored.status is not ApprovalStatus.PENDING:
                return stored.decision if stored is not None else None
            return await answer
        finally:
            self._waiting.pop(approval.approval_id, None)

    async def answer(
        self, approval_id: ApprovalId, decision: str, *, by: str, reason: str | None = None
    ) -> tuple[Approval, bool]:
        """Decide an approval, and whether this call did; the same answer may be repeated. ``reason`` is kept with it.

        Raises NotFound, InvalidInput, and Conflict if it was answered otherwise or cancelled.
        """
        answered = await self._store.write(lambda w: _decide(w, approval_id, decision, by, reason))
        approval, chosen, decided_now = answered
        waiting = self._waiting.get(approval_id)
        if decided_now and waiting is not None and not waiting.done():
            waiting.set_result(chosen.id if chosen is not None else None)
        return approval, decided_now

    async def take_back(self, approval_id: ApprovalId) -> Approval:
        """Take back the grant of an approval. Raises NotFound, and Conflict where Agor keeps none."""
        return await self._store.write(lambda w: _take_back(w, approval_id))

    async def cancel(self, session_id: SessionId) -> None:
        """Cancel a session's open approvals, as its turn ends."""
        cancelled = await retrying.write(self._store, lambda w: cancel_pending(w, session_id))
        for approval in cancelled:
            waiting = self._waiting.get(approval.approval_id)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)


def refusal_words(approval: Approval, reason: str) -> str:
    """What the agent is told after a refusal with a reason."""
    title = " ".join(approval.tool.title.split()) or approval.tool.kind
    return f"I denied this: {title}\n{reason.strip()}"


def cancel_pending(w: Writer, session_id: SessionId | None) -> list[Approval]:
    """Cancel the open approvals of a session, or of all, within a unit of work."""
    return [
        approvals.update(w, msgspec.structs.replace(approval, status=ApprovalStatus.CANCELLED))
        for approval in approvals.pending(w, session_id)
    ]


def _insert(w: Writer, approval: Approval, *, by_grants: bool) -> Approval | None:
    """Store an approval, answered if a grant covers it; None if its task is not active any more."""
    task = tasks.get(w, approval.task_id, lock=True)
    if task.status not in ACTIVE:
        return None
    if by_grants and (granted := _by_grant(w, approval)) is not None:
        return approvals.insert(w, granted)
    stored = approvals.insert(w, approval)
    tasks.update(w, msgspec.structs.replace(task, status=TaskStatus.AWAITING_PERMISSION))
    return stored


def _by_grant(w: Writer, approval: Approval) -> Approval | None:
    """The approval with the answer of a grant, if one covers it and the agent takes to be allowed once."""
    once = next((option for option in approval.options if option.kind == "allow_once"), None)
    for grant in approvals.grants(w, approval.session_id) if once is not None else ():
        if once is not None and covers(grant.tool, approval.tool):
            by = f"grant:{grant.approval_id}"
            allowed = ApprovalStatus.ALLOWED
            return msgspec.structs.replace(approval, status=allowed, decision=once.id, decided_by=by)
    return None


def _take_back(w: Writer, approval_id: ApprovalId) -> Approval:
    approval = approvals.get(w, approval_id, lock=True)
    if approval.granted is None:
        raise Conflict("Agor keeps no grant of this approval: it was for once, or the agent itself keeps it.")
    return approvals.update(w, msgspec.structs.replace(approval, granted=Granted.TAKEN_BACK))


def _decide(
    w: Writer, approval_id: ApprovalId, decision: str, by: str, reason: str | None
) -> tuple[Approval, ApprovalOption | None, bool]:
    approval = approvals.get(w, approval_id, lock=True)
    if approval.status is ApprovalStatus.CANCELLED:
        raise Conflict("This question is over: its turn has ended.")
    choice = choice_for(approval, decision)
    chosen = choice.option
    status, option = status_of(chosen), chosen.id if chosen is not None else None
    if reason is not None and status is not ApprovalStatus.DENIED:
        raise InvalidInput("reason: goes with a refusal only; give a prompt to say more.", place="reason")
    if approval.status is not ApprovalStatus.PENDING:
        if (approval.status, approval.decision) != (status, option) or _was_kept(approval) != choice.kept:
            raise Conflict(f"This question was already answered by {approval.decided_by}: {approval.status}.")
        return approval, chosen, False
    answered = msgspec.structs.replace(
        approval,
        status=status,
        decision=option,
        decided_by=by,
        granted=Granted.KEPT if choice.kept else None,
        reason=reason,
    )
    approval = approvals.update(w, answered)
    _resume(w, approval.task_id, approval.session_id)
    return approval, chosen, True


def _was_kept(approval: Approval) -> bool:
    return approval.granted is not None


def _resume(w: Writer, task_id: TaskId, session_id: SessionId) -> None:
    task = tasks.get(w, task_id, lock=True)
    if task.status is TaskStatus.AWAITING_PERMISSION and not approvals.pending(w, session_id):
        tasks.update(w, msgspec.structs.replace(task, status=TaskStatus.RUNNING))
