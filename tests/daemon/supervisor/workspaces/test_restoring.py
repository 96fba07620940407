"""Files of a session as they were at a task, and worktrees that are gone, made again in place."""

import shutil
from pathlib import Path

import pytest

from agor_core.domain.message import Role
from agor_core.domain.task import TaskStatus
from agor_core.errors import Conflict, InvalidInput, NotFound, Unprocessable
from agor_core.wire.requests import Fork
from tests.builders.repositories import files_below
from tests.daemon.supervisor.conftest import git


async def restore(bench, task, *paths, point=None, dry_run=False):
    return await bench.supervisor.restore(task.task_id, point, paths, dry_run=dry_run)


async def notes(bench, task):
    return [message.text for message in await bench.messages(task) if message.role is Role.SYSTEM]


async def restart(bench):
    await bench.supervisor.close(grace=2)
    bench.start()
    await bench.supervisor.settle()


async def test_each_end_of_a_task_and_back(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    first = await bench.run(session, "write: a.txt 1", "write: sub/b.txt 1")
    second = await bench.run(session, "write: a.txt 2", "delete: sub/b.txt", "run: git add . && git commit -qm two")
    tree = Path((await bench.again(session)).repo.cwd)
    (tree / "c.txt").write_text("by hand")
    there, index = files_below(tree), git(tree, "diff", "--cached", "--raw")
    seen = await restore(bench, first, dry_run=True)
    assert (seen.dry_run, seen.written, seen.removed, seen.before) == (True, ("a.txt", "sub/b.txt"), ("c.txt",), None)
    assert files_below(tree) == there
    done = await restore(bench, first)
    assert (done.point, done.written, done.removed, done.kept) == ("end", seen.written, seen.removed, ())
    assert (done.written_count, done.removed_count, done.remade) == (2, 1, False)
    assert [(tree / name).read_text() for name in ("a.txt", "sub/b.txt")] == ["1", "1"]
    assert git(tree, "diff", "--cached", "--raw") == index
    state = (await bench.again(session)).git_state
    assert state.current_sha == f"{git(tree, 'rev-parse', 'HEAD')}-dirty"
    again = await restore(bench, first)  # asked again, as after a broken connection: what undoes it stays
    assert (again.written, again.removed, again.before) == ((), (), None)
    undone = await restore(bench, first, point="before")
    assert (undone.written, undone.removed) == (("a.txt", "c.txt"), ("sub/b.txt",))
    assert files_below(tree) == there
    assert (await restore(bench, first, point="before")).written_count == 2
    assert (tree / "a.txt").read_text() == "1"
    await restore(bench, first, point="start")
    assert not (tree / "a.txt").exists()
    some = await restore(bench, second, "a.txt", str(tree / "readme.txt"))
    assert (some.written, (tree / "a.txt").read_text()) == (("a.txt",), "2")


async def test_what_cannot_be_restored_is_said_and_nothing_changes(bench, repo, folder):
    session = await bench.session(cwd=repo, title="Work")
    task = await bench.run(session, "write: a.txt 1")
    tree = Path((await bench.again(session)).repo.cwd)
    (tree / "a.txt").write_text("2")
    for path, said in (("x", "neither"), ("../x", "is not in"), (str(repo / "readme.txt"), "is not in"), ("", "empty")):
        with pytest.raises(InvalidInput, match=said):
            await restore(bench, task, path)
    with pytest.raises(NotFound, match=r"^The files of task 1 were not restored, so there is nothing to undo\.$"):
        await restore(bench, task, point="before")
    running = await bench.supervisor.prompt(session.session_id, "sleep: 30")
    await bench.until(lambda: bench.task(running), lambda found: found.git_state.checkpoint_start is not None)
    with pytest.raises(Conflict, match="is running; stop it first"):
        await restore(bench, task)
    fork = await bench.supervisor.fork(session.session_id, Fork(at=1, same_directory=True))
    beside = await bench.run(fork, "say: hi")
    with pytest.raises(Conflict, match=f"The session {session.short_id} is at work in"):
        await restore(bench, beside)
    await bench.supervisor.stop(session.session_id)
    assert (tree / "a.txt").read_text() == "2"
    with pytest.raises(NotFound, match=r"^Task 3 has no checkpoint of its end\.$"):
        await restore(bench, await _without_end(bench, session))
    plain = await bench.session(cwd=folder)
    with pytest.raises(Unprocessable, match="Outside git"):
        await restore(bench, await bench.run(plain, "say: hi"))


async def _without_end(bench, session):
    """A task whose end could not be kept."""
    tree = Path((await bench.again(session)).repo.cwd)
    task = await bench.run(session, "run: mv .git ../gone")
    shutil.move(tree.parent / "gone", tree / ".git")
    return task


async def test_a_worktree_that_was_deleted_by_hand_is_made_again_at_the_next_prompt(bench, repo):
    session = await bench.session(cwd=repo / "src", title="Work")
    lines = ("write: new.txt 1", "write: staged.txt 1", "run: git add staged.txt", "append: main.py more")
    await bench.run(session, *lines)
    place = (await bench.again(session)).repo
    tree = Path(place.cwd).parent
    there, status = files_below(tree), git(tree, "status", "--porcelain")
    shutil.rmtree(tree)
    task = await bench.run(session, "say: hi", "recall:")
    assert task.status is TaskStatus.COMPLETED
    said = f"The worktree {tree} was gone. It was made again on its branch work, with the files of its last checkpoint."
    assert await notes(bench, task) == [said]
    assert (files_below(tree), git(tree, "status", "--porcelain")) == (there, status)
    assert git(tree, "symbolic-ref", "--short", "HEAD") == "work"
    assert "write: new.txt" in await bench.said(task)
    assert (await bench.again(session)).repo == place
    assert not await notes(bench, await bench.run(session, "say: hi"))


async def test_it_comes_back_as_it_was_restored_last(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    first = await bench.run(session, "write: a.txt 1")
    await bench.run(session, "write: a.txt 2")
    await restore(bench, first)
    tree = Path((await bench.again(session)).repo.cwd)
    shutil.rmtree(tree)
    done = await restore(bench, first, dry_run=True)
    assert (done.remade, done.written_count) == (True, 0)
    assert (tree / "a.txt").read_text() == "1"


async def test_its_branch_and_commits_are_gone_too(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: a.txt 1", "run: git add . && git commit -qm one", "write: b.txt 1")
    tree = Path((await bench.again(session)).repo.cwd)
    head = git(tree, "rev-parse", "HEAD")
    shutil.rmtree(tree)
    git(repo, "worktree", "prune")
    git(repo, "branch", "--quiet", "-D", "work")
    git(repo, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
    git(repo, "gc", "--quiet", "--prune=now")
    await bench.run(session, "say: hi")
    assert git(tree, "rev-parse", "work") == head
    assert git(tree, "status", "--porcelain") == "?? b.txt"


async def test_its_branch_has_moved_on(bench, repo):
    """What was uncommitted is not put on top of commits that it does not know; it is said how to get it."""
    session = await bench.session(cwd=repo, title="Work")
    first = await bench.run(session, "write: a.txt 1")
    tree = Path((await bench.again(session)).repo.cwd)
    shutil.rmtree(tree)
    git(repo, "worktree", "prune")
    git(repo, "checkout", "--quiet", "work")
    git(repo, "commit", "--quiet", "--allow-empty", "--message=later")
    task = await bench.run(session, "say: hi")
    assert task.error == (
        f"The worktree {tree} is gone, and its branch work is checked out in {repo}; check out another one there first."
    )
    git(repo, "checkout", "--quiet", "main")
    task = await bench.run(session, "say: hi")
    assert "has moved on from" in (await notes(bench, task))[0]
    assert git(tree, "log", "-1", "--format=%s") == "later"
    assert git(tree, "status", "--porcelain") == ""
    await restore(bench, first)
    assert (tree / "a.txt").read_text() == "1"


async def test_a_repository_that_is_gone_too_is_said(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: a.txt 1")
    tree = Path((await bench.again(session)).repo.cwd)
    shutil.rmtree(tree)
    shutil.rmtree(repo)
    task = await bench.run(session, "say: hi")
    assert task.status is TaskStatus.FAILED
    assert task.error.startswith(f"The repository project is not at {repo} any more.")


async def test_one_that_was_half_made_when_the_daemon_died_is_made_from_the_start(bench, repo, monkeypatch):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: a.txt 1")
    tree = Path((await bench.again(session)).repo.cwd)
    shutil.rmtree(tree)
    again = bench.supervisor._resources.workspaces.again
    monkeypatch.setattr(again._journal, "remove", lambda _: None)  # the daemon dies before it is done
    monkeypatch.setattr("agor_core.git.checkpoints.restore", _die)
    monkeypatch.setattr("agor_core.git.remaking.remove_half_made", _nothing)
    with pytest.raises(RuntimeError):
        await again.bring_back(await bench.again(session))
    assert not (tree / "a.txt").exists()
    monkeypatch.undo()
    await restart(bench)
    assert str(tree) not in git(repo, "worktree", "list")
    await bench.run(session, "say: hi")
    assert (tree / "a.txt").read_text() == "1"


async def test_a_fork_without_a_task_comes_back_too(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: a.txt 1")
    fork = await bench.supervisor.fork(session.session_id, Fork())
    shutil.rmtree(fork.repo.cwd)
    await bench.run(fork, "say: hi")
    assert (Path(fork.repo.cwd) / "a.txt").read_text() == "1"


async def _die(*_):
    raise RuntimeError


async def _nothing(*_):
    """As a process that is gone."""
