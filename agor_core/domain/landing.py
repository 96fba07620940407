"""A landing: a session's work brought into a branch, and what takes it back."""

from enum import StrEnum
from typing import Literal

import msgspec

from agor_core.domain.check import CheckFacts
from agor_core.ids import LandingId, RepoId, SessionId, TaskId

How = Literal["squash", "merge", "rebase"]
HOWS: tuple[How, ...] = ("squash", "merge", "rebase")


BRING_IN = "Your work is to go into the branch"
MEND = "The check of your pull request failed"
"""How the prompts begin that Agor writes; no message of a commit repeats them."""


class LandingStatus(StrEnum):
    """Whether the work is in the branch, or was taken back."""

    LANDED = "landed"
    UNDONE = "undone"


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """One landing: the branch ``target`` of the repo went from ``before`` to ``after``.

    ``task_id`` is the session's latest task by then, and ``checkpoint`` keeps its files as they were. A landing that
    was taken back by a commit of its own has that as ``reverted_by``.
    """

    landing_id: LandingId
    session_id: SessionId
    task_id: TaskId | None = None
    repo_id: RepoId
    target: str
    before: str
    after: str
    how: How
    message: str
    status: LandingStatus = LandingStatus.LANDED
    created_at: str
    created_by: str | None = None
    undone_at: str | None = None
    checkpoint: str | None = None
    reverted_by: str | None = None


class LandingHook(msgspec.Struct, frozen=True, kw_only=True):
    """A hook that runs when the work lands; ``changed``: the session may have changed what it does."""

    name: str
    changed: bool = False


class LandingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a landing would meet; nothing was touched.

    ``ahead`` and ``behind`` are commits beside the target. ``conflicts`` are paths that somebody would have to resolve,
    ``uncommitted`` those that no commit has yet, and ``left_out`` those that would not land: repositories inside of the
    worktree. ``checked_out`` is the folder in which the target is checked out, and ``in_the_way`` are files with
    uncommitted work there that the landing would change. ``obstacle`` is the sentence with which it would be refused.
    ``signed``: the user's git signs commits. ``hooks_missing`` is a folder of hooks that is not there. ``check`` is the
    session's latest check, and ``checked`` whether it is of the files as they are. ``rivals`` are other attempts at the
    same.
    """

    session_id: SessionId
    target: str
    how: How
    before: str
    head: str
    ahead: int
    behind: int
    conflicts: tuple[str, ...] = ()
    uncommitted: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    files: int = 0
    insertions: int = 0
    deletions: int = 0
    checked_out: str | None = None
    changed_there: int = 0
    in_the_way: tuple[str, ...] = ()
    hooks: tuple[LandingHook, ...] = ()
    hooks_missing: str | None = None
    signed: bool = False
    message: str
    obstacle: str | None = None
    rivals: tuple[SessionId, ...] = ()
    check: CheckFacts | None = None
    checked: bool = False
    worktree: str
    branch: str | None = None


class SessionLanding(msgspec.Struct, frozen=True, kw_only=True):
    """The session's latest landing that was not taken back, as far as a card shows it."""

    landing_id: LandingId
    target: str
    after: str
    landed_at: str
