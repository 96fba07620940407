"""A real store, real git and real agents as child processes, for the supervisor's tests."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from agor_core.agents.registry import AgentSpec, registry
from agor_core.clock import SystemClock
from agor_core.config.paths import Paths
from agor_core.config.settings import Settings
from agor_core.db.store import Store, open_store, sqlite_url
from agor_core.domain.approval import Approval
from agor_core.domain.message import Message, Role
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.git.object_store import open_store as open_object_store
from agor_core.git.refs import checkpoint_refs
from agor_core.ids import SessionId, new_id, short_id
from agor_core.repositories import approvals, messages, repos, sessions, tasks
from agor_core.wire.feed import Delta
from agor_core.wire.requests import CreateSession
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.supervisor import Supervisor
from tests.builders import ready_stores
from tests.fakes.recording import Recording

T = TypeVar("T")
QUICK = Limits(start=20, cancel=5, end=3, idle=60)


class Bench:
    """A supervisor at work, and short ways to see its results."""

    def __init__(self, store: Store, paths: Paths, folder: Path) -> None:
        self.store = store
        self.paths = paths
        self.folder = folder
        self.agents: dict[str, AgentSpec] = registry(Settings())
        self.deltas: list[Delta] = []
        self.supervisor = self.start()

    def start(self, limits: Limits = QUICK, on_delta: Callable[[Delta], None] | None = None) -> Supervisor:
        """Another supervisor on the same store, as after a restart."""
        self.supervisor = Supervisor(
            self.store,
            self.agents,
            self.paths,
            SystemClock(),
            on_delta=on_delta or self.deltas.append,
            environ=dict(os.environ),
            limits=limits,
        )
        return self.supervisor

    async def reopen(self) -> None:
        """Open the store anew, with another supervisor, after another program has written into it."""
        await self.supervisor.close(grace=0)
        await self.store.close()
        self.store = await open_store(sqlite_url(self.paths.database), clock=SystemClock())
        self.start()

    def scripted(self, name: str, code: str, **changes: Any) -> None:
        """Register an agent that is a Python program."""
        spec = AgentSpec(name, name.title(), (sys.executable, "-c", code), "nothing", ask_unset=True)
        self.agents[name] = replace(spec, **changes)

    async def session(self, *, agent: str = "demo", cwd: Path | None = None, **fields: Any) -> Session:
        """Create a session as the service does."""
        session_id = SessionId(new_id())
        request = CreateSession(agent=agent, cwd=str(cwd or self.folder), **fields)
        requested = await self.supervisor.locate(request)
        placement = await self.supervisor.place(request, session_id, requested)
        return await self.store.write(
            lambda w: sessions.insert(
                w,
                Session(
                    session_id=session_id,
                    short_id=short_id(session_id),
                    agent=agent,
                    title=request.title,
                    mode=request.mode,
                    created_at=w.at,
                    updated_at=w.at,
                    repo=placement.repo,
                    git_state=placement.git_state,
                ),
            )
        )

    async def run(self, session: Session, *lines: str) -> Task:
        """Prompt and wait for the end."""
        task = await self.supervisor.prompt(session.session_id, "\n".join(lines))
        return await self.ended(task)

    async def ended(self, task: Task, seconds: float = 60) -> Task:
        """The task, once it has ended."""
        return await self.until(lambda: self.task(task), lambda found: found.ended, seconds)

    async def running(self, task: Task) -> Task:
        """The task, once it has a message of the agent."""
        await self.until(lambda: self.said(task), bool)
        return await self.task(task)

    async def question(self, session: Session) -> Approval:
        """The session's open question, once there is one."""
        found = await self.until(
            lambda: self.store.read(lambda r: approvals.pending(r, session.session_id)), lambda pending: bool(pending)
        )
        return found[0]

    async def until(self, look: Callable[[], Awaitable[T]], good: Callable[[T], object], seconds: float = 30) -> T:
        """The result of ``look``, once it is good. Fails after a while."""
        deadline = time.monotonic() + seconds
        while not good(found := await look()):
            if time.monotonic() > deadline:
                raise AssertionError(f"still not so after {seconds} s: {found}")
            await asyncio.sleep(0.02)
        return found

    async def kept(self, repo: Path, session_id: str | None = None) -> dict[str, str]:
        """The checkpoints of a repo (of one session), ref to commit; and none of them is in the repository itself."""
        assert git(repo, "for-each-ref", "refs/agor") == ""
        found = await self.store.read(lambda r: repos.by_path(r, str(repo)))
        assert found is not None
        return await checkpoint_refs(
            await open_object_store(self.paths.objects / f"{found.repo_id}.git", repo), session_id
        )

    async def task(self, task: Task) -> Task:
        return await self.store.read(lambda r: tasks.get(r, task.task_id))

    async def again(self, session: Session) -> Session:
        return await self.store.read(lambda r: sessions.get(r, session.session_id))

    async def messages(self, task: Task) -> list[Message]:
        return await self.store.read(lambda r: messages.of_task(r, task.task_id))

    async def said(self, task: Task) -> str:
        """The text of the agent's messages in a task."""
        return "".join(m.text for m in await self.messages(task) if m.role is Role.ASSISTANT)

    async def pending(self, session: Session) -> list[Approval]:
        return await self.store.read(lambda r: approvals.pending(r, session.session_id))


def git(folder: Path, *arguments: str) -> str:
    """Run git as a person would."""
    output = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return output.stdout.strip()


def children() -> set[int]:
    """This process's children that still run."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid() and fields[0] != b"Z":
                found.add(int(entry.name))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder outside of git."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ada@example.org")
    made = tmp_path / "project"
    (made / "src").mkdir(parents=True)
    git(made, "init", "--quiet", "--initial-branch=main")
    (made / "readme.txt").write_text("hello\n")
    (made / "src" / "main.py").write_text("print('hello')\n")
    git(made, "add", ".")
    git(made, "commit", "--quiet", "--message=first")
    return made


@pytest.fixture
def no_child_left() -> Iterator[None]:
    """No process of ours may outlive a test."""
    before = children()
    yield
    deadline = time.monotonic() + 5
    while children() - before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert children() - before == set()


@pytest.fixture
async def bench(tmp_path: Path, folder: Path, no_child_left: None) -> AsyncIterator[Bench]:
    home = tmp_path / "home"
    home.mkdir()
    paths = Paths(home)
    clock = SystemClock()
    url = sqlite_url(paths.database)
    await asyncio.to_thread(ready_stores.prepare, url, backups=paths.backups, clock=clock)
    store = await open_store(url, clock=clock)
    bench = Bench(store, paths, folder)
    try:
        yield bench
    finally:
        await bench.supervisor.close(grace=4)
        await bench.store.close()


@pytest.fixture
async def recording(bench: Bench) -> Recording:
    return Recording(bench, await bench.session())
