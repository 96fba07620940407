"""Checks of real sessions: where they run, what they say, and that nothing of them is left."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from agor_core.config import pidfile
from agor_core.domain.check import CheckReason, CheckStatus
from agor_core.domain.repo import RepoSettings
from agor_core.errors import Conflict, ConsentNeeded, NotFound, Unprocessable
from agor_core.repositories import checks, repos
from agor_core.wire.requests import Fork
from agor_daemon.supervisor.agents.root import CHECK
from agor_daemon.supervisor.checks.checks import DAEMON_STOPPED, INTERRUPTED, CheckRequest
from agor_daemon.supervisor.checks.job import TOO_LONG, Job
from tests.daemon.supervisor.conftest import QUICK, git


async def check(bench, session, command=None, **fields):
    return await bench.supervisor.checks.run(session.session_id, CheckRequest(command, **fields))


async def begun(bench, session, command):
    """A check that runs: its command has printed its first line."""
    found = await bench.supervisor.checks.start(session.session_id, CheckRequest(f"echo begun; {command}"))
    await bench.until(lambda: printed(bench, found), lambda text: "begun" in text)
    return found


async def printed(bench, found):
    return b"".join([piece async for piece in bench.supervisor.checks.log(found.check_id)]).decode()


async def settings(bench, repo, **changes):
    found = await bench.store.read(lambda r: repos.by_path(r, str(repo)))
    from msgspec.structs import replace as changed

    await bench.store.write(lambda w: repos.update(w, changed(found, settings=RepoSettings(**changes))))


def trees(repo):
    return git(repo, "worktree", "list", "--porcelain").count("worktree ")


async def test_present_and_earlier_files(bench, repo):
    (repo / ".worktreeinclude").write_text(".env\n")
    (repo / ".gitignore").write_text(".env\n")
    (repo / ".env").write_text("secret")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "include")
    session = await bench.session(cwd=repo, title="Work")
    with pytest.raises(Unprocessable, match="no worktree yet"):
        await check(bench, session, "true")
    first = await bench.run(session, "write: a.txt 1")
    second = await bench.run(session, "write: a.txt 2")
    cwd = (await bench.again(session)).repo.cwd
    now = await check(bench, session, "cat a.txt; pwd; exit 3")
    assert (now.status, now.exit_code, now.task_id) == (CheckStatus.FAILED, 3, second.task_id)
    assert now.tail == f"2{cwd}"
    assert now.duration > 0
    assert (await bench.again(session)).check.check_id == now.check_id
    await settings(bench, repo, setup="echo set up > made", teardown="echo torn down", check="cat a.txt made .env")
    then = await check(bench, session, at=1)
    assert (then.status, then.exit_code, then.task_id) == (CheckStatus.PASSED, 0, first.task_id)
    assert (then.tail, then.command) == ("1set up\nsecret", "cat a.txt made .env")
    assert then.tree not in (None, now.tree)
    assert (await bench.task(first)).check.status == CheckStatus.PASSED
    before = await check(bench, session, "ls a.txt", at=1, at_start=True)
    assert (before.status, before.task_id) == (CheckStatus.FAILED, None)
    assert trees(repo) == 2
    assert list((bench.paths.check_trees).iterdir()) == []
    here = await check(bench, session, "pwd", at=2)  # the worktree holds just these files
    assert here.tail == cwd
    assert here.notes == ()
    again = await check(bench, session, "pwd")
    assert len(again.notes) == 1
    assert "checked by the same command" in again.notes[0]
    assert (await bench.supervisor.checks.latest(session.session_id, "pwd"))[1].check_id == again.check_id
    with pytest.raises(NotFound, match="has no task 9"):
        await check(bench, session, "true", at=9)


async def test_an_inherited_task_is_checked_in_the_fork(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    task = await bench.run(session, "write: a.txt 1")
    fork = await bench.supervisor.fork(session.session_id, Fork())
    found = await check(bench, fork, "cat a.txt", at=task.short_id)
    assert (found.session_id, found.task_id, found.tail) == (fork.session_id, task.task_id, "1")
    assert (await check(bench, fork, "cat a.txt")).tail == "1"


async def test_outside_of_git_the_folder_is_checked(bench, folder):
    session = await bench.session()
    found = await check(bench, session, "pwd; read line; echo got $line")
    assert (found.tail, found.tree, found.status) == (f"{folder}\ngot", None, CheckStatus.PASSED)
    with pytest.raises(Unprocessable, match="--check"):
        await check(bench, session)
    await bench.run(session, "say: x")
    with pytest.raises(Unprocessable, match="not in a git repository"):
        await check(bench, session, "true", at=1)


async def test_a_check_that_changes_files_says_so(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: a.txt 1")
    found = await check(bench, session, "echo x > b.txt; rm a.txt")
    assert found.notes == ("The check changed files of the session: a.txt, b.txt.",)
    found = await check(bench, session, 'cd /; rm -rf "$AGOR_WORKTREE"')
    assert (found.status, len(found.notes)) == (CheckStatus.PASSED, 1)
    assert found.notes[0].startswith("The files could not be looked at after the check: ")
    assert (await check(bench, session, "cat a.txt")).tail == "1"  # as the session's last checkpoint has it


async def test_a_stop_a_limit_and_a_purge(bench, repo):
    await bench.supervisor.close(grace=1)
    bench.start(replace(QUICK, end=0.3, check=0.5))
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: a.txt 1")
    alone = f"300.{os.getpid()}"
    escaped = f"trap '' TERM; env -i setsid sleep {alone} & setsid sleep {alone} & "
    late = await check(bench, session, f"{escaped} sleep 300")
    assert (late.status, late.exit_code, late.error) == (CheckStatus.FAILED, None, TOO_LONG.format(seconds=0.5))
    assert running_with(alone) == []
    await bench.supervisor.close(grace=1)
    bench.start(replace(QUICK, end=0.3))
    running = await begun(bench, session, f"{escaped} sleep 300")
    assert session.session_id in [bench.supervisor.session_of(pid, started(pid)) for pid in bearing(running.check_id)]
    tree = (await bench.again(session)).repo.worktree_id
    with pytest.raises(Conflict, match="A check runs in the worktree"):
        await bench.supervisor.let_go(tree, force=True)
    waiting = await bench.supervisor.checks.start(session.session_id, CheckRequest("true"))
    assert (await bench.store.read(lambda r: checks.get(r, waiting.check_id))).started_at is None
    stopped = await bench.supervisor.checks.stop(running.check_id)
    assert running_with(alone) == []
    assert (stopped.status, stopped.error, stopped.tail) == (CheckStatus.STOPPED, "It was stopped.", "begun")
    assert (await bench.supervisor.checks.wait(waiting.check_id)).status == CheckStatus.PASSED
    assert (await bench.supervisor.checks.stop(stopped.check_id)) == stopped


async def test_checks_after_tasks_and_their_consent(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: .agor.toml check = 'test -f a.txt'")
    await settings(bench, repo, check_tasks=True)
    task = await bench.run(session, "write: a.txt 1")
    first = (await bench.until(lambda: bench.task(task), lambda found: found.check)).check
    assert first.status == CheckStatus.ERROR
    with pytest.raises(ConsentNeeded) as refused:
        await check(bench, session)
    assert refused.value.text == "check = 'test -f a.txt'"
    with pytest.raises(ConsentNeeded):
        await check(bench, session, consent="0" * 64)
    assert (await check(bench, session, consent=refused.value.digest)).status == CheckStatus.PASSED
    task = await bench.run(session, "delete: a.txt")
    shown = await bench.until(
        lambda: bench.task(task), lambda found: found.check and found.check.status != CheckStatus.RUNNING
    )
    assert shown.check.status == CheckStatus.FAILED
    record = await bench.store.read(lambda r: checks.get(r, shown.check.check_id))
    assert (record.reason, record.task_id) == (CheckReason.TASK, task.task_id)


async def test_a_crash_leaves_nothing_running_and_says_so(bench, repo, monkeypatch):
    monkeypatch.setattr(Job, "_end", lambda *_: None)  # the first daemon is gone without a word
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: a.txt 1")
    await bench.run(session, "write: a.txt 2")
    found = await bench.supervisor.checks.start(session.session_id, CheckRequest("setsid sleep 300 & sleep 300", at=1))
    await bench.until(lambda: asyncio.to_thread(bearing, found.check_id), lambda pids: len(pids) >= 3)
    later = bench.start()
    await later.settle()
    record = await bench.store.read(lambda r: checks.get(r, found.check_id))
    assert (record.status, record.error) == (CheckStatus.ERROR, INTERRUPTED)
    assert (await bench.again(session)).check is None
    assert bearing(found.check_id) == []
    assert trees(repo) == 2


async def test_the_daemon_stops_its_checks(bench, folder):
    session = await bench.session()
    found = await begun(bench, session, "sleep 300")
    await bench.supervisor.close(grace=2)
    record = await bench.store.read(lambda r: checks.get(r, found.check_id))
    assert (record.status, record.error) == (CheckStatus.STOPPED, DAEMON_STOPPED)


async def test_what_a_check_leaves_behind_ends_with_it(bench, folder):
    session, alone = await bench.session(), f"301.{os.getpid()}"
    found = await check(bench, session, f"(env -i setsid sleep {alone} &); sleep 0.2; echo done")
    assert (found.status, found.tail) == (CheckStatus.PASSED, "done")
    assert running_with(alone) == []


def started(pid):
    return str(pidfile.start_time(pid))


def running_with(argument):
    """The processes that have this argument."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and argument.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(entry.name)
        except OSError:
            continue
    return found


def bearing(check_id):
    """The processes that have the variable of this check."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and f"{CHECK}={check_id}".encode() in (entry / "environ").read_bytes().split(
                b"\0"
            ):
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]
