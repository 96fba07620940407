"""Checkpoints whatever state, settings and form the repository and its index are in."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from agor_core.git import diff, snapshot
from tests.builders.checkpoint_stores import store_of
from tests.builders.checkpoints import keep, kept_in, load, restored, round_trip, take
from tests.builders.repositories import Repository, new_repository


async def test_a_detached_head(repository: Repository) -> None:
    repository.git("checkout", "-q", "--detach")
    repository.write({"new": "x"})
    taken = await round_trip(repository)
    assert taken.branch is None


async def test_in_a_linked_worktree(repository: Repository) -> None:
    repository.git("worktree", "add", "-q", "-b", "side", "../linked")
    linked = Repository(repository.path.parent / "linked")
    linked.write({"new": "x", "a.txt": "changed"})
    assert (await round_trip(linked)).branch == "side"


async def test_in_the_middle_of_a_merge(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "side")
    repository.write({"a.txt": "side\n", "b.txt": "side\n", "onlyside": "x\n", "both": "1\n"})
    repository.git("rm", "-q", "--cached", "sub/c.txt")
    repository.git("commit", "-q", "-am", "side")
    repository.commit()
    repository.git("checkout", "-q", "-f", "main")
    repository.write({"a.txt": "main\n", "sub/c.txt": "changed\n", "both": "2\n"})
    repository.git("rm", "-q", "b.txt")
    repository.commit()
    repository.git("merge", "side", check=False)
    assert repository.git("ls-files", "-u")
    await take(repository)
    merged = await load(repository)
    again = await restored(repository, merged)
    assert again.files() == repository.files()


async def test_conflicts_of_one_side_only(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "side")
    repository.git("mv", "a.txt", "theirs.txt")
    repository.git("commit", "-q", "-m", "theirs")
    repository.git("checkout", "-q", "main")
    repository.git("mv", "a.txt", "ours.txt")
    repository.git("commit", "-q", "-m", "ours")
    repository.git("merge", "side", check=False)
    assert b" 2\tours.txt" in repository.git("ls-files", "-u")
    taken = await take(repository)
    assert (await restored(repository, taken)).files() == repository.files()


async def test_in_the_middle_of_a_rebase(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side", **{"a.txt": "side\n"})
    repository.git("checkout", "-q", "main")
    repository.commit("main", **{"a.txt": "main\n"})
    repository.git("rebase", "main", "side", check=False)
    assert (repository.path / ".git/rebase-merge").exists()
    taken = await take(repository)
    assert taken.branch is None
    assert (await restored(repository, taken)).files() == repository.files()


async def test_while_another_git_holds_the_index(repository: Repository) -> None:
    (repository.path / ".git/index.lock").write_bytes(b"")
    repository.write({"a.txt": "changed\n"})
    taken = await take(repository)
    assert (await kept_in(repository)).git("cat-file", "blob", f"{taken.tree}:a.txt") == b"changed\n"


async def test_intent_to_add(repository: Repository) -> None:
    repository.write({"planned": "x\n", "empty": ""})
    repository.git("add", "-N", "planned", "empty")
    taken = await take(repository)
    assert (await restored(repository, taken)).files() == repository.files()


async def test_an_index_that_is_not_there(repository: Repository) -> None:
    (repository.path / ".git/index").unlink()
    repository.write({"new": "x"})
    taken = await keep(repository)
    assert not (repository.path / ".git/index").exists()
    assert (await kept_in(repository)).text("ls-tree", "-r", "--name-only", taken.tree).split() == [
        "a.txt",
        "b.txt",
        "new",
        "sub/c.txt",
    ]


async def test_a_change_in_the_same_second_as_the_index_is_seen_later(repository: Repository) -> None:
    """Git tells such a change by the index's own time, which our copy has to keep."""
    index, file = repository.path / ".git/index", repository.path / "a.txt"
    seconds = {0, 1}
    while len(seconds) > 1:
        repository.write({"a.txt": "1234\n"})
        repository.git("add", "a.txt")
        written = file.stat().st_mtime
        repository.write({"a.txt": "5678\n"})
        seconds = {int(moment) for moment in (written, index.stat().st_mtime, file.stat().st_mtime)}
    while time.time() < max(seconds) + 1.05:  # noqa: ASYNC110 - the clock decides
        await asyncio.sleep(0.01)
    taken = await keep(repository)
    assert (await kept_in(repository)).git("cat-file", "blob", f"{taken.tree}:a.txt") == b"5678\n"


@pytest.mark.parametrize("option", ["core.splitIndex", "core.untrackedCache", "index.sparse", "core.logAllRefUpdates"])
async def test_the_repositorys_settings_leave_no_trace(repository: Repository, option: str) -> None:
    repository.config(option, "always" if option == "core.logAllRefUpdates" else "true")
    repository.git("update-index", "--force-write-index", check=False)
    repository.write({"a.txt": "changed\n", "new": "x"})
    await round_trip(repository)
    assert not (repository.path / ".git/logs/refs/agor").exists()


@pytest.mark.parametrize("version", ["2", "3", "4"])
async def test_every_version_of_the_index(repository: Repository, version: str) -> None:
    repository.git("update-index", "--index-version", version)
    repository.write({"a.txt": "changed\n", "new": "x"})
    await round_trip(repository)


async def test_sparse_checkout(repository: Repository) -> None:
    repository.commit(**{"sub2/d.txt": "d\n"})
    repository.git("sparse-checkout", "set", "--cone", "sub")
    assert not (repository.path / "sub2").exists()
    repository.write({"sub/c.txt": "changed\n", "outside/new": "x\n"})
    taken = await take(repository)
    assert (await kept_in(repository)).git("cat-file", "blob", f"{taken.tree}:sub2/d.txt") == b"d\n"
    again = await restored(repository, taken)
    assert {path: again.files()[path] for path in repository.files()} == repository.files()
    assert b"sub2" not in again.status()


async def test_a_submodules_commit_is_kept_and_its_folder_left_alone(tmp_path: Path, repository: Repository) -> None:
    new_repository(tmp_path / "library")
    repository.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", "../library", "lib")
    repository.commit()
    library = Repository(repository.path / "lib")
    moved = library.commit(more="x")
    library.write({"uncommitted": "x"})
    taken = await take(repository)
    assert (await kept_in(repository)).text("ls-tree", taken.tree, "lib").split()[:3] == ["160000", "commit", moved]
    await restored(repository, taken)


async def test_untracked_repositories_are_kept_as_plain_files(repository: Repository) -> None:
    inner = new_repository(repository.path / "inner", {"x": "1", ".gitignore": "ignored\n", "gone": "1"})
    inner.write({"new": "2", "ignored": "no"})
    (inner.path / "gone").unlink()
    new_repository(inner.path / "innermost", {"y": "3"}, commit=False)
    taken = await take(repository)
    names = (await kept_in(repository)).text("ls-tree", "-r", "--name-only", taken.tree).split()
    assert names == ["a.txt", "b.txt", "inner/.gitignore", "inner/innermost/y", "inner/new", "inner/x", "sub/c.txt"]
    again = await restored(repository, taken)
    assert again.git("status", "--porcelain") == b"?? inner/\n"


async def test_no_commits_yet(tmp_path: Path) -> None:
    """Everything is new then: it differs from the empty tree, staged or not."""
    repository = new_repository(tmp_path / "empty", {}, commit=False)
    store = await store_of(repository)
    before = repository.git("count-objects")
    nothing = await keep(repository)
    assert (nothing.born, nothing.sha_label, nothing.dirty, nothing.branch) == (False, None, False, "main")
    assert repository.git("count-objects") == before
    repository.write({"a.txt": "one\n", "staged.txt": "x\n"})
    repository.git("add", "staged.txt")
    some = await take(repository)
    assert (some.born, some.dirty, some.head) == (False, True, nothing.head)
    assert some.staged is not None
    assert await load(repository, some.commit) == some
    changes = await diff.changes(repository.path, nothing.commit, some.commit, store=store)
    assert diff.paths(changes) == ["a.txt", "staged.txt"]
    first = repository.commit("first")
    born = await take(repository)
    assert (born.born, born.sha_label, born.tree) == (True, first, some.tree)
    assert await diff.commits_between(repository.path, nothing.commit, born.head, store=store) == [first]


async def test_a_user_without_a_name(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    repository.config("user.useConfigOnly", "true")
    repository.config("commit.gpgSign", "true")
    repository.write({"new": "x"})
    await take(repository)


async def test_a_sha256_repository(tmp_path: Path) -> None:
    path = tmp_path / "sha256"
    path.mkdir()
    repository = Repository(path)
    repository.git("init", "-q", "--object-format=sha256")
    repository.commit(a="1", **{".gitattributes": "* text eol=crlf\n"})
    repository.write({"a": "2\n", "b": "3\r\n"})
    assert len((await round_trip(repository)).commit) == 64


async def test_core_worktree_cannot_point_us_elsewhere(repository: Repository) -> None:
    (repository.path.parent / "private").mkdir()
    (repository.path.parent / "private/key").write_text("secret")
    repository.config("core.worktree", "../../private")
    repository.write({"new": "x"})
    taken = await keep(repository)
    assert (await kept_in(repository)).text("ls-tree", "-r", "--name-only", taken.tree).split() == [
        "a.txt",
        "b.txt",
        "new",
        "sub/c.txt",
    ]


def test_what_a_killed_process_left_in_the_temporary_folder_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, new, other = (tmp_path / name for name in ("agor-index-old", "agor-index-new", "other"))
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "index").touch()
    for folder in (old, other):
        os.utime(folder, (0, 0))
    snapshot.sweep()
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["agor-index-new", "other"]
