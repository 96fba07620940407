"""A session: one conversation with one agent in one working directory."""

from enum import StrEnum
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from agor_core.domain.check import CheckFacts
from agor_core.domain.figures import Diffstat, Usage
from agor_core.domain.landing import SessionLanding
from agor_core.domain.pull_request import PullRequest
from agor_core.domain.task import TaskStatus
from agor_core.ids import BoardId, RaceId, RepoId, SessionId, TaskId, WorktreeId


class SessionStatus(StrEnum):
    """The status of a session; only a person sets ``completed``."""

    IDLE = "idle"
    RUNNING = "running"
    AWAITING_PERMISSION = "awaiting_permission"
    COMPLETED = "completed"
    FAILED = "failed"


class Fidelity(StrEnum):
    """How much of the source's conversation a fork's agent knows, best first."""

    NATIVE = "native"
    REPLAYED = "replayed"
    DIGEST = "digest"


class CurrentTask(msgspec.Struct, frozen=True, kw_only=True):
    """The session's latest task, as far as a card shows it: a card needs no call of its own.

    ``step`` is the plan entry in progress, ``asks`` the open question, ``error`` the beginning of the task's error,
    ``notice`` a trouble while it runs, ``doing`` the last thing that the agent did or said.
    """

    task_id: TaskId
    position: int
    status: TaskStatus
    step: str | None = None
    plan_done: int = 0
    plan_total: int = 0
    diffstat: Diffstat | None = None
    asks: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    error: str | None = None
    notice: str | None = None
    doing: str | None = None


class SessionRepo(msgspec.Struct, frozen=True, kw_only=True):
    """Where a session works; ``managed_worktree`` is True when Agor makes the worktree and may remove it."""

    cwd: str
    repo_id: RepoId | None = None
    repo_slug: str | None = None
    worktree_id: WorktreeId | None = None
    worktree_name: str | None = None
    managed_worktree: bool = False


class SessionGitState(msgspec.Struct, frozen=True, kw_only=True):
    """The branch (or ``None`` when detached), the commit begun from, and the present one (``-dirty`` if changed).

    ``checkpoint`` is the latest one of its files, and ``diffstat`` what they differ from the commit begun from, or from
    ``brought_in``, the commit of the target that was merged or rebased onto last. ``target`` is the branch that it
    began from, for which its work is meant. Until there is a worktree, ``base`` is the
    name that it is to begin at, and ``uncommitted`` whether it gets what is uncommitted in the checkout.
    """

    ref: str | None = None
    base_sha: str | None = None
    current_sha: str | None = None
    checkpoint: str | None = None
    diffstat: Diffstat | None = None
    brought_in: str | None = None
    target: str | None = None
    base: str | None = None
    uncommitted: bool = False

    @property
    def since(self) -> str | None:
        """The commit since which its changes count."""
        return self.brought_in or self.base_sha


class SessionGenealogy(msgspec.Struct, frozen=True, kw_only=True):
    """Forked (a sibling) or spawned (a child) or neither; never changes afterwards.

    ``fork_point`` is ``end`` or ``start`` of the task forked at: whether that task's own turn is inherited.
    """

    forked_from_session_id: SessionId | None = None
    fork_point_task_id: TaskId | None = None
    parent_session_id: SessionId | None = None
    spawn_point_task_id: TaskId | None = None
    fidelity: Fidelity | None = None
    fork_point: Literal["start", "end"] | None = None
    children: tuple[SessionId, ...] | UnsetType = UNSET


class SessionReview(msgspec.Struct, frozen=True, kw_only=True):
    """How far its review is: open comments, and of the ``hunks`` of its changes those that nobody has read.

    ``unread`` and ``hunks`` are known from the first look at its changes on.
    """

    comments: int = 0
    unread: int | None = None
    hunks: int | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session, as every interface shows it. ``tasks`` and ``genealogy.children`` are there only on a get.

    ``options`` are the agent's further options that a person chose, such as the effort, by id.
    ``queue_paused``: it was stopped, and its queued prompts wait for a word to go on.
    ``check`` is the latest check of its files; it is of earlier ones if its task is not the current one. ``race_id`` is
    the race that it is an attempt of.

    ``created_by`` is the user's name, or ``session:ID`` if the agent of that session asked for it. ``unseen``: a task
    of it ended, and no person has opened the session since. ``landed`` is its latest landing that was not taken back.
    """

    session_id: SessionId
    short_id: str
    status: SessionStatus = SessionStatus.IDLE
    agent: str
    agent_version: str | None = None
    title: str | None = None
    description: str | None = None
    created_at: str
    created_by: str | None = None
    updated_at: str
    archived_at: str | None = None
    board_id: BoardId | None = None
    concepts: tuple[str, ...] = ()
    mode: str | None = None
    model: str | None = None
    options: dict[str, str] = {}
    queue_paused: bool = False
    unseen: bool = False
    message_count: int = 0
    tool_use_count: int = 0
    task_count: int = 0
    usage: Usage = Usage()
    current: CurrentTask | None = None
    check: CheckFacts | None = None
    race_id: RaceId | None = None
    repo: SessionRepo
    git_state: SessionGitState = SessionGitState()
    genealogy: SessionGenealogy = SessionGenealogy()
    agent_sessions: tuple[str, ...] = ()
    review: SessionReview | None = None
    landed: SessionLanding | None = None
    pull_request: PullRequest | None = None
    tasks: tuple[TaskId, ...] | UnsetType = UNSET

    @property
    def active(self) -> bool:
        """Whether a task of it runs or waits for an approval."""
        return self.status in (SessionStatus.RUNNING, SessionStatus.AWAITING_PERMISSION)

    @property
    def changed(self) -> Diffstat | None:
        """What its files differ from the commit begun from; of a record without that, its first task's changes."""
        if self.git_state.diffstat is None and self.current is not None and self.current.position == 1:
            return self.current.diffstat
        return self.git_state.diffstat
