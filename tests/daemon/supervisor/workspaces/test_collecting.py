"""The room of checkpoints: what goes with its session, what goes for the budget, and what stays whatever happens."""

import os
from pathlib import Path

import pytest

from agor_core.clock import SystemClock
from agor_core.errors import Conflict, GitFailed
from agor_core.git import budget
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import sessions
from agor_core.wire.requests import Fork
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.workspaces import collecting
from agor_daemon.supervisor.workspaces.housekeeping import Housekeeping
from agor_daemon.supervisor.workspaces.letting_go import Standing, candidates
from tests.daemon.supervisor.conftest import git

LARGE = 300_000


def ref(session, task, point):
    return f"refs/agor/checkpoints/{session}/{task}/{point}"


def test_what_may_go_and_in_which_order():
    refs = {
        ref("gone", "t0", "end"): "c0",
        ref("young", "t5", "start"): "c5", ref("young", "t5", "end"): "c6",
        ref("young", "t7", "start"): "c6", ref("young", "t7", "now"): "cx", ref("young", "t7", "end"): "c7",
        ref("young", "t8", "start"): "c8", ref("young", "t8", "now"): "cn",
        ref("old", "t4", "end"): "c4", ref("old", "t3", "before"): "cb", ref("old", "last", "now"): "cl",
        ref("older", "t6", "end"): "c9", ref("older", "t2", "end"): "c2",
        ref("early", "t0", "end"): "e0", ref("early", "t1", "start"): "e1", ref("early", "t1", "end"): "e2",
    }  # fmt: skip
    archived = {"young": None, "old": "2026-01-02", "older": "2026-01-01", "early": None}
    latest = {"young": "c7", "old": "cl", "older": "c9"}
    known = Standing(
        {SessionId(name): at for name, at in archived.items()},
        latest={SessionId(name): commit for name, commit in latest.items()},
        ended=frozenset(TaskId(f"t{number}") for number in range(8)),
        referred=frozenset({TaskId("t4")}),
    )
    found = candidates(refs, known)
    assert sorted(found.at_once.values()) == ["c0", "cx"]
    assert [(task, sorted(own.values())) for task, own in found.tasks] == [
        ("t2", ["c2"]),
        ("t3", ["cb"]),
        ("t0", ["e0"]),
        ("t5", ["c5", "c6"]),
        ("t7", ["c6"]),
    ]
    assert sorted(found.kept.values()) == ["c4", "c7", "c8", "c9", "cl", "cn", "e1", "e2"]


async def project(bench, repo, *, megabytes=1.0):
    """A session with four tasks, each with a file of its own that packing makes no smaller; the store and its repo."""
    bench.start(Limits(budget=int(megabytes * 1_000_000)))
    session = await bench.session(cwd=repo, title="Work")
    tasks = []
    for number in range(4):
        (repo / "random").write_bytes(os.urandom(LARGE))
        tasks.append(await bench.run(session, f"run: cp {repo / 'random'} new.bin", f"say: {number}"))
    return session, tasks


async def collect(bench, session, **more):
    return await bench.supervisor.collect(session.repo.repo_id, dry_run=False, **more)


async def kept_tasks(bench, repo):
    return {name.split("/")[-2] for name in await bench.kept(repo) if not name.endswith("/last/now")}


async def test_the_oldest_go_until_it_fits_and_the_rest_can_be_used(bench, repo):
    session, tasks = await project(bench, repo, megabytes=0.7)
    seen = await bench.supervisor.collect(session.repo.repo_id, dry_run=True)
    assert (seen.dry_run, seen.let_go) == (True, tuple(task.task_id for task in tasks[:3]))
    assert len(await kept_tasks(bench, repo)) == 4
    done = await collect(bench, session)
    assert done.let_go == seen.let_go
    assert done.before_bytes > 4 * LARGE
    assert LARGE < done.after_bytes <= 700_000
    assert await kept_tasks(bench, repo) == {tasks[3].task_id}
    fork = await bench.supervisor.fork(session.session_id, Fork(at=4, point="start"))
    assert (Path(fork.repo.cwd) / "new.bin").stat().st_size == LARGE
    with pytest.raises(GitFailed, match="checkpoints of task 1 are not kept any more, so nothing can be compared"):
        await bench.supervisor.differences.of_task(tasks[0].task_id)
    with pytest.raises(GitFailed, match="checkpoints of task 1 are not kept any more, so nothing can be restored"):
        await bench.supervisor.restore(tasks[0].task_id, "end", (), dry_run=False)
    store = bench.paths.objects / f"{session.repo.repo_id}.git"
    git(store, "fsck", "--full", "--strict")
    assert (await collect(bench, session)).let_go == ()


async def test_what_a_fork_began_at_and_the_latest_of_each_session_stay(bench, repo):
    session, tasks = await project(bench, repo, megabytes=0.1)
    fork = await bench.supervisor.fork(session.session_id, Fork(at=1))
    done = await collect(bench, session)
    assert done.let_go == tuple(task.task_id for task in tasks[1:])
    assert done.after_bytes > done.budget_bytes
    assert await kept_tasks(bench, repo) == {tasks[0].task_id, tasks[3].task_id}
    assert (await bench.again(session)).git_state.checkpoint in (await bench.kept(repo)).values()
    assert fork.git_state.checkpoint in (await bench.kept(repo)).values()


async def test_by_itself_when_idle(bench, repo):
    _, tasks = await project(bench, repo, megabytes=0.7)
    stores = bench.supervisor._resources.workspaces.stores
    await Housekeeping(bench.store, stores, SystemClock(), lambda: True).once()
    assert len(await kept_tasks(bench, repo)) == 4
    await Housekeeping(bench.store, stores, SystemClock(), lambda: False).once()
    assert await kept_tasks(bench, repo) == {tasks[3].task_id}


async def test_checkpoints_of_sessions_that_are_no_more_go(bench, repo):
    """As after a crash between the removal of a session's record and of its checkpoints."""
    session, _ = await project(bench, repo)
    await bench.store.write(lambda w: sessions.remove(w, session.session_id))
    done = await bench.supervisor.collect(session.repo.repo_id, dry_run=False)
    assert await bench.kept(repo) == {}
    assert (done.let_go, done.after_bytes < 5_000) == ((), True)


async def test_archived_sessions_go_first(bench, repo):
    session, tasks = await project(bench, repo, megabytes=0.7)
    other = await bench.session(cwd=repo, title="Other")
    later = [await bench.run(other, f"run: cp {repo / 'random'} other.bin"), await bench.run(other, "say: hi")]
    await bench.store.write(lambda w: sessions.archive(w, other.session_id))
    seen = await bench.supervisor.collect(session.repo.repo_id, dry_run=True)
    assert seen.let_go[0] == later[0].task_id
    assert set(seen.let_go[1:]) < {task.task_id for task in tasks}


async def test_a_repo_without_checkpoints_and_one_that_is_always_at_work(bench, repo, monkeypatch):
    known = await bench.supervisor.add_repo(str(repo))
    done = await bench.supervisor.collect(known.repo_id, dry_run=False)
    assert (done.before_bytes, done.after_bytes, done.let_go) == (0, 0, ())
    assert not bench.paths.objects.exists()
    await bench.run(await bench.session(cwd=repo, worktree=False), "say: hi")
    monkeypatch.setattr(collecting, "PAUSE", 0.0)
    stores = bench.supervisor._resources.workspaces.stores
    async with stores.taking(known.repo_id, repo):
        with pytest.raises(Conflict, match="are being taken all the time; try again later"):
            await bench.supervisor.collect(known.repo_id, dry_run=False)


async def test_links_to_the_users_objects_take_no_room(bench, repo):
    git(repo, "commit", "--quiet", "--allow-empty", "--message=more")
    (repo / "large").write_bytes(os.urandom(LARGE))
    git(repo, "add", ".")
    git(repo, "commit", "--quiet", "--message=large")
    session = await bench.session(cwd=repo, worktree=False)
    await bench.run(session, "say: hi")
    store = await bench.supervisor._resources.workspaces.stores.of((await bench.again(session)).repo.repo_id, repo)
    assert await budget.own_size(store) < LARGE / 10
