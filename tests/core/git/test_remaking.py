"""A worktree is made again in its place, whole or not at all."""

import shutil
from pathlib import Path

import pytest

from agor_core.errors import Conflict, GitFailed
from agor_core.git import remaking, worktrees
from tests.builders.repositories import Repository, files_below


@pytest.fixture
async def gone(repository: Repository, tmp_path: Path) -> Path:
    """Where a worktree was on the branch ``work``."""
    path = tmp_path / "tree"
    await worktrees.add(repository.path, path, branch="work", start="HEAD")
    shutil.rmtree(path)
    return path


def _put_empty(folder: Path) -> None:
    folder.mkdir()


async def test_on_its_branch_in_a_folder_that_is_empty_or_not_there(repository: Repository, gone: Path) -> None:
    head = repository.text("rev-parse", "HEAD")
    _put_empty(gone)
    assert remaking.is_gone(gone)
    assert await remaking.make_again(repository.path, gone, branch="work", start=head)
    assert files_below(gone) == repository.files()
    assert Repository(gone).text("symbolic-ref", "HEAD") == "refs/heads/work"
    await worktrees.remove(repository.path, gone, branch="work")


async def test_what_is_there_stays(repository: Repository, gone: Path) -> None:
    Repository(gone).write({"mine": "mine"})
    link = gone.with_name("link")
    link.symlink_to("nowhere")
    for place in (gone, link):
        with pytest.raises(Conflict, match="already something"):
            await remaking.make_again(repository.path, place, branch="work", start="HEAD")
    assert (gone / "mine").read_text() == "mine"


async def test_a_locked_place_is_left_alone(repository: Repository, gone: Path) -> None:
    """Such as one on a disk that is not there now."""
    (repository.path / ".git/worktrees/tree/locked").write_text("on a stick")
    with pytest.raises(Conflict, match="is locked; unlock it first"):
        await remaking.make_again(repository.path, gone, branch="work", start="HEAD")
    assert remaking.is_gone(gone)


async def test_a_failure_leaves_neither_folder_nor_branch(repository: Repository, gone: Path) -> None:
    repository.git("worktree", "prune")
    repository.git("branch", "-q", "-D", "work")
    before = repository.picture()
    blocked = repository.path / ".git/worktrees"
    blocked.write_text("no folder")
    with pytest.raises(GitFailed):
        await remaking.make_again(repository.path, gone, branch="work", start=repository.text("rev-parse", "HEAD"))
    blocked.unlink()
    assert remaking.is_gone(gone)
    assert repository.picture() == before
