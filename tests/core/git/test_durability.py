"""What git leaves in memory is synced, and what a power cut emptied is written again."""

import os
from pathlib import Path
from typing import Any

import pytest

from agor_core.errors import GitFailed
from agor_core.git import durability, worktrees
from agor_core.git.durability import repair_pointer, sync_files, sync_head, sync_worktree, sync_young
from tests.builders.repositories import Repository, new_repository


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


def test_files_and_the_folders_that_name_them(tmp_path: Path, synced: list[Path]) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("x")
    sync_files([tmp_path / name for name in ("a", "b", "gone")])
    assert synced == [*(tmp_path / name for name in ("a", "b", "gone")), tmp_path]


def test_many_files_are_synced_at_once(tmp_path: Path, synced: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    whole: list[Path] = []
    file_system = durability._sync_file_system

    def noted(folder: Path) -> None:
        whole.append(folder)
        file_system(folder)

    monkeypatch.setattr(durability, "_sync_file_system", noted)
    files = [tmp_path / f"{number}" for number in range(durability.MOST_SINGLE + 1)]
    for file in files:
        file.write_text("x")
    sync_files(files)
    assert (synced, whole) == ([], [tmp_path])
    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
    sync_files(files)
    assert len(whole) == 2


def test_only_what_is_young_may_be_dirty(tmp_path: Path, synced: list[Path]) -> None:
    for name in ("old", "new"):
        (tmp_path / name).write_text("x")
    os.utime(tmp_path / "old", (0, 0))
    sync_young([tmp_path / name for name in ("old", "new", "gone")])
    assert synced == [tmp_path / "new", tmp_path]


async def test_head_index_and_branch_of_a_linked_worktree(repository: Repository, synced: list[Path]) -> None:
    path = await linked(repository)
    synced.clear()
    sync_head(path)
    admin = repository.path / ".git/worktrees/linked"
    heads = repository.path / ".git/refs/heads"
    assert set(synced) == {admin / "index", admin / "HEAD", heads / "side", admin, heads}
    Repository(path).git("checkout", "-q", "--detach")
    sync_head(path)


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


def test_the_git_of_an_agent_syncs_as_ours_does(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo")
    settings: Any = durability.synced_environment({})
    for key, value in durability.SYNCED:
        assert repository.git("config", key, **settings).decode() == f"{value}\n"
    assert durability.synced_environment({"GIT_CONFIG_COUNT": "1"}) == {}
