"""What git leaves in memory is synced, and what a power cut emptied is written again."""

import os
from pathlib import Path

import pytest

from agor_core.errors import GitFailed
from agor_core.git import durability, worktrees
from agor_core.git.durability import repair_pointer, sync_folders, sync_worktree
from tests.builders.repositories import Repository


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every path that was synced, in order."""
    paths: list[Path] = []
    sync = durability.sync

    def noted(path: Path) -> None:
        paths.append(path)
        sync(path)

    monkeypatch.setattr(durability, "sync", noted)
    return paths


async def linked(repository: Repository) -> Path:
    path = repository.path.parent / "linked"
    await worktrees.add(repository.path, path, branch="side", start="HEAD")
    return path


def test_folders_from_the_deepest_up_to_the_top_once(tmp_path: Path, synced: list[Path]) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    (tmp_path / "a/d").mkdir()
    sync_folders([tmp_path / "a/b/c", tmp_path / "a/d", tmp_path / "a/gone"], top=tmp_path / "a")
    names = [str(path.relative_to(tmp_path)) for path in synced]
    assert names[0] == "a/b/c"
    assert names[-1] == "a"
    assert sorted(names) == ["a", "a/b", "a/b/c", "a/d", "a/gone"]


async def test_a_new_worktrees_own_files(repository: Repository, synced: list[Path]) -> None:
    path = await linked(repository)
    synced.clear()
    sync_worktree(path)
    admin = repository.path / ".git/worktrees/linked"
    files = {path / ".git", *(admin / name for name in ("HEAD", "commondir", "gitdir", "index"))}
    folders = {path, path.parent, admin, admin.parent, repository.path / ".git/refs/heads"}
    assert (files | folders) <= set(synced)


@pytest.mark.parametrize("content", [b"", b"\0" * 60, None])
async def test_an_empty_pointer_is_written_again(repository: Repository, content: bytes | None) -> None:
    path = await linked(repository)
    before = (path / ".git").read_bytes()
    if content is None:
        (path / ".git").unlink()
    else:
        (path / ".git").write_bytes(content)
    assert repair_pointer(repository.path, path)
    assert (path / ".git").read_bytes() == before
    assert Repository(path).status() == b""
    assert not repair_pointer(repository.path, path)


async def test_with_an_empty_backlink_the_name_tells(repository: Repository) -> None:
    path = await linked(repository)
    backlink = repository.path / ".git/worktrees/linked/gitdir"
    before = backlink.read_bytes()
    for file in (backlink, path / ".git"):
        file.write_bytes(b"")
    assert repair_pointer(repository.path, path)
    assert backlink.read_bytes() == before
    assert Repository(path).status() == b""


async def test_what_is_no_linked_worktree_is_left_alone(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert not repair_pointer(repository.path, tmp_path / "folder")
    assert not repair_pointer(repository.path, tmp_path / "none")
    assert not repair_pointer(repository.path, repository.path)
    assert list((tmp_path / "folder").iterdir()) == []
    os.rmdir(tmp_path / "folder")  # noqa: PTH106
    with pytest.raises(GitFailed):
        sync_worktree(tmp_path)
