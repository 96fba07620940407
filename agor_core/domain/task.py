"""A task: one prompt of the user and the agent's work on it."""

from enum import StrEnum

import msgspec

from agor_core.domain.check import CheckFacts
from agor_core.domain.figures import Diffstat, Usage
from agor_core.ids import SessionId, TaskId


class TaskStatus(StrEnum):
    """The status of a task."""

    CREATED = "created"
    QUEUED = "queued"
    RUNNING = "running"
    AWAITING_PERMISSION = "awaiting_permission"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PlanStatus(StrEnum):
    """The status of an entry of the agent's plan."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class PlanEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the agent's plan."""

    content: str
    status: PlanStatus = PlanStatus.PENDING
    priority: str = "medium"


class MessageRange(msgspec.Struct, frozen=True, kw_only=True):
    """The task's messages by index in their session, both ends included (``end_index`` one less: none)."""

    start_index: int
    end_index: int
    start_timestamp: str | None = None
    end_timestamp: str | None = None


class TaskGitState(msgspec.Struct, frozen=True, kw_only=True):
    """Commits at both ends (``-dirty`` if the tree differed), checkpoints, the commits made and what changed.

    ``left_out`` are files that were too large for the checkpoints, ``submodules`` those with changes inside, which the
    figures and the checkpoints do not hold. ``notices`` are sentences about changes outside of the session's own files.
    """

    sha_at_start: str | None = None
    sha_at_end: str | None = None
    checkpoint_start: str | None = None
    checkpoint_end: str | None = None
    commits: tuple[str, ...] = ()
    diffstat: Diffstat | None = None
    left_out: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One task, as every interface shows it. ``created_by`` is the user's name, or ``session:ID`` for an agent.

    ``check`` is the latest check of the files at its end.

    ``notice`` is a trouble while it runs: a retry of the agent's, or that nothing is heard of it.
    """

    task_id: TaskId
    short_id: str
    session_id: SessionId
    position: int
    status: TaskStatus = TaskStatus.CREATED
    full_prompt: str
    description: str | None = None
    model: str | None = None
    mode: str | None = None
    created_at: str
    created_by: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    message_range: MessageRange | None = None
    plan: tuple[PlanEntry, ...] = ()
    tool_use_count: int = 0
    files: tuple[str, ...] = ()
    git_state: TaskGitState = TaskGitState()
    usage: Usage = Usage()
    stop_reason: str | None = None
    error: str | None = None
    report: str | None = None
    notice: str | None = None
    check: CheckFacts | None = None

    @property
    def ended(self) -> bool:
        """Whether it has reached a final status."""
        return self.status in ENDED

    @property
    def waiting(self) -> bool:
        """Whether its turn has not begun."""
        return self.status in (TaskStatus.CREATED, TaskStatus.QUEUED)


DAEMON_STOPPED = "The daemon was stopped."
DAEMON_ENDED = "The daemon ended while this task ran; prompt again to go on."
BY_THE_DAEMON = frozenset({DAEMON_STOPPED, DAEMON_ENDED})
"""The errors of tasks that ended with the daemon, and not by themselves."""
ENDED = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED})
ACTIVE = frozenset({TaskStatus.RUNNING, TaskStatus.AWAITING_PERMISSION})
