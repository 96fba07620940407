"""Processes: nothing of an agent is left, whatever it started; what runs is noted on disk."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from agor_core.config import pidfile
from agor_core.domain.task import TaskStatus
from agor_daemon import processes
from agor_daemon.supervisor.agents import process
from agor_daemon.supervisor.agents.process_journal import ProcessJournal
from agor_daemon.supervisor.agents.root import Root

ESCAPE = (
    "import os, sys, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        open(sys.argv[1], 'w').write(str(os.getpid()))\n"
    "        time.sleep(600)\n"
    "    os._exit(0)\n"
    "os.wait()\n"
)


async def pid_in(file: Path) -> int:
    deadline = time.monotonic() + 10
    while not (text := await asyncio.to_thread(_text, file)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    return int(text)


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


async def gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while pidfile.start_time(pid) is not None:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_grandchild_with_a_session_of_its_own_is_ended_too(tmp_path, no_child_left):
    file = tmp_path / "pid"
    mark = {"AGOR_SESSION_ID": "s", "AGOR_HOME": str(tmp_path)}
    code = ESCAPE + "time.sleep(600)\n"
    started = await process.start(
        (sys.executable, "-c", code, str(file)),
        cwd=tmp_path,
        environment={**os.environ, **mark},
        mark=mark,
    )
    escaped = await pid_in(file)
    await started.end(5)
    await gone(escaped)


BARE = (
    "import os, signal, sys, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        os.execve(sys.executable, [sys.executable, '-S', '-c', sys.argv[1], sys.argv[2]], {})\n"
    "    os._exit(0)\n"
    "os.wait()\n"
    "time.sleep(600)\n"
)
DEAF = (
    "import os, signal, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "open(sys.argv[1], 'w').write(str(os.getpid()))\n"
    "time.sleep(600)\n"
)


@pytest.mark.skipif(not processes.CAN_ADOPT, reason="there are no subreapers")
async def test_a_grandchild_without_a_trace_stays_below_the_agent_and_is_ended(tmp_path, no_child_left):
    """A session of its own, a parent that ended, no environment, and deaf to TERM: descent alone tells whose it is."""
    file = tmp_path / "pid"
    mark = {"AGOR_SESSION_ID": "s", "AGOR_HOME": str(tmp_path)}
    started = await process.start(
        (sys.executable, "-c", BARE, DEAF, str(file)), cwd=tmp_path, environment={**os.environ, **mark}, mark=mark
    )
    escaped = await pid_in(file)
    assert processes.look_up(escaped).parent == started.root.pid
    await started.end(0.5)
    await gone(escaped)


ESCAPING = """run: env -i {python} -c '
import subprocess as s
p = s.Popen(["sleep", "600"], start_new_session=True)
open("{name}", "w").write(str(p.pid))'""".replace("\n", "; ").replace("'; ", "'")


def escaping(name):
    """A line of the demo agent's script that leaves a process without any mark behind; its pid is in a file."""
    return ESCAPING.format(python=sys.executable, name=name)


@pytest.mark.skipif(not processes.CAN_ADOPT, reason="there are no subreapers")
async def test_a_stop_ends_what_was_started_in_the_turn_and_keeps_the_agent_warm(bench):
    session = await bench.session()
    await bench.run(session, escaping("before"))
    [agent] = ProcessJournal(bench.paths.home / "agents.json").left_behind()
    before = await pid_in(bench.folder / "before")
    task = await bench.supervisor.prompt(session.session_id, f"{escaping('within')}\nsay: begun\nsleep: 600")
    within = await pid_in(bench.folder / "within")
    await bench.running(task)
    await bench.supervisor.stop(session.session_id)
    assert (await bench.task(task)).status is TaskStatus.CANCELLED
    await gone(within)
    assert pidfile.start_time(before) is not None
    assert ProcessJournal(bench.paths.home / "agents.json").left_behind() == [agent]
    await bench.supervisor.stop(session.session_id)
    await gone(before)
    await gone(agent.pid)


async def test_kill_follows_term(tmp_path, no_child_left):
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    started = await process.start((sys.executable, "-c", code), cwd=tmp_path, environment=os.environ, mark={})
    assert await started.receive() == b"deaf"
    began = time.monotonic()
    await started.end(0.3)
    assert started.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 4


async def test_a_stranger_with_the_pid_is_left_alone(tmp_path):
    stranger = await asyncio.create_subprocess_exec("sleep", "600", start_new_session=True)
    root = Root(stranger.pid, "1", {"AGOR_SESSION_ID": "s", "AGOR_HOME": str(tmp_path)})
    assert await process.end_tree(root, owns_group=False, grace=0.2) == 0
    assert stranger.returncode is None
    stranger.kill()
    await stranger.wait()


async def test_output_of_a_dead_agent_ends_though_a_grandchild_holds_the_pipe(tmp_path, no_child_left):
    code = "import subprocess; subprocess.Popen(['sleep', '600']); print('last words', flush=True)"
    started = await process.start((sys.executable, "-c", code), cwd=tmp_path, environment=os.environ, mark={})
    assert await started.receive() == b"last words"
    assert await asyncio.wait_for(started.receive(), 5) is None
    await started.end(1)


async def test_short_lines_that_nobody_reads_are_counted_with_what_they_take(tmp_path, no_child_left):
    code = "import sys\nwhile True: sys.stdout.write('{}\\n' * 20_000)"
    started = await process.start((sys.executable, "-c", code), cwd=tmp_path, environment=os.environ, mark={})
    try:
        async with asyncio.timeout(60):
            while not started._paused:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0)
        assert sum(map(sys.getsizeof, started._lines)) < 2 * process.PAUSE_ABOVE
        while started._paused:
            assert await started.receive() == b"{}"
        assert sum(map(sys.getsizeof, started._lines)) < 2 * process.RESUME_BELOW
    finally:
        await started.end(1)
    while await started.receive() is not None:
        pass
    assert started._held == 0


async def test_no_descriptor_of_ours_is_inherited(bench):
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        name = f"pipe:[{os.fstat(writing).st_ino}]"
        await bench.run(
            await bench.session(), f"run: ls -l /proc/$PPID/fd | grep -F '{name}' && touch inherited", "say: x"
        )
        assert not (bench.folder / "inherited").exists()
    finally:
        os.close(reading)
        os.close(writing)


async def test_secrets_of_the_daemon_stay_in_the_daemon(bench, monkeypatch):
    monkeypatch.setenv("AGOR_TOKEN", "s3cret")
    await bench.supervisor.close(grace=1)
    bench.start()
    session = await bench.session()
    await bench.run(session, "run: env > env.txt")
    seen = (bench.folder / "env.txt").read_text()
    assert "s3cret" not in seen
    assert f"AGOR_SESSION_ID={session.session_id}" in seen
    assert f"AGOR_HOME={bench.paths.home}" in seen


async def test_the_git_of_an_agent_is_told_to_sync(bench):
    await bench.run(await bench.session(), "run: git config core.fsync > synced.txt")
    assert (bench.folder / "synced.txt").read_text() == "committed,reference,index\n"


async def test_an_idle_process_is_ended_and_comes_back(bench):
    from agor_daemon.supervisor.limits import Limits

    await bench.supervisor.close(grace=1)
    bench.start(Limits(idle=0.1))
    session = await bench.session()
    await bench.run(session, "say: one")
    journal = ProcessJournal(bench.paths.home / "agents.json")

    async def noted():
        return journal.left_behind()

    await bench.until(noted, lambda entries: not entries)
    assert "say: one" in await bench.said(await bench.run(session, "recall:"))


async def test_of_the_processes_that_rest_the_oldest_makes_room(bench):
    from agor_daemon.supervisor.limits import Limits

    await bench.supervisor.close(grace=1)
    bench.start(Limits(warm=2))
    sessions = [await bench.session() for _ in range(3)]
    for session in sessions:
        await bench.run(session, "say: one")
    journal = ProcessJournal(bench.paths.home / "agents.json")

    async def noted():
        return journal.left_behind()

    left = await bench.until(noted, lambda entries: len(entries) < 3)
    assert {entry.session_id for entry in left} == {session.session_id for session in sessions[1:]}
    assert "say: one" in await bench.said(await bench.run(sessions[0], "recall:"))


async def test_a_process_that_dies_while_idle_is_cleared_away(bench):
    session = await bench.session()
    await bench.run(session, "say: one")
    journal = ProcessJournal(bench.paths.home / "agents.json")
    [entry] = journal.left_behind()
    os.kill(entry.pid, signal.SIGKILL)

    async def noted():
        return journal.left_behind()

    await bench.until(noted, lambda entries: not entries)
    assert (await bench.run(session, "recall:")).status is TaskStatus.COMPLETED


async def test_close_ends_everything_in_time(bench):
    sessions = [await bench.session() for _ in range(3)]
    running = [await bench.supervisor.prompt(s.session_id, "say: begun\nhang:") for s in sessions]
    queued = await bench.supervisor.prompt(sessions[0].session_id, "say: later")
    for task in running:
        await bench.running(task)
    began = time.monotonic()
    await bench.supervisor.close(grace=2)
    assert time.monotonic() - began < 6
    for task in running:
        ended = await bench.task(task)
        assert (ended.status, ended.error) == (TaskStatus.CANCELLED, "The daemon was stopped.")
    assert (await bench.task(queued)).status is TaskStatus.QUEUED
    assert ProcessJournal(bench.paths.home / "agents.json").left_behind() == []
    bench.start()
    assert await bench.supervisor.settle() == 0
    assert (await bench.ended(queued)).status is TaskStatus.COMPLETED
