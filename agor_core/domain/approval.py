"""An approval: a permission that an agent asked for, and the answer."""

from enum import StrEnum

import msgspec

from agor_core.domain.message import ToolCall
from agor_core.ids import ApprovalId, SessionId, TaskId


class ApprovalStatus(StrEnum):
    """The answer, if any; ``cancelled`` when the turn ended first."""

    PENDING = "pending"
    ALLOWED = "allowed"
    DENIED = "denied"
    CANCELLED = "cancelled"


class ApprovalOption(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that the agent offers. ``kind`` is ACP's: allow_once, allow_always, reject_once, reject_always."""

    id: str
    name: str
    kind: str

    @property
    def allows(self) -> bool:
        """Whether this option grants the permission."""
        return self.kind.startswith("allow")


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """One request for permission; ``decision`` is the id of the option chosen.

    ``decided_by`` is the user's name, or ``session:ID`` if the agent of that session answered.
    """

    approval_id: ApprovalId
    session_id: SessionId
    task_id: TaskId
    status: ApprovalStatus = ApprovalStatus.PENDING
    tool: ToolCall
    options: tuple[ApprovalOption, ...] = ()
    decision: str | None = None
    decided_by: str | None = None
    created_at: str
    updated_at: str
