"""After a crash: what ran has failed with the reason, orphans are ended, queues go on, sessions can be prompted."""

import asyncio
import os
import signal
import subprocess
import sys

from agor_core.domain.approval import ApprovalStatus
from agor_core.domain.message import Role
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.repositories import approvals, tasks
from agor_daemon.supervisor.agents import process_tree
from agor_daemon.supervisor.agents.process_journal import ProcessJournal
from agor_daemon.supervisor.agents.root import Root
from tests.daemon.supervisor.conftest import children

CRASHING = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, os.getcwd())
from agor_core.agents.registry import registry
from agor_core.clock import SystemClock
from agor_core.config.paths import Paths
from agor_core.config.settings import Settings
from agor_core.db.store import open_store, sqlite_url
from agor_daemon.supervisor.supervisor import Supervisor

async def main():
    paths = Paths(Path(sys.argv[1]))
    store = await open_store(sqlite_url(paths.database), clock=SystemClock())
    agents, clock, environ = registry(Settings()), SystemClock(), dict(os.environ)
    supervisor = Supervisor(store, agents, paths, clock, on_delta=lambda delta: None, environ=environ)
    await supervisor.prompt(sys.argv[2], sys.argv[3])
    await supervisor.prompt(sys.argv[2], "say: queued")
    print("prompted", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def crash(bench, session, prompt, *, ready):
    """Run a supervisor in a process of its own and kill it once ``ready`` is so."""
    daemon = subprocess.Popen(  # noqa: ASYNC220 - its pipe is read in a thread
        [sys.executable, "-c", CRASHING, str(bench.paths.home), session.session_id, prompt], stdout=subprocess.PIPE
    )
    try:
        assert await asyncio.to_thread(daemon.stdout.readline) == b"prompted\n"
        await ready()
        entries = ProcessJournal(bench.paths.home / "agents.json").left_behind()
    finally:
        daemon.kill()
        daemon.wait()
        daemon.stdout.close()
    await bench.reopen()
    return entries


async def test_a_crash_in_a_turn(bench, repo):
    session = await bench.session(cwd=repo)
    prompt = "write: half.txt x\nrun: (setsid sleep 600 &)\nsay: half way\nsleep: 600"

    async def half_way():
        found = await bench.until(
            lambda: bench.store.read(lambda r: tasks.of_session(r, session.session_id)), lambda found: len(found) == 2
        )
        await bench.running(found[0])

    [entry] = await crash(bench, session, prompt, ready=half_way)
    mark = {"AGOR_SESSION_ID": session.session_id, "AGOR_HOME": str(bench.paths.home)}
    root = Root(entry.pid, entry.started, mark)
    assert process_tree.members(root, owns_group=False) != []
    assert await bench.supervisor.settle() == 1
    left = [member.pid for member in process_tree.members(root, owns_group=False)]
    assert set(left) <= children()
    first, second = await bench.store.read(lambda r: tasks.of_session(r, session.session_id))
    assert first.status is TaskStatus.FAILED
    assert "daemon ended" in first.error
    assert first.files == ("half.txt",)
    assert all(m.complete for m in await bench.messages(first))
    assert (await bench.ended(second)).status is TaskStatus.COMPLETED
    task = await bench.run(session, "recall:")
    assert "half way" in await bench.said(task)
    assert Role.SYSTEM not in [m.role for m in await bench.messages(task)]


async def test_what_git_says_and_no_store_takes_keeps_no_daemon_from_starting(bench, repo):
    session = await bench.session(cwd=repo)
    at_work = bench.folder / "at work"

    async def begun():
        await bench.until(lambda: asyncio.to_thread(at_work.exists), bool)

    prompt = f"run: git checkout -q -b \"$(printf 'odd-\\377')\" && touch '{at_work}' && sleep 600"
    await crash(bench, session, prompt, ready=begun)
    assert await bench.supervisor.settle() == 1
    first, second = await bench.store.read(lambda r: tasks.of_session(r, session.session_id))
    assert first.status is TaskStatus.FAILED
    assert "daemon ended" in first.error
    assert (await bench.ended(second)).ended


async def test_a_crash_with_an_open_question(bench):
    session = await bench.session()

    async def asked():
        await bench.question(session)

    await crash(bench, session, "ask: May I?\nsay: x", ready=asked)
    question = await bench.question(session)
    assert await bench.supervisor.settle() == 1
    over = await bench.store.read(lambda r: approvals.get(r, question.approval_id))
    assert over.status is ApprovalStatus.CANCELLED

    async def status():
        return (await bench.again(session)).status

    await bench.until(status, lambda found: found is SessionStatus.IDLE)


async def test_settling_twice_changes_nothing(bench):
    session = await bench.session()
    await bench.run(session, "say: one")
    assert await bench.supervisor.settle() == 0
    assert (await bench.again(session)).status is SessionStatus.IDLE


async def test_a_pid_that_is_somebody_elses_is_never_signalled(bench):
    stranger = subprocess.Popen(["sleep", "600"], start_new_session=True)  # noqa: ASYNC220 - starts at once
    try:
        file = bench.paths.home / "agents.json"
        ProcessJournal(file).note(stranger.pid, "12345", "no-session")
        assert await bench.supervisor.settle() == 0
        assert stranger.poll() is None
        assert ProcessJournal(file).left_behind() == []
    finally:
        os.kill(stranger.pid, signal.SIGKILL)
        stranger.wait()
