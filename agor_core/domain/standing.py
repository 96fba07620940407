"""How worktrees stand, and the room that Agor takes on the disk."""

import msgspec

from agor_core.domain.figures import Diffstat
from agor_core.ids import RepoId, SessionId, WorktreeId


class WorktreeStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The standing of one worktree, by a look at it.

    ``there`` is False if its folder is gone; then only the branch is known. ``ahead`` and ``behind`` are commits
    beside ``target``, the branch that its work is meant for. ``done`` is True if it has work, and all of that is in the
    target. ``losses`` are phrases for what a removal with its branch would lose. It ``may_go`` if its sessions are all
    archived and nothing would be lost: a checkpoint holds its files, and its branch stays. ``problem`` says why it
    could not be looked at. ``bytes`` are those of its files.
    """

    worktree_id: WorktreeId
    repo_id: RepoId
    name: str
    path: str
    session_ids: tuple[SessionId, ...] = ()
    used_at: str
    there: bool = False
    branch: str | None = None
    dirty: bool = False
    target: str | None = None
    ahead: int | None = None
    behind: int | None = None
    done: bool = False
    bytes: int = 0
    losses: tuple[str, ...] = ()
    may_go: bool = False
    problem: str | None = None


class SessionStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How the files of one session stand, by a look at them.

    ``path`` is the top of its working tree, or its folder outside of git; ``there`` is False if that is gone, or not
    made yet. ``uncommitted`` counts the files that differ from the last commit, ``diffstat`` what differs from the
    session's base. ``ahead`` and ``behind`` are commits beside the branch ``target``, None where there is no such
    branch, or it is the session's own. ``problem`` says what could not be looked at.
    """

    session_id: SessionId
    path: str
    there: bool = False
    in_git: bool = False
    branch: str | None = None
    head: str | None = None
    uncommitted: int | None = None
    diffstat: Diffstat | None = None
    target: str | None = None
    ahead: int | None = None
    behind: int | None = None
    problem: str | None = None


class StoreUse(msgspec.Struct, frozen=True, kw_only=True):
    """The room of one repo's checkpoints, beyond the user's own objects; ``budget_bytes`` is the most of it."""

    repo_id: RepoId
    repo_slug: str
    bytes: int
    budget_bytes: int


class DiskUse(msgspec.Struct, frozen=True, kw_only=True):
    """The room that the home takes: ``areas`` in bytes by name; ``may_go_bytes`` could go without loss."""

    measured_at: str
    home: str
    total_bytes: int
    areas: dict[str, int]
    checkpoints: tuple[StoreUse, ...] = ()
    worktrees: tuple[WorktreeStanding, ...] = ()
    may_go_bytes: int = 0
