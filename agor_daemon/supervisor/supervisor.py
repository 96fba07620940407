"""The supervisor: the calls of the services, each passed to the room that does the work."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from weakref import WeakValueDictionary

from agor_core.agents.registry import AgentSpec
from agor_core.clock import Clock
from agor_core.config.paths import Paths
from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.agent import AgentInfo
from agor_core.domain.approval import Approval
from agor_core.domain.collection import Collection
from agor_core.domain.repo import Repo
from agor_core.domain.restoration import Restoration, RestorePoint
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.texts import check_not_empty
from agor_core.domain.worktree import Worktree
from agor_core.git import snapshot
from agor_core.ids import ApprovalId, RepoId, SessionId, TaskId, new_id
from agor_core.repositories import repos, sessions, tasks
from agor_core.wire.feed import Delta
from agor_core.wire.requests import CreateSession, Fork, Spawn
from agor_daemon.supervisor.agents.choosing import Wishes
from agor_daemon.supervisor.agents.orphans import Orphans
from agor_daemon.supervisor.branching import forking, spawning
from agor_daemon.supervisor.checks.checks import Checks
from agor_daemon.supervisor.grafting.grafting import Grafting
from agor_daemon.supervisor.landing.landings import Landings
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.resources import resources_of
from agor_daemon.supervisor.turns import recovery
from agor_daemon.supervisor.turns.approvals import Approvals, refusal_words
from agor_daemon.supervisor.turns.queue_calls import QueueCalls
from agor_daemon.supervisor.turns.runners import Runners
from agor_daemon.supervisor.turns.session_runner import Along
from agor_daemon.supervisor.workspaces import removal
from agor_daemon.supervisor.workspaces.differences import Differences
from agor_daemon.supervisor.workspaces.housekeeping import Housekeeping
from agor_daemon.supervisor.workspaces.moving import Moving
from agor_daemon.supervisor.workspaces.placement import Placement
from agor_daemon.supervisor.workspaces.reviewing import Reviewing
from agor_daemon.supervisor.workspaces.session_standing import SessionStandings
from agor_daemon.supervisor.workspaces.standings import Standings
from agor_daemon.supervisor.workspaces.trash import Trash
from agor_daemon.supervisor.workspaces.workspaces import RequestedFolder
from agor_daemon.supervisor.workspaces.worktree_repair import repair_worktrees


class Supervisor:
    """Owns every agent process and every turn; its owner calls :meth:`close`."""

    def __init__(
        self,
        store: Store,
        agents: Mapping[str, AgentSpec],
        paths: Paths,
        clock: Clock,
        *,
        on_delta: Callable[[Delta], None],
        environ: Mapping[str, str],
        limits: Limits | None = None,
    ) -> None:
        self._resources = resources_of(store, agents, paths, clock, on_delta, environ, limits or Limits())
        self._approvals = Approvals(store, clock)
        self._runners = Runners(self._resources, self._approvals)
        self._queue = QueueCalls(store, self._runners)
        workspaces = self._resources.workspaces
        look, expire = workspaces.standings.disk, workspaces.trash.expire
        self._housekeeping = Housekeeping(store, workspaces.stores, clock, lambda: self.running > 0, look, expire)
        self._orphans, self.comparing = Orphans(), workspaces.comparing
        self.landings = Landings(store, workspaces, paths, environ, clock, self._runners.undisturbed)
        self.grafting = Grafting(store, workspaces, paths, self._runners.undisturbed)
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def running(self) -> int:
        """The number of running turns."""
        return self._runners.running

    def session_of(self, pid: int, started: str) -> SessionId | None:
        """The session whose agent is this process; None for any other process."""
        return self._resources.programs.session_of(pid, started)

    async def settle(self) -> int:
        """Recover from a crash, then go on with the queues; returns the number of interrupted tasks.

        Orphaned agents are ended, worktrees repaired or undone, interrupted tasks fail.
        """
        await recovery.end_orphans(self._resources)
        await self._resources.checks.recover()
        await repair_worktrees(self._resources.store)
        await self._resources.workspaces.maker.undo_half_made()
        await self._resources.workspaces.again.undo_half_made()
        await self.landings.recover()
        await self.grafting.recover()
        await asyncio.to_thread(snapshot.sweep)
        count, waiting = await recovery.settle_tasks(self._resources)
        self._housekeeping.start()
        self._orphans.start()
        for session_id in waiting:
            session = await self._session(session_id)
            if session.agent in self._resources.programs:
                await self._runners.of(session).go_on()
        return count

    async def locate(self, request: CreateSession) -> RequestedFolder:
        """The folder that a request for a session names; nothing is made. Raises InvalidInput, NotFound, GitFailed."""
        return await self._resources.workspaces.locate(request)

    async def place(self, request: CreateSession, session_id: str, requested: RequestedFolder) -> Placement:
        """Decide where a new session works; the repo of its folder is added if it is new.

        Raises NotFound, GitFailed, and Unprocessable for a repository without commits.
        """
        return await self._resources.workspaces.place(request, session_id, requested)

    async def prompt(
        self, session_id: SessionId, text: str, *, task_id: TaskId | None = None, along: Along | None = None
    ) -> Task:
        """Make a task for the session's agent, queued if a turn runs; the stored task if ``task_id`` is known.

        ``along`` is written in the same unit of work, with the task.

        Raises NotFound, InvalidInput, AgentNotInstalled, Unprocessable, Unavailable; nothing is stored then.
        """
        self._runners.check_open()
        check_not_empty(text, "prompt")
        session = await self._session(session_id)
        self._resources.programs.command(self._resources.programs.spec(session.agent))
        return await self._runners.of(session).prompt(text, task_id, along=along)

    async def stop(self, session_id: SessionId, *, drop: bool = False) -> Session:
        """Cancel the running turn, and end what was started in it; the queue is paused, or with ``drop`` cancelled.

        Between turns the agent is ended, with whatever it left running. Returns the session afterwards.
        """
        session = await self._session(session_id)
        if session.agent in self._resources.programs:
            runner = self._runners.of(session)
            idle = not runner.running
            await runner.stop(queue="drop" if drop else "pause")
            if idle:
                await runner.release()
        else:
            await self._queue.end(session_id, drop=drop)
        return await self._session(session_id)

    @property
    def queue(self) -> QueueCalls:
        """The queues of sessions."""
        return self._queue

    def choosing(self, session: Session, wishes: Wishes) -> AbstractAsyncContextManager[dict[str, str | None]]:
        """Change the mode or model of a session, at once if its agent runs: gives what is to be stored meanwhile."""
        return self._runners.of(session).agent.choosing(session, wishes)

    async def answer(self, approval_id: ApprovalId, decision: str, *, by: str, reason: str | None = None) -> Approval:
        """Decide an approval by an option's id or kind, or ``allow``, ``always``, ``deny``. Raises as ``Approvals``.

        The agent is told the ``reason`` of a refusal: in its turn if it takes messages there, else as the next prompt.
        """
        approval, decided_now = await self._approvals.answer(approval_id, decision, by=by, reason=reason)
        if decided_now and reason is not None:
            await (await self._runners.of_id(approval.session_id)).tell(refusal_words(approval, reason))
        return approval

    async def take_back(self, approval_id: ApprovalId) -> Approval:
        """Take back a grant that Agor keeps. Raises NotFound and Conflict."""
        return await self._approvals.take_back(approval_id)

    async def fork(self, source_id: SessionId, request: Fork) -> Session:
        """Make a sibling that inherits conversation and files up to a task; prompt it if requested. All or nothing."""
        self._runners.check_open()
        async with self._one_at_a_time(request):
            session, runner = await forking.fork(self._resources, source_id, request, new_runner=self._runners.new)
            if runner is not None:
                await self._runners.keep(session.session_id, runner)
            return await self._first_prompt(session, request)

    async def spawn(self, parent_id: SessionId, request: Spawn) -> Session:
        """Make a child with a fresh context; prompt it if requested. All or nothing."""
        self._runners.check_open()
        async with self._one_at_a_time(request):
            return await self._first_prompt(await spawning.spawn(self._resources, parent_id, request), request)

    async def add_repo(
        self, path: str, *, name: str | None = None, slug: str | None = None, repo_id: RepoId | None = None
    ) -> Repo:
        """Add the repository that ``path`` is in. Raises InvalidInput, Unprocessable, Conflict, GitFailed."""
        return await self._resources.workspaces.known.add(path, name=name, slug=slug, repo_id=repo_id)

    @property
    def moving(self) -> Moving:
        """Learns the new places of repos and worktrees."""
        return self._resources.workspaces.moving

    async def restore(
        self, task_id: TaskId, point: RestorePoint | None, paths: Sequence[str], *, dry_run: bool
    ) -> Restoration:
        """Bring back files of a task: all, or ``paths``. Raises NotFound, InvalidInput, Unprocessable, Conflict."""
        session, task = await self._resources.store.read(lambda r: _of_task(r, task_id))
        chosen = point or ("end" if task.ended else "start")
        run = self._resources.workspaces.restoring.run
        return await self._runners.undisturbed(session, partial(run, session, task, chosen, paths, dry_run=dry_run))

    async def collect(self, repo_id: RepoId, *, dry_run: bool) -> Collection:
        """Collect the garbage of a repo's checkpoints, within their budget. Raises NotFound, Conflict, GitFailed."""
        repo = await self._resources.store.read(lambda r: repos.get(r, repo_id))
        return await self._resources.workspaces.collecting.run(repo, dry_run=dry_run)

    async def let_go(self, worktree_id: str, *, force: bool) -> Worktree:
        """Remove a worktree's folder, its files kept; a prompt makes it again. Raises NotFound, GitFailed, Conflict."""
        letting_go = self._resources.workspaces.letting_go
        self._resources.checks.check_free(worktree_id)
        users = await letting_go.users(worktree_id)
        return await self._runners.released(users, partial(letting_go.run, worktree_id, force=force))

    @property
    def trash(self) -> Trash:
        """What was removed for good, for as long as it can be brought back."""
        return self._resources.workspaces.trash

    @property
    def differences(self) -> Differences:
        """What changed between points of sessions, and in tasks."""
        return self._resources.workspaces.differences

    @property
    def session_standings(self) -> SessionStandings:
        """How the files of sessions stand."""
        return self._resources.workspaces.session_standings

    @property
    def reviewing(self) -> Reviewing:
        """What comments are on, and what of the changes somebody has read."""
        return self._resources.workspaces.reviewing

    @property
    def checks(self) -> Checks:
        """The checks of sessions' files."""
        return self._resources.checks

    @property
    def standings(self) -> Standings:
        """How the worktrees stand, and the room that Agor takes."""
        return self._resources.workspaces.standings

    def agent_infos(self) -> list[AgentInfo]:
        """Every registered agent; its version and capabilities are known once it has been started."""
        return self._resources.programs.infos()

    async def release(self, session_id: SessionId) -> None:
        """End the agent of a session that was archived, unless a turn runs."""
        await self._runners.release(session_id)

    async def check_removable(self, tree: Worktree, *, discard: bool) -> None:
        """Raises Conflict if a worktree cannot be removed or, without ``discard``, holds work; GitFailed."""
        self._resources.checks.check_free(tree.worktree_id)
        await removal.check_removable(self._resources.store, tree, discard=discard)

    async def keep_last(self, tree: Worktree) -> None:
        """Keep what the forced removal of a worktree is about to discard, for 14 days. Raises Conflict if it cannot."""
        resources = self._resources
        await removal.keep_last(resources.store, resources.workspaces.stores, tree, resources.clock.now())

    async def remove_worktree(self, tree: Worktree, *, discard: bool) -> None:
        """Remove a worktree's folder and branch; a removal that git refuses is logged."""
        await removal.remove_worktree(self._resources.store, tree, discard=discard)

    async def add_worktree(self, repo_id: RepoId, name: str, *, base: str | None, worktree_id: str | None) -> Worktree:
        """Make a worktree of a repo on a new branch of this name, at ``base`` (else HEAD).

        Raises NotFound, InvalidInput, GitFailed, and Conflict for a name or id that is taken.
        """
        self._runners.check_open()
        return await self._resources.workspaces.add(repo_id, name, base=base, worktree_id=worktree_id)

    async def forget(self, session: Session) -> None:
        """End the agent and delete the checkpoints of a session that was removed."""
        await self._runners.forget(session.session_id)
        await removal.forget_checkpoints(self._resources.store, self._resources.workspaces.stores, session)

    async def drain(self) -> None:
        """Wait for the end of the running turns; no other is begun, and queues stay for the next start."""
        await self._runners.drain()

    async def close(self, *, grace: float) -> None:
        """Cancel all turns and end all agents in about ``grace`` seconds; queues stay for the next start."""
        self._runners.refuse()
        await self._housekeeping.close()
        await asyncio.gather(self._runners.close(grace), self._resources.checks.close())
        await self._orphans.close()
        self._resources.workspaces.close()

    def _one_at_a_time(self, request: Fork | Spawn) -> asyncio.Lock:
        """The lock that makes a repeated request wait for the first."""
        identifier = request.session_id if isinstance(request.session_id, str) else new_id()
        return self._making.setdefault(identifier, asyncio.Lock())

    async def _first_prompt(self, session: Session, request: Fork | Spawn) -> Session:
        if request.prompt is None:
            return session
        task_id = TaskId(request.task_id) if isinstance(request.task_id, str) else None
        if task_id is None and session.task_count:
            return session
        await self.prompt(session.session_id, request.prompt, task_id=task_id)
        return await self._session(session.session_id)

    async def _session(self, session_id: SessionId) -> Session:
        return await self._resources.store.read(lambda r: sessions.get(r, session_id))


def _of_task(r: Reader, task_id: TaskId) -> tuple[Session, Task]:
    task = tasks.get(r, task_id)
    return sessions.get(r, task.session_id), task
