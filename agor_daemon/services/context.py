"""The dependencies of every service: the store, the supervisor, the agents and the clock."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agor_core.agents.registry import AgentSpec
from agor_core.clock import Clock
from agor_core.config.paths import Paths
from agor_core.db.store import Store
from agor_core.domain.agent import AgentInfo
from agor_core.domain.approval import Approval
from agor_core.domain.collection import Collection
from agor_core.domain.repo import Repo
from agor_core.domain.restoration import Restoration, RestorePoint
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.worktree import Worktree
from agor_core.ids import ApprovalId, RepoId, SessionId, TaskId
from agor_core.wire.requests import CreateSession, Fork, Spawn
from agor_daemon.supervisor.workspaces.differences import Difference
from agor_daemon.supervisor.workspaces.placement import Placement
from agor_daemon.supervisor.workspaces.workspaces import RequestedFolder


class SupervisorCalls(Protocol):
    """The calls of the supervisor that services use; :class:`agor_daemon.supervisor.supervisor.Supervisor` has them."""

    @property
    def running(self) -> int: ...

    async def prompt(self, session_id: SessionId, text: str, *, task_id: TaskId | None = None) -> Task: ...
    async def release(self, session_id: SessionId) -> None: ...
    async def stop(self, session_id: SessionId) -> Session: ...
    async def answer(self, approval_id: ApprovalId, decision: str, *, by: str) -> Approval: ...
    async def fork(self, source_id: SessionId, request: Fork) -> Session: ...
    async def spawn(self, parent_id: SessionId, request: Spawn) -> Session: ...
    async def locate(self, request: CreateSession) -> RequestedFolder: ...
    async def place(self, request: CreateSession, session_id: SessionId, requested: RequestedFolder) -> Placement: ...
    async def add_repo(
        self, path: str, *, name: str | None = None, slug: str | None = None, repo_id: RepoId | None = None
    ) -> Repo: ...
    async def check_removable(self, tree: Worktree, *, discard: bool) -> None: ...
    async def remove_worktree(self, tree: Worktree, *, discard: bool) -> None: ...
    async def add_worktree(
        self, repo_id: RepoId, name: str, *, base: str | None, worktree_id: str | None
    ) -> Worktree: ...
    async def forget(self, session: Session) -> None: ...
    async def difference(self, task_id: TaskId) -> Difference: ...
    def patch_bytes(self, task_id: TaskId) -> AsyncIterator[bytes]: ...
    async def restore(
        self, task_id: TaskId, point: RestorePoint | None, paths: Sequence[str], *, dry_run: bool
    ) -> Restoration: ...
    async def collect(self, repo_id: RepoId, *, dry_run: bool) -> Collection: ...
    def agent_infos(self) -> list[AgentInfo]: ...


@dataclass(frozen=True, slots=True)
class Context:
    """``own_worktrees``: whether a new session in a repository gets a worktree of its own, unless it says otherwise."""

    store: Store
    supervisor: SupervisorCalls
    agents: Mapping[str, AgentSpec]
    paths: Paths
    clock: Clock
    own_worktrees: bool = True
