"""Approvals in the store; the session's card shows the pending one."""

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.approval import Approval, ApprovalStatus, Granted
from agor_core.errors import Conflict
from agor_core.ids import ApprovalId
from agor_core.query.tree import Query
from agor_core.repositories import base, card, listing, references, sessions, tasks
from agor_core.repositories.mappings import APPROVALS
from agor_core.repositories.page import Page

FIELDS = APPROVALS.fields()
_columns = APPROVALS.table.c


def insert(writer: Writer, approval: Approval) -> Approval:
    """Store a request for permission. Idempotent: returns the stored one with the same id and task.

    Raises NotFound for the session or task, Conflict for a task of another session or an id that is taken.
    """
    sessions.get(writer, approval.session_id, lock=True)
    if tasks.get(writer, approval.task_id).session_id != approval.session_id:
        raise Conflict(f"The task {approval.task_id} is not one of the session {approval.session_id}.")
    stored = base.lookup(writer, APPROVALS, approval.approval_id)
    if stored is not None:
        if stored.task_id == approval.task_id:
            return stored
        raise Conflict(f"There is another approval with the id {approval.approval_id}.")
    approval = base.insert_record(writer, APPROVALS, approval)
    card.renew(writer, approval.session_id)
    return approval


def get(reader: Reader, approval_id: str, *, lock: bool = False) -> Approval:
    """The approval with a full id. Raises NotFound."""
    return base.get(reader, APPROVALS, approval_id, lock=lock)


def resolve(reader: Reader, text: str) -> ApprovalId:
    """Resolve an id or a prefix of one to the full id. Raises NotFound and Ambiguous."""
    return ApprovalId(references.resolve(reader, APPROVALS, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of approvals, without ``$sort`` the oldest first (``created_at``, then the id)."""
    return listing.find(reader, APPROVALS, query)


def update(writer: Writer, approval: Approval, *, event: str = "patched") -> Approval:
    """Store the answer. Raises NotFound, and Conflict if another answer is stored."""
    sessions.get(writer, approval.session_id, lock=True)
    old = get(writer, approval.approval_id, lock=True)
    if old.status is not ApprovalStatus.PENDING and (old.status, old.decision) != (approval.status, approval.decision):
        raise Conflict(f"The approval was already answered: {old.status}.")
    if (approval.session_id, approval.task_id) != (old.session_id, old.task_id):
        raise Conflict("An approval's session and task never change.")
    new = base.update_record(writer, APPROVALS, old, replace(approval, created_at=old.created_at), event=event)
    if new.status is not old.status:
        card.renew(writer, new.session_id)
    return new


def grants(reader: Reader, session_id: str) -> list[Approval]:
    """The approvals of a session whose grants Agor keeps, the oldest first."""
    conditions = (_columns.granted == Granted.KEPT, _columns.session_id == session_id)
    return base.matching(reader, APPROVALS, *conditions, order=[_columns.created_at, _columns.approval_id])


def pending(reader: Reader, session_id: str | None = None) -> list[Approval]:
    """The pending approvals of one session or of all, the oldest first."""
    conditions = [_columns.status == ApprovalStatus.PENDING]
    if session_id is not None:
        conditions.append(_columns.session_id == session_id)
    return base.matching(reader, APPROVALS, *conditions, order=[_columns.created_at, _columns.approval_id])
