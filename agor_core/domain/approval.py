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


class ApprovalOption(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer that the agent offers. ``kind`` is ACP's: allow_once, allow_always, reject_once, reject_always.

    ``writes`` says what the agent writes outside of the session when this is chosen; None where nothing is known of it.
    """

    id: str
    name: str
    kind: str
    writes: str | None = None

    @property
    def allows(self) -> bool:
        """Whether this option grants the permission."""
        return self.kind.startswith("allow")


class Granted(StrEnum):
    """A grant that Agor keeps: the same call of the session is allowed without a question, until it is taken back."""

    KEPT = "kept"
    TAKEN_BACK = "taken_back"


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """One request for permission; ``decision`` is the id of the option chosen.

    ``decided_by`` is the user's name, ``session:ID`` if the agent of that session answered, or ``grant:ID`` if the
    grant of an earlier approval did. ``granted`` is set where a person allowed it from now on and Agor keeps that.
    ``reason`` is what a person told the agent with a refusal.
    """

    approval_id: ApprovalId
    session_id: SessionId
    task_id: TaskId
    status: ApprovalStatus = ApprovalStatus.PENDING
    tool: ToolCall
    options: tuple[ApprovalOption, ...] = ()
    decision: str | None = None
    decided_by: str | None = None
    granted: Granted | None = None
    reason: str | None = None
    created_at: str
    updated_at: str
