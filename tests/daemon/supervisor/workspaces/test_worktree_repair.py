"""At the start what a power cut or a kill left of a worktree is put right, and its session works on."""

import subprocess
from pathlib import Path

import pytest

from agor_core.domain.task import TaskStatus
from tests.daemon.supervisor.conftest import git


async def test_an_empty_pointer_is_written_again_at_the_start(bench, repo):
    session = await bench.session(cwd=repo)
    await bench.run(session, "write: one.txt 1")
    worktree = Path((await bench.again(session)).repo.cwd)
    before = (worktree / ".git").read_bytes()
    await bench.supervisor.close(grace=2)
    (worktree / ".git").write_bytes(b"")
    bench.start()
    await bench.supervisor.settle()
    assert (worktree / ".git").read_bytes() == before
    task = await bench.run(session, "write: two.txt 2")
    assert (task.status, task.files) == (TaskStatus.COMPLETED, ("two.txt",))


@pytest.mark.parametrize("used", [False, True])
async def test_locks_are_removed_unless_a_git_works_there(bench, repo, used):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "write: one.txt 1")
    worktree = Path((await bench.again(session)).repo.cwd)
    await bench.supervisor.close(grace=2)
    admin = Path(git(worktree, "rev-parse", "--absolute-git-dir").strip())
    locks = [admin / "index.lock", admin / "HEAD.lock", repo / ".git/refs/heads/work.lock"]
    others = [repo / ".git/index.lock", repo / ".git/refs/heads/main.lock"]
    for lock in (*locks, *others):
        lock.touch()
    with subprocess.Popen(  # noqa: ASYNC220
        ["git", "cat-file", "--batch"], cwd=worktree if used else repo, stdin=subprocess.PIPE
    ) as user:
        bench.start()
        await bench.supervisor.settle()
        user.communicate()
    assert [lock.exists() for lock in locks] == [used] * 3
    assert [lock.exists() for lock in others] == [True] * 2
