"""A worktree is let go of: its files are kept, its branch stays, and a prompt brings it back as it was."""

from pathlib import Path

import pytest

from agor_core.domain.task import TaskStatus
from agor_core.errors import Conflict
from agor_core.repositories import sessions
from agor_core.wire.requests import Fork
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.workspaces.letting_worktrees_go import but_kept
from tests.builders.repositories import files_below
from tests.daemon.supervisor.conftest import git


async def let_go(bench, session, *, force=False):
    return await bench.supervisor.let_go((await bench.again(session)).repo.worktree_id, force=force)


async def test_an_archived_session_that_is_prompted_gets_it_again(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: a.txt 1", "write: b.txt 1", "run: git add a.txt")
    tree = Path((await bench.again(session)).repo.cwd)
    (tree / "by-hand.txt").write_text("since the last task")
    there, status, branch = files_below(tree), git(tree, "status", "--porcelain"), git(repo, "rev-parse", "work")
    await bench.store.write(lambda w: sessions.archive(w, session.session_id))
    assert (await let_go(bench, session)).name == "work"
    assert str(tree) not in git(repo, "worktree", "list")
    assert git(repo, "rev-parse", "work") == branch
    assert (await let_go(bench, session)).name == "work"
    task = await bench.run(session, "say: hi", "recall:")
    assert task.status is TaskStatus.COMPLETED
    assert (files_below(tree), git(tree, "status", "--porcelain")) == (there, status)
    assert "write: a.txt" in await bench.said(task)


async def test_what_no_checkpoint_can_hold_is_not_lost_unasked(bench, repo):
    bench.start(Limits())
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: .gitignore secret", "write: secret mine")
    tree = Path((await bench.again(session)).repo.cwd)
    with pytest.raises(Conflict, match=r"holds files that no checkpoint can hold: ignored: secret. Let it go all"):
        await let_go(bench, session)
    assert (tree / "secret").read_text() == "mine"
    await let_go(bench, session, force=True)
    await bench.run(session, "say: hi")
    assert not (tree / "secret").exists()
    assert (tree / ".gitignore").exists()


async def test_not_while_a_session_is_at_work_there(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: a.txt 1")
    beside = await bench.supervisor.fork(session.session_id, Fork(same_directory=True))
    running = await bench.supervisor.prompt(beside.session_id, "sleep: 30")
    await bench.until(lambda: bench.task(running), lambda found: found.git_state.checkpoint_start is not None)
    with pytest.raises(Conflict, match=r"at work there; stop it first|is running; stop it first"):
        await let_go(bench, session)
    await bench.supervisor.stop(beside.session_id)
    tree = Path((await bench.again(session)).repo.cwd)
    await let_go(bench, session)
    await bench.run(beside, "append: a.txt 2")
    assert (tree / "a.txt").read_text() == "12"


async def test_one_without_sessions_is_to_be_removed(bench, repo):
    known = await bench.supervisor.add_repo(str(repo))
    made = await bench.supervisor.add_worktree(known.repo_id, "mine", base=None, worktree_id=None)
    with pytest.raises(Conflict, match="none could bring it back; remove it instead"):
        await bench.supervisor.let_go(made.worktree_id, force=True)
    assert made.path in git(repo, "worktree", "list")


def test_what_is_kept_is_no_loss():
    phrases = ["uncommitted: a", "untracked: b", "ignored: c", "2 commits: d, e", "1 commit that only its reflog: f"]
    assert but_kept(phrases, on_branch=True) == ["ignored: c", "1 commit that only its reflog: f"]
    assert but_kept(phrases, on_branch=False) == ["ignored: c", "2 commits: d, e", "1 commit that only its reflog: f"]
