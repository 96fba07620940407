"""A check: a command of the repo run on a tree of files, and its outcome."""

from enum import StrEnum

import msgspec

from agor_core.ids import CheckId, SessionId, TaskId


class CheckStatus(StrEnum):
    """``failed``: the command said so, or took too long. ``error``: it could not be run, or nobody knows its end."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    STOPPED = "stopped"
    ERROR = "error"


class CheckReason(StrEnum):
    """What asked for a check: a person or an agent by hand, the end of a task, a race, a landing, a search."""

    HAND = "hand"
    TASK = "task"
    RACE = "race"
    LAND = "land"
    BISECT = "bisect"


class CheckFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a check that a card and a timeline show. ``duration`` is in seconds."""

    check_id: CheckId
    status: CheckStatus
    task_id: TaskId | None = None
    command: str
    tree: str | None = None
    exit_code: int | None = None
    started_at: str | None = None
    ended_at: str | None = None
    duration: float | None = None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a command on the files of a session.

    ``tree`` is git's name for the files that were checked, uncommitted and untracked ones included; None outside of
    git. ``task_id`` is the task after which the files were as they were checked, None before the first. Until
    ``started_at`` it waits for others. ``tail`` are the last lines of its output, ``log_path`` a file with all of it up
    to a limit. ``error`` says why it has no outcome, or that it took too long; ``notes`` are sentences about the files:
    that they changed meanwhile, or were checked before. ``duration`` is in seconds. ``created_by`` is the user's name,
    or ``session:ID`` for an agent.
    """

    check_id: CheckId
    session_id: SessionId
    task_id: TaskId | None = None
    command: str
    tree: str | None = None
    status: CheckStatus = CheckStatus.RUNNING
    exit_code: int | None = None
    tail: str = ""
    log_path: str | None = None
    reason: CheckReason = CheckReason.HAND
    error: str | None = None
    notes: tuple[str, ...] = ()
    duration: float | None = None
    created_by: str | None = None
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    updated_at: str

    @property
    def ended(self) -> bool:
        """Whether it has reached a final status."""
        return self.status is not CheckStatus.RUNNING

    @property
    def decided(self) -> bool:
        """Whether it says something of the files."""
        return self.status in (CheckStatus.PASSED, CheckStatus.FAILED)


def facts(check: Check) -> CheckFacts:
    """What a card shows of a check."""
    return CheckFacts(**{name: getattr(check, name) for name in CheckFacts.__struct_fields__})
