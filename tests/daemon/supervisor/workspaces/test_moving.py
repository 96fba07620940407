"""Repositories that were moved or renamed: one sentence, and a call that repairs the links."""

import shutil
from pathlib import Path

import pytest

from agor_core.domain.message import Role
from agor_core.domain.task import TaskStatus
from agor_core.errors import Conflict, Unprocessable
from agor_core.wire.requests import Fork, Spawn
from tests.daemon.supervisor.conftest import git

WAY_OUT = "If it was moved or renamed, tell Agor its new place: agor repo move project PATH"


async def worked_in(bench, repo, **fields):
    session = await bench.session(cwd=repo, **fields)
    task = await bench.run(session, r"write: m.txt 1\n")
    return await bench.again(session), task


async def test_nothing_runs_until_the_new_place_is_known(bench, repo, tmp_path):
    session, first = await worked_in(bench, repo)
    moved = repo.rename(tmp_path / "elsewhere")
    task = await bench.run(session, "run: git status")
    assert task.status is TaskStatus.FAILED
    assert task.error == f"The repository project is not at {repo} any more. {WAY_OUT}"
    assert [m.role for m in await bench.messages(task)] == [Role.USER]
    for branch in (
        bench.supervisor.fork(session.session_id, Fork(at=1)),
        bench.supervisor.spawn(session.session_id, Spawn()),
    ):
        with pytest.raises(Unprocessable, match="agor repo move project PATH"):
            await branch
    assert "+1" in (await bench.supervisor.differences.of_task(first.task_id)).patch.text
    known = await bench.supervisor.moving.repo(session.repo.repo_id, str(moved / "src"))
    assert known.local_path == str(moved)
    task = await bench.run(session, "run: git status --short; git log --oneline")
    assert (task.status, task.files) == (TaskStatus.COMPLETED, ())
    fork = await bench.supervisor.fork(session.session_id, Fork(at=1))
    assert (Path(fork.repo.cwd) / "m.txt").read_text() == "1\n"
    assert git(moved, "worktree", "list").count("\n") == 2


async def test_a_session_in_the_folder_itself_moves_along(bench, repo, tmp_path):
    session, _ = await worked_in(bench, repo / "src", worktree=False)
    moved = repo.rename(tmp_path / "elsewhere")
    await bench.supervisor.moving.repo(session.repo.repo_id, str(moved))
    session = await bench.again(session)
    assert session.repo.cwd == str(moved / "src")
    assert (await bench.run(session, "say: here")).status is TaskStatus.COMPLETED


async def test_a_worktree_that_lost_its_link(bench, repo):
    session, _ = await worked_in(bench, repo)
    pointer = Path(session.repo.cwd) / ".git"
    pointer.write_text("gitdir: /nowhere\n")
    task = await bench.run(session, "run: git status")
    assert task.status is TaskStatus.FAILED
    assert task.error.endswith(f"To repair the links: agor repo move project {repo}")
    await bench.supervisor.moving.repo(session.repo.repo_id, str(repo))
    assert (await bench.run(session, "run: git status")).status is TaskStatus.COMPLETED


async def test_a_turn_during_which_it_was_moved_has_failed(bench, repo, tmp_path):
    session, _ = await worked_in(bench, repo)
    task = await bench.run(session, f"run: mv {repo} {tmp_path}/elsewhere")
    assert task.status is TaskStatus.FAILED
    assert task.error.startswith(f"The repository project is not at {repo} any more.")


async def test_only_the_same_repository_and_no_copy(bench, repo, tmp_path):
    session, _ = await worked_in(bench, repo)
    other = tmp_path / "other"
    git(tmp_path, "init", "-q", str(other))
    with pytest.raises(Conflict, match=f"is still at {repo}"):
        await bench.supervisor.moving.repo(session.repo.repo_id, str(other))
    repo.rename(tmp_path / "elsewhere")
    with pytest.raises(Conflict, match="is another one: it has none of the commits"):
        await bench.supervisor.moving.repo(session.repo.repo_id, str(other))
    with pytest.raises(Unprocessable, match="not in a git repository"):
        await bench.supervisor.moving.repo(session.repo.repo_id, str(tmp_path / "folder"))


async def test_submodules_of_worktrees_are_linked_again(bench, repo, tmp_path):
    library = tmp_path / "library"
    git(tmp_path, "init", "-q", "-b", "main", str(library))
    git(library, "commit", "-q", "--allow-empty", "-m", "lib")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "vendor")
    git(repo, "commit", "-qm", "module")
    session, _ = await worked_in(bench, repo)
    inner = Path(session.repo.cwd) / "vendor"
    assert git(inner, "rev-parse", "--show-toplevel") == str(inner)
    moved = repo.rename(tmp_path / "deep-down")
    await bench.supervisor.moving.repo(session.repo.repo_id, str(moved))
    assert git(inner, "rev-parse", "--show-toplevel") == str(inner)
    assert git(inner.parent, "status", "--short") == "?? m.txt"


@pytest.mark.parametrize("by_git", [False, True])
async def test_a_worktree_that_was_moved_is_not_made_again(bench, repo, by_git):
    session, _ = await worked_in(bench, repo)
    old = Path(session.repo.cwd)
    new = old.with_name("elsewhere")
    if by_git:
        git(repo, "worktree", "move", str(old), str(new))
    else:
        shutil.move(old, new)
    task = await bench.run(session, "run: git status")
    assert task.status is TaskStatus.FAILED
    assert f"was moved to {new}. Tell Agor its new place: agor worktree move " in task.error
    with pytest.raises(Conflict, match="is not the worktree that was at"):
        await bench.supervisor.moving.worktree(session.repo.worktree_id, str(repo))
    moved = await bench.supervisor.moving.worktree(session.repo.worktree_id, str(new))
    assert moved.path == str(new)
    task = await bench.run(session, "run: git status --short; pwd")
    assert (task.status, (await bench.again(session)).repo.cwd) == (TaskStatus.COMPLETED, str(new))
    assert git(repo, "worktree", "list").count("\n") == 1
    with pytest.raises(Conflict, match="is still at"):
        await bench.supervisor.moving.worktree(session.repo.worktree_id, str(repo))
