"""Checkpoints of sessions, in a store of their own: nothing in the user's repository, nothing lost with its history."""

import asyncio
import shutil
from pathlib import Path

import pytest

from agor_core.clock import SystemClock
from agor_core.domain.message import Role
from agor_core.errors import GitFailed
from agor_core.git import checkpoints, packing
from agor_core.git.files import SizeLimits
from agor_core.git.refs import checkpoint_ref, forget_checkpoints
from agor_core.ids import RepoId
from agor_core.repositories import repos
from agor_core.wire.requests import Fork
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores
from agor_daemon.supervisor.workspaces.housekeeping import Housekeeping
from tests.daemon.supervisor.conftest import git

FORGET = ("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")


def housekeeping(bench, *, busy=lambda: False):
    return Housekeeping(bench.store, stores(bench), SystemClock(), busy)


def stores(bench) -> CheckpointStores:
    return bench.supervisor._resources.workspaces.stores


async def restart(bench):
    await bench.supervisor.close(grace=2)
    bench.start()
    await bench.supervisor.settle()


async def store_of(bench, repo):
    known = await bench.store.read(lambda r: repos.by_path(r, str(repo)))
    return await stores(bench).of(known.repo_id, repo)


def objects(repo):
    return set(git(repo, "cat-file", "--batch-all-objects", "--batch-check").splitlines())


def mirror(repo):
    """What is pushed with all refs: ref to commit, and every object."""
    there = repo.parent / "mirror.git"
    git(repo, "init", "--quiet", "--bare", str(there))
    git(repo, "push", "--quiet", "--mirror", str(there))
    found = git(there, "for-each-ref", "--format=%(refname)").splitlines(), objects(there)
    shutil.rmtree(there)
    return found


@pytest.mark.parametrize(("own", "count"), [(True, 50), (False, 5)])
async def test_tasks_leave_branches_and_their_commits_in_the_repository_and_nothing_else(bench, repo, own, count):
    (repo / "secret.txt").write_text("secret")
    before = objects(repo), mirror(repo), git(repo, "count-objects", "-v"), git(repo, "for-each-ref")
    session = await bench.session(cwd=repo, title="Work", worktree=own)
    for number in range(count):
        task = await bench.run(session, f"write: new.txt {'x' * 1_000}{number}", "append: readme.txt more")
        assert task.git_state.checkpoint_end is not None
        assert f"{number}" in (await bench.supervisor.differences.of_task(task.task_id)).patch.text
    assert objects(repo) == before[0]
    assert git(repo, "count-objects", "-v") == before[2]
    branch = ["refs/heads/work"] if own else []
    assert [line for line in git(repo, "for-each-ref").splitlines() if line not in before[3]] == [
        f"{git(repo, 'rev-parse', 'HEAD')} commit\t{name}" for name in branch
    ]
    refs, pushed = mirror(repo)
    assert refs == [*before[1][0], *branch]
    assert pushed == before[1][1]
    await bench.run(session, "run: git add . && git commit -qm second")
    commit = git(Path((await bench.again(session)).repo.cwd), "rev-parse", "HEAD")
    made = git(repo, "rev-list", "--objects", commit, "^main~0" if own else "^HEAD~1").splitlines()
    assert {line.split()[0] for line in objects(repo) - before[0]} == {line.split()[0] for line in made}


async def test_every_task_can_be_forked_after_all_of_its_history_is_gone(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    files = []
    for number in range(3):
        await bench.run(
            session,
            f"write: committed.txt {number}",
            "run: git add . && git commit -qm more",
            f"write: staged.txt {number}",
            "run: git add staged.txt",
            f"write: new.txt {number}",
        )
        files.append(str(number))
    tree = Path((await bench.again(session)).repo.cwd)
    git(repo, "worktree", "remove", "--force", str(tree))
    git(repo, "branch", "--quiet", "-D", "work")
    git(repo, *FORGET)
    git(repo, "gc", "--quiet", "--prune=now", "--aggressive")
    for position, content in enumerate(files, start=1):
        fork = await bench.supervisor.fork(session.session_id, Fork(at=position))
        forked = Path(fork.repo.cwd)
        assert [(forked / name).read_text() for name in ("committed.txt", "staged.txt", "new.txt")] == [content] * 3
        assert git(forked, "diff", "--cached", "--name-only") == "staged.txt"
        assert git(forked, "status", "--porcelain").splitlines()[-1].endswith("?? new.txt" if position == 1 else ".txt")
    git(repo, "fsck", "--full", "--strict")


async def test_what_is_lost_is_said_and_nothing_is_made(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: lost.txt gone")
    store = await store_of(bench, repo)
    blob = git(repo, "hash-object", str(Path((await bench.again(session)).repo.cwd) / "lost.txt"))
    (store.objects / blob[:2] / blob[2:]).unlink()
    branches = git(repo, "branch", "--list")
    with pytest.raises(Exception, match=r"these files are lost: lost\.txt"):
        await bench.supervisor.fork(session.session_id, Fork())
    assert git(repo, "branch", "--list") == branches


async def test_a_large_file_is_left_out_and_listed_on_the_task(bench, repo):
    bench.start(Limits(checkpoint=SizeLimits(file=1_000)))
    session = await bench.session(cwd=repo)
    task = await bench.run(session, f"write: large.bin {'x' * 2_000}", "write: small.txt x")
    assert task.git_state.left_out == ("large.bin",)
    assert task.files == ("small.txt",)
    fork = await bench.supervisor.fork(session.session_id, Fork())
    assert git(Path(fork.repo.cwd), "status", "--porcelain") == "?? small.txt"
    said = [
        [m.text for m in await bench.messages(await bench.run(fork, "say: hi")) if m.role is Role.SYSTEM]
        for _ in range(2)
    ]
    assert said == [["These files were too large for the checkpoint and are not as they were: large.bin."], []]


async def test_checkpoints_of_an_earlier_version_are_taken_over(bench, repo):
    """As 0.1 left them: refs and objects in the user's repository, and no store."""
    session = await bench.session(cwd=repo, title="Work")
    task = await bench.run(session, "write: new.txt old")
    store, kept = await store_of(bench, repo), await bench.kept(repo)
    git(repo, "fetch", "--quiet", str(store.path), "+refs/agor/checkpoints/*:refs/agor/checkpoints/*")
    await bench.supervisor.close(grace=2)
    shutil.rmtree(store.path)
    bench.start()
    assert "+old" in (await bench.supervisor.differences.of_task(task.task_id)).patch.text
    assert await bench.kept(repo) == kept
    git(repo, *FORGET)
    git(repo, "gc", "--quiet", "--prune=now")
    fork = await bench.supervisor.fork(session.session_id, Fork())
    assert (Path(fork.repo.cwd) / "new.txt").read_text() == "old"


async def test_a_store_is_opened_once(bench, repo):
    session = await bench.session(cwd=repo / "src")
    await bench.run(session, "write: new.txt 1")
    git(repo, "clone", "--quiet", "--bare", ".", "../bare.git")
    first = await store_of(bench, repo)
    place = (await bench.again(session)).repo
    assert place.cwd.endswith("/src")
    assert await stores(bench).of(place.repo_id, Path(place.cwd)) is first
    bare = await stores(bench).of(RepoId("bare"), repo.with_name("bare.git"))
    assert await stores(bench).of(RepoId("bare"), repo.with_name("bare.git")) is bare
    assert bare.lender == repo.with_name("bare.git") / "objects"


async def test_the_repository_is_moved(bench, repo):
    session = await bench.session(cwd=repo, title="Work", worktree=False)
    await bench.run(session, "write: new.txt 1")
    known = await bench.store.read(lambda r: repos.by_path(r, str(repo)))
    moved = repo.rename(repo.with_name("moved"))
    store = await stores(bench).of(known.repo_id, moved)
    assert store.lender == moved / ".git/objects"


async def test_what_a_task_changed_is_shown_without_its_repository(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    task = await bench.run(session, "write: new.txt 1")
    shown = (await bench.supervisor.differences.of_task(task.task_id)).patch.text
    assert "+1" in shown
    shutil.rmtree((await bench.again(session)).repo.cwd)
    assert (await bench.supervisor.differences.of_task(task.task_id)).patch.text == shown
    shutil.rmtree(repo / ".git")
    assert (await bench.supervisor.differences.of_task(task.task_id)).patch.text == shown
    shutil.rmtree(repo)
    await restart(bench)
    assert (await bench.supervisor.differences.of_task(task.task_id)).patch.text == shown
    shutil.rmtree(bench.paths.objects)
    await restart(bench)
    with pytest.raises(GitFailed, match=r"project is not there any more, and no checkpoints of it are kept\.$"):
        await bench.supervisor.differences.of_task(task.task_id)


async def test_checkpoints_that_are_not_kept_any_more_are_said(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    task = await bench.run(session, "write: new.txt 1")
    await forget_checkpoints(await store_of(bench, repo), session.session_id)
    await housekeeping(bench).once()
    with pytest.raises(GitFailed, match="The checkpoints of task 1 are not kept any more, so nothing can be compared"):
        await bench.supervisor.differences.of_task(task.task_id)


async def test_a_purged_session_frees_its_room(bench, repo):
    first, second = [await bench.session(cwd=repo, title=name) for name in ("First", "Second")]
    for session in (first, second):
        await bench.run(session, f"write: {session.title}.txt x")
    store = await store_of(bench, repo)
    before = objects(store.path)
    await bench.supervisor.forget(await bench.again(first))
    assert packing.needs_collecting(store)
    await housekeeping(bench, busy=lambda: True).once()
    assert objects(store.path) == before
    await housekeeping(bench).once()
    assert not packing.needs_collecting(store)
    assert len(objects(store.path)) < len(before)
    git(store.path, "fsck", "--full", "--strict")
    fork = await bench.supervisor.fork(second.session_id, Fork())
    assert (Path(fork.repo.cwd) / "Second.txt").exists()


async def test_a_checkpoint_ends_a_collection(bench, repo, monkeypatch):
    begun, ended = asyncio.Event(), []

    async def collect(_):
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    session = await bench.session(cwd=repo, worktree=False)
    await bench.run(session, "write: new.txt 1")
    store = await store_of(bench, repo)
    monkeypatch.setattr(packing, "collect", collect)
    collecting = asyncio.create_task(stores(bench).collect(session.repo.repo_id, store))
    await begun.wait()
    async with stores(bench).taking(session.repo.repo_id, repo) as same:
        assert same is store
        assert ended == ["cancelled"]
        assert await collecting is False
        assert await stores(bench).collect(session.repo.repo_id, store) is False


async def test_stores_of_repos_that_are_no_more(bench, repo):
    session = await bench.session(cwd=repo, worktree=False)
    await bench.run(session, "write: new.txt 1")
    empty, full = [await stores(bench).of(RepoId(name), repo) for name in ("empty", "full")]
    await checkpoints.take(full, repo, checkpoint_ref("s", "t", "end"))
    await housekeeping(bench).once()
    assert not empty.path.exists()
    assert sorted(path.stem for path in bench.paths.objects.iterdir()) == sorted([session.repo.repo_id, "full"])


async def test_a_worktree_that_a_power_cut_emptied_works_again(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: new.txt 1")
    pointer = Path((await bench.again(session)).repo.cwd) / ".git"
    before = pointer.read_bytes()
    pointer.write_bytes(b"")
    await restart(bench)
    assert pointer.read_bytes() == before
    task = await bench.run(session, "append: new.txt 2")
    assert task.git_state.checkpoint_end is not None
