"""A supervisor without agents: it stores the records and keeps a ledger of the calls."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from agor_core.agents.registry import AgentSpec
from agor_core.clock import Clock
from agor_core.config.paths import Paths
from agor_core.db.store import Store
from agor_core.domain.agent import AgentInfo
from agor_core.domain.approval import Approval, ApprovalStatus
from agor_core.domain.beginning import Beginning
from agor_core.domain.collection import Collection
from agor_core.domain.comparison import ComparedSession, Comparison
from agor_core.domain.graft import Graft, OnConflict
from agor_core.domain.landing import Landing, LandingPlan
from agor_core.domain.pull_request import Publication, PullRequestStatus
from agor_core.domain.repo import Repo
from agor_core.domain.restoration import Restoration, RestorePoint
from agor_core.domain.review import Review
from agor_core.domain.session import Session, SessionGenealogy, SessionGitState, SessionRepo, SessionStatus
from agor_core.domain.standing import DiskUse, SessionStanding, WorktreeStanding
from agor_core.domain.task import Task, TaskStatus
from agor_core.domain.trash import TrashItem
from agor_core.domain.worktree import Worktree
from agor_core.errors import Conflict, Conflicting, NotFound, Unprocessable
from agor_core.git.diff import PatchPage, PatchText
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import FileChange
from agor_core.ids import ApprovalId, LandingId, RepoId, SessionId, TaskId, WorktreeId, new_id, short_id
from agor_core.repositories import approvals, repos, sessions, tasks, worktrees
from agor_core.wire.feed import Delta
from agor_core.wire.requests import CreateSession, Fork, Spawn
from agor_daemon.supervisor.grafting.grafting import Asked
from agor_daemon.supervisor.landing.examining import Wanted
from agor_daemon.supervisor.landing.publishing import Publish
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.turns.session_runner import Along
from agor_daemon.supervisor.workspaces.commented_lines import Lines, Snippet
from agor_daemon.supervisor.workspaces.differences import Difference, Kept, KeptPoint, Range
from agor_daemon.supervisor.workspaces.folders import FolderProbe
from agor_daemon.supervisor.workspaces.placement import Placement
from agor_daemon.supervisor.workspaces.points import PointName
from agor_daemon.supervisor.workspaces.reviewing import Commented, Shown
from agor_daemon.supervisor.workspaces.workspaces import RequestedFolder
from tests.fakes.checks import FakeChecks


class FakeStandings:
    """Looks that find nothing."""

    def __init__(self, store: Store) -> None:
        self.last: DiskUse | None = None
        self._store = store

    async def of(self, worktree_id: str) -> WorktreeStanding:
        tree = await self._store.read(lambda reader: worktrees.get(reader, worktree_id))
        return WorktreeStanding(
            worktree_id=tree.worktree_id, repo_id=tree.repo_id, name=tree.name, path=tree.path, used_at=tree.updated_at
        )

    async def disk(self) -> DiskUse:
        self.last = DiskUse(measured_at="", home="/home", total_bytes=3, areas={"logs": 3})
        return self.last

    async def beginning(self, cwd: str | None, *, repo: str | None, base: str | None, fetch: bool) -> Beginning:
        return Beginning(folder=cwd or "", label=base or "main")


class FakeComparing:
    """Compares nothing."""

    async def run(self, wanted: Sequence[tuple[SessionId, PointName]]) -> Comparison:
        one = [
            ComparedSession(
                session_id=session_id,
                short_id=short_id(session_id),
                title=None,
                agent="demo",
                model=None,
                status=SessionStatus.IDLE,
                point=point.kind,
            )
            for session_id, point in wanted
        ]
        return Comparison(sessions=tuple(one))


class FakeGrafting:
    """Grafts nothing."""

    async def run(self, target_id: SessionId, asked: Asked) -> Graft:
        return Graft(session_id=target_id, from_session_id=asked.source, dry_run=asked.dry_run)

    async def undo(self, target_id: SessionId, *, dry_run: bool, on_conflict: OnConflict = "refuse") -> Graft:
        raise NotFound("graft", target_id, "Nothing was grafted into this session.")


class FakeSessionStandings:
    """Looks that find nothing."""

    async def of(self, session_id: SessionId) -> SessionStanding:
        return SessionStanding(session_id=session_id, path="/nowhere")


class FakeMoving:
    """Stores the new place."""

    def __init__(self, store: Store, ledger: list[tuple[Any, ...]]) -> None:
        self._store = store
        self._ledger = ledger

    async def repo(self, repo_id: RepoId, path: str) -> Repo:
        self._ledger.append(("move repo", repo_id, path))
        return await self._store.write(
            lambda writer: repos.update(writer, replace(repos.get(writer, repo_id), local_path=path))
        )

    async def worktree(self, worktree_id: WorktreeId, path: str) -> Worktree:
        self._ledger.append(("move worktree", worktree_id, path))
        return await self._store.write(
            lambda writer: worktrees.update(writer, replace(worktrees.get(writer, worktree_id), path=path))
        )


class FakeLandings:
    """Lands nothing: refuses as where there is no git."""

    def __init__(self, ledger: list[tuple[Any, ...]]) -> None:
        self._ledger = ledger

    async def plan(self, session_id: SessionId, wanted: Wanted) -> LandingPlan:
        self._ledger.append(("plan", session_id, wanted))
        raise Unprocessable("The session does not work in a git repository, so nothing of it can land.")

    async def land(self, session_id: SessionId, wanted: Wanted, landing_id: str | None) -> Landing:
        self._ledger.append(("land", session_id, wanted, landing_id))
        raise Conflicting("It conflicts with main in a.txt.", ["a.txt"])

    async def undo(self, landing_id: LandingId, *, revert: bool) -> Landing:
        self._ledger.append(("undo", landing_id, revert))
        raise Conflict("The branch main has moved on since.")

    async def publish(self, session_id: SessionId, asked: Publish, *, dry_run: bool) -> Publication:
        self._ledger.append(("publish", session_id, asked, dry_run))
        raise Conflict("The repository has no remote to push to.")

    async def pull_request(self, session_id: SessionId, log_of: str | None) -> PullRequestStatus:
        self._ledger.append(("pull_request", session_id, log_of))
        raise NotFound("pull request", session_id)


class FakeQueue:
    """Keeps a ledger, and answers the task as it is."""

    def __init__(self, store: Store, ledger: list[tuple[Any, ...]]) -> None:
        self._store = store
        self._ledger = ledger

    async def edit(self, task_id: TaskId, prompt: str) -> Task:
        return await self._noted("edit", task_id, prompt)

    async def move(self, task_id: TaskId, to: int) -> list[Task]:
        return [await self._noted("move", task_id, to)]

    async def drop(self, task_id: TaskId) -> Task:
        return await self._noted("drop", task_id)

    async def send_now(self, task_id: TaskId, *, interrupt: bool) -> Task:
        return await self._noted("now", task_id, interrupt)

    async def retried(self, task_id: TaskId) -> Task:
        return await self._noted("retried", task_id)

    async def resume(self, session_id: SessionId) -> Session:
        self._ledger.append(("resume", session_id))
        return await self._store.read(lambda reader: sessions.get(reader, session_id))

    async def _noted(self, what: str, task_id: TaskId, *more: Any) -> Task:
        self._ledger.append((what, task_id, *more))
        return await self._store.read(lambda reader: tasks.get(reader, task_id))


class FakeTrash:
    """Keeps nothing."""

    def __init__(self, ledger: list[tuple[Any, ...]]) -> None:
        self._ledger = ledger

    async def put(self, targets: Sequence[Session], trees: Sequence[Worktree]) -> None:
        self._ledger.append(("trash", [it.session_id for it in targets], [tree.worktree_id for tree in trees]))

    async def drop(self, targets: Sequence[Session]) -> None:
        self._ledger.append(("drop", [it.session_id for it in targets]))

    async def items(self) -> list[TrashItem]:
        return []

    async def put_back(self, given: str) -> Session:
        raise NotFound("session", given)


class FakeDifferences:
    """The same small difference everywhere."""

    def __init__(self, ledger: list[tuple[Any, ...]]) -> None:
        self._ledger = ledger
        self._kept = Kept(None, ObjectStore(Path("/store"), Path("/lender")), (KeptPoint(SessionId(""), "base", "c"),))

    async def of_task(self, task_id: TaskId) -> Difference:
        self._ledger.append(("diff", task_id))
        return Difference(PatchText("--- a\n+++ b\n"), (FileChange(b"b", 2, None),))

    async def task_patch(self, task_id: TaskId) -> AsyncIterator[bytes]:
        self._ledger.append(("patch", task_id))
        yield b"--- a\n"
        yield b"+++ caf\xe9\n"

    async def changes(self, asked: Range) -> tuple[Kept, list[FileChange]]:
        self._ledger.append(("changes", asked))
        return self._kept, [FileChange(b"b", 2, None)]

    async def page(self, asked: Range, skip: int) -> tuple[Kept, list[FileChange], PatchPage]:
        self._ledger.append(("page", asked, skip))
        return self._kept, [FileChange(b"b", 2, None)], PatchPage("--- a\n+++ b\n", 1)

    async def patch(self, asked: Range) -> AsyncIterator[bytes]:
        self._ledger.append(("patch", asked))
        yield b"--- a\n"


class FakeReviewing:
    """Every file of every session has the same lines, and nobody changes any."""

    def __init__(self, ledger: list[tuple[Any, ...]]) -> None:
        self._ledger = ledger

    async def place(
        self, session_id: SessionId, task_id: TaskId | None, wanted: Sequence[Lines], shown: Shown | None = None
    ) -> list[Commented]:
        self._ledger.append(("place", session_id, task_id, list(wanted)))
        return [Commented(Snippet(one.path, f"line {one.start}"), "c" * 40, "b" * 40) for one in wanted]

    async def look(self, session_id: SessionId) -> Review:
        self._ledger.append(("look", session_id))
        return Review(session_id=session_id)

    async def mark(self, session_id: SessionId, read: Sequence[str], unread: Sequence[str]) -> Review:
        self._ledger.append(("mark", session_id, set(read), set(unread)))
        return Review(session_id=session_id, read=tuple(read))


class FakeSupervisor:
    """``ledger`` holds the name and arguments of every call."""

    def __init__(
        self,
        store: Store,
        agents: Mapping[str, AgentSpec],
        paths: Paths,
        clock: Clock,
        on_delta: Callable[[Delta], None],
        environ: Mapping[str, str],
        limits: Limits,
    ) -> None:
        self._store = store
        self._agents = agents
        self._paths = paths
        self.on_delta = on_delta
        self.ledger: list[tuple[Any, ...]] = []
        self.session_standings = FakeSessionStandings()
        self.comparing = FakeComparing()
        self.grafting = FakeGrafting()
        self.standings = FakeStandings(store)
        self.trash = FakeTrash(self.ledger)
        self.moving = FakeMoving(store, self.ledger)
        self.landings = FakeLandings(self.ledger)
        self.differences = FakeDifferences(self.ledger)
        self.reviewing = FakeReviewing(self.ledger)
        self.checks = FakeChecks(store, self.ledger)
        self.running = 0
        self.failing: Exception | None = None
        self.agents: dict[int, SessionId] = {}
        """Processes that count as the agent of a session, by pid."""
        self._probe = FolderProbe()

    def session_of(self, pid: int, started: str) -> SessionId | None:
        return self.agents.get(pid)

    async def settle(self) -> int:
        self.ledger.append(("settle",))
        return 0

    async def close(self, *, grace: float) -> None:
        self.ledger.append(("close", grace))
        self._probe.close()

    async def prompt(
        self, session_id: SessionId, text: str, *, task_id: TaskId | None = None, along: Along | None = None
    ) -> Task:
        self.ledger.append(("prompt", session_id, text, task_id))
        if self.failing is not None:
            raise self.failing
        return await self.with_task(session_id, text, task_id or TaskId(new_id()), along)

    async def with_task(self, session_id: SessionId, text: str, task_id: TaskId, along: Along | None = None) -> Task:
        def work(writer: Any) -> Task:
            try:
                task = tasks.get(writer, task_id)
            except NotFound:
                task = insert(writer)
            if along is not None:
                along(writer, task)
            return task

        def insert(writer: Any) -> Task:
            position = len(tasks.ids(writer, session_id)) + 1
            return tasks.insert(
                writer,
                Task(
                    task_id=task_id,
                    short_id=short_id(task_id),
                    session_id=session_id,
                    position=position,
                    status=TaskStatus.QUEUED,
                    full_prompt=text,
                    created_at=writer.at,
                ),
            )

        return await self._store.write(work)

    async def check_removable(self, tree: Worktree, *, discard: bool) -> None:
        self.ledger.append(("check_removable", tree.worktree_id, discard))

    async def keep_last(self, tree: Worktree) -> None:
        self.ledger.append(("keep_last", tree.worktree_id))

    async def remove_worktree(self, tree: Worktree, *, discard: bool) -> None:
        self.ledger.append(("remove_worktree", tree.worktree_id, discard))

    async def add_worktree(self, repo_id: RepoId, name: str, *, base: str | None, worktree_id: str | None) -> Worktree:
        self.ledger.append(("add_worktree", repo_id, name, base, worktree_id))
        made = WorktreeId(worktree_id or new_id())
        return await self._store.write(
            lambda writer: worktrees.insert(
                writer,
                Worktree(
                    worktree_id=made,
                    repo_id=repo_id,
                    name=name,
                    path=f"/worktrees/{name}",
                    created_at=writer.at,
                    updated_at=writer.at,
                ),
            )
        )

    async def forget(self, session: Session) -> None:
        self.ledger.append(("forget", session.session_id))

    async def drain(self) -> None:
        self.ledger.append(("drain",))

    async def release(self, session_id: SessionId) -> None:
        self.ledger.append(("release", session_id))

    @property
    def queue(self) -> FakeQueue:
        return FakeQueue(self._store, self.ledger)

    async def stop(self, session_id: SessionId, *, drop: bool = False) -> Session:
        self.ledger.append(("stop", session_id, drop) if drop else ("stop", session_id))
        return await self._store.read(lambda reader: sessions.get(reader, session_id))

    @asynccontextmanager
    async def choosing(
        self, session: Session, wishes: Mapping[str, str | None]
    ) -> AsyncIterator[dict[str, str | None]]:
        """As an agent that runs: it spells every mode and model in lower case."""
        self.ledger.append(("choosing", session.session_id, dict(wishes)))
        yield {what: wanted and wanted.lower() for what, wanted in wishes.items()}

    async def take_back(self, approval_id: ApprovalId) -> Approval:
        self.ledger.append(("take_back", approval_id))
        return await self._store.read(lambda reader: approvals.get(reader, approval_id))

    async def answer(
        self,
        approval_id: ApprovalId,
        decision: str,
        *,
        by: str,
        reason: str | None = None,
    ) -> Approval:
        self.ledger.append(("answer", approval_id, decision, by))

        def work(writer: Any) -> Approval:
            asked = approvals.get(writer, approval_id, lock=True)
            if asked.status is not ApprovalStatus.PENDING:
                return asked
            return approvals.update(
                writer, replace(asked, status=ApprovalStatus.ALLOWED, decision=decision, decided_by=by)
            )

        return await self._store.write(work)

    async def fork(self, source_id: SessionId, request: Fork) -> Session:
        self.ledger.append(("fork", source_id, request))
        return await self._related(source_id, SessionGenealogy(forked_from_session_id=source_id))

    async def spawn(self, parent_id: SessionId, request: Spawn) -> Session:
        self.ledger.append(("spawn", parent_id, request))
        return await self._related(parent_id, SessionGenealogy(parent_session_id=parent_id))

    async def _related(self, source_id: SessionId, genealogy: SessionGenealogy) -> Session:
        made = SessionId(new_id())

        def work(writer: Any) -> Session:
            source = sessions.get(writer, source_id)
            return sessions.insert(
                writer, replace(source, session_id=made, short_id=short_id(made), genealogy=genealogy)
            )

        return await self._store.write(work)

    async def locate(self, request: CreateSession) -> RequestedFolder:
        return RequestedFolder(None if request.cwd is None else (await self._probe.find(request.cwd))[0])

    async def place(self, request: CreateSession, session_id: SessionId, requested: RequestedFolder) -> Placement:
        self.ledger.append(("place", request, session_id))
        cwd = Path(request.cwd) if request.cwd else self._paths.scratch / session_id
        if not request.cwd:
            cwd.mkdir(parents=True, exist_ok=True)
        return Placement(SessionRepo(cwd=str(cwd)), SessionGitState())

    async def add_repo(
        self, path: str, *, name: str | None = None, slug: str | None = None, repo_id: RepoId | None = None
    ) -> Repo:
        self.ledger.append(("add_repo", path, name, slug, repo_id))
        made = repo_id or RepoId(new_id())
        return await self._store.write(
            lambda writer: repos.insert(
                writer,
                Repo(
                    repo_id=made,
                    short_id=short_id(made),
                    slug=slug or Path(path).name.lower(),
                    name=name or Path(path).name,
                    local_path=path,
                    created_at=writer.at,
                    updated_at=writer.at,
                ),
            )
        )

    async def restore(
        self, task_id: TaskId, point: RestorePoint | None, paths: Sequence[str], *, dry_run: bool
    ) -> Restoration:
        self.ledger.append(("restore", task_id, point, tuple(paths), dry_run))
        task = await self._store.read(lambda reader: tasks.get(reader, task_id))
        return Restoration(task_id=task_id, session_id=task.session_id, point=point or "end", dry_run=dry_run)

    async def collect(self, repo_id: RepoId, *, dry_run: bool) -> Collection:
        self.ledger.append(("collect", repo_id, dry_run))
        repo = await self._store.read(lambda reader: repos.get(reader, repo_id))
        return Collection(repo_id=repo_id, repo_slug=repo.slug, before_bytes=2, after_bytes=1, budget_bytes=3)

    async def let_go(self, worktree_id: str, *, force: bool) -> Worktree:
        self.ledger.append(("let_go", worktree_id, force))
        return await self._store.read(lambda reader: worktrees.get(reader, worktree_id))

    def agent_infos(self) -> list[AgentInfo]:
        return [
            AgentInfo(name=spec.name, title=spec.title, installed=spec.name == "demo", install_hint=spec.install_hint)
            for spec in self._agents.values()
        ]
