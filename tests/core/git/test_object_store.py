"""A store of our own beside the user's repository: private, whole by itself, and made whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agor_core.errors import GitFailed
from agor_core.git import packing
from agor_core.git.object_store import existing_store, open_store
from agor_core.git.retention import forget_unused, keep_history, keep_objects, missing
from tests.builders.checkpoint_stores import forget_everything, in_store, store_of
from tests.builders.repositories import Repository, new_repository


async def test_it_is_private_and_empty_and_made_once(repository: Repository) -> None:
    store = await store_of(repository)
    assert store.path.stat().st_mode & 0o777 == 0o700
    assert store.lender == repository.path / ".git/objects"
    assert not list((store.path / "hooks").glob("*"))
    again = await store_of(repository)
    assert again == store
    assert [entry.name for entry in store.path.parent.iterdir()] == [store.path.name]


async def test_what_a_kill_left_of_making_it_is_no_hindrance(tmp_path: Path, repository: Repository) -> None:
    (tmp_path / "objects/.repo.git.tmp/refs").mkdir(parents=True)
    store = await store_of(repository)
    assert (store.path / "HEAD").is_file()
    assert not (tmp_path / "objects/.repo.git.tmp").exists()


async def test_one_that_cannot_be_made_is_said(tmp_path: Path, repository: Repository) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GitFailed, match="cannot be made"):
        await open_store(tmp_path / "file/repo.git", repository.path)


def _bare(repository: Repository, place: Path) -> Path:
    repository.git("clone", "-q", "--bare", ".", str(place / "bare.git"))
    return place / "bare.git"


def _dot_bare(repository: Repository, place: Path) -> Path:
    (place / "layout").mkdir()
    repository.git("clone", "-q", "--bare", ".", str(place / "layout/.bare"))
    (place / "layout/.git").write_text("gitdir: ./.bare\n")
    return place / "layout"


def _worktree(repository: Repository, place: Path) -> Path:
    repository.git("worktree", "add", "-q", str(place / "linked"))
    return place / "linked"


def _submodule(repository: Repository, place: Path) -> Path:
    above = new_repository(place / "above")
    above.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repository.path), "inner")
    return above.path / "inner"


@pytest.mark.parametrize(
    ("made", "objects"),
    [
        (_bare, "bare.git/objects"),
        (_dot_bare, "layout/.bare/objects"),
        (_worktree, "repo/.git/objects"),
        (_submodule, "above/.git/modules/inner/objects"),
    ],
)
async def test_it_knows_whose_objects_it_shares_in_any_layout(
    tmp_path: Path, repository: Repository, made: Callable[[Repository, Path], Path], objects: str
) -> None:
    opened = await open_store(tmp_path / "objects/repo.git", made(repository, tmp_path))
    assert opened.lender == tmp_path / objects
    again = existing_store(opened.path)
    assert again is not None
    assert again.lender == opened.lender


async def test_of_a_repository_that_is_gone(tmp_path: Path, repository: Repository) -> None:
    assert existing_store(tmp_path / "none.git") is None
    store = await store_of(repository)
    (store.path / "lender").unlink()
    unknown = existing_store(store.path)
    assert unknown is not None
    assert not unknown.lender.exists()
    assert not packing.needs_collecting(unknown)


async def test_a_moved_repository_is_noted(tmp_path: Path, repository: Repository) -> None:
    store = await store_of(repository)
    moved = repository.path.rename(tmp_path / "moved")
    assert (await open_store(store.path, moved)).lender == moved / ".git/objects"
    again = existing_store(store.path)
    assert again is not None
    assert again.lender == moved / ".git/objects"


async def test_on_another_file_system_only_what_is_checked_out_is_copied(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.git("checkout", "-q", "-b", "side")
    other = repository.commit(side=os.urandom(1_000_000))
    repository.git("checkout", "-q", "main")
    head = repository.commit(**{"a.txt": "here\n"})
    monkeypatch.setattr("agor_core.git.retention.same_device", lambda *_: False)
    store = await store_of(repository)
    await keep_history(store, head)
    assert await missing(store, [head, other]) == [other]
    assert sum(file.stat().st_size for file in store.objects.rglob("*") if file.is_file()) < 100_000
    forget_everything(repository)
    assert in_store(store).git("fsck", "--full") == b""
    assert in_store(store).text("rev-list", "--count", head) == "2"


async def test_a_repository_with_sha256(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    repository = Repository(tmp_path / "repo")
    repository.git("init", "-q", "--object-format=sha256")
    head = repository.commit("first", a="1\n")
    store = await store_of(repository)
    await keep_history(store, head)
    assert await missing(store, [head]) == []


async def test_a_history_outlives_the_repository(repository: Repository) -> None:
    head = [repository.commit(str(number), **{"a.txt": f"{number}\n"}) for number in range(5)][-1]
    before = repository.picture(), repository.git("count-objects", "-v")
    store = await store_of(repository)
    await keep_history(store, head)
    assert (repository.picture(), repository.git("count-objects", "-v")) == before
    os.rename(repository.path, repository.path.with_name("gone"))  # noqa: PTH104
    ours = in_store(store)
    assert ours.git("fsck", "--full", "--strict") == b""
    assert ours.text("rev-list", "--count", head) == "6"


@pytest.mark.parametrize("packed", [False, True])
async def test_sharing_takes_no_room(repository: Repository, packed: bool) -> None:
    head = repository.commit(large=os.urandom(1_000_000))
    if packed:
        repository.git("repack", "-q", "-a", "-d")
    store = await store_of(repository)
    await keep_history(store, head)
    files = [file for file in store.objects.rglob("*") if file.is_file()]
    assert files
    assert sum(file.stat().st_size for file in files if file.stat().st_nlink == 1) == 0


async def test_where_nothing_can_be_linked_it_is_copied(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    repository.git("repack", "-q", "-a", "-d")
    head = repository.commit(**{"a.txt": "loose\n"})
    monkeypatch.setattr(os, "link", refuse)
    store = await store_of(repository)
    await keep_history(store, head)
    monkeypatch.undo()
    repository.git("update-ref", "-d", "HEAD")
    forget_everything(repository)
    assert in_store(store).git("fsck", "--full") == b""
    assert in_store(store).text("rev-list", "--count", head) == "2"


async def test_an_object_that_a_power_cut_emptied_is_not_shared(repository: Repository) -> None:
    head = repository.text("rev-parse", "HEAD")
    blob = repository.git("hash-object", "-w", "--stdin", stdin=b"lost\n").decode().strip()
    file = repository.path / f".git/objects/{blob[:2]}/{blob[2:]}"
    file.chmod(0o644)
    file.write_bytes(b"")
    store = await store_of(repository)
    await keep_history(store, head)
    assert await missing(store, [blob]) == [blob]


async def test_an_object_that_a_power_cut_emptied_in_the_store_is_dropped(repository: Repository) -> None:
    """Git would take it for the whole object, and never write it again."""
    store = await store_of(repository)
    head = repository.text("rev-parse", "HEAD")
    await keep_history(store, head)
    file = store.objects / head[:2] / head[2:]
    file.unlink()
    file.write_bytes(b"")
    again = await store_of(repository)
    assert not file.exists()
    assert await missing(again, [head]) == [head]


async def test_new_commits_are_copied_when_head_moved(repository: Repository) -> None:
    store = await store_of(repository)
    await keep_history(store, repository.text("rev-parse", "HEAD"))
    repository.git("checkout", "-q", "-b", "side")
    lost = [repository.commit(str(number), **{"a.txt": f"{number}\n"}) for number in range(3)]
    await keep_history(store, lost[-1])
    repository.git("checkout", "-q", "main")
    repository.git("branch", "-q", "-D", "side")
    forget_everything(repository)
    assert repository.git("cat-file", "-t", lost[0], check=False) == b""
    assert in_store(store).text("rev-list", "--count", lost[-1]) == "4"
    assert in_store(store).git("fsck", "--full", "--strict") == b""


async def test_a_far_head_is_shared_and_not_copied(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agor_core.git.retention.MOST_COPIED", 2)
    store = await store_of(repository)
    await keep_history(store, repository.text("rev-parse", "HEAD"))
    head = [repository.commit(str(number), **{"a.txt": f"{number}\n"}) for number in range(4)][-1]
    await keep_history(store, head)
    assert not list((store.objects / "pack").glob("*.pack"))
    assert in_store(store).git("fsck", "--full") == b""


async def test_a_known_history_costs_nothing(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await store_of(repository)
    head = repository.text("rev-parse", "HEAD")
    await keep_history(store, head)
    monkeypatch.setattr(type(store), "git", None)
    await keep_history(store, head)


async def test_after_a_restart_it_is_known_from_the_store(repository: Repository) -> None:
    head = repository.text("rev-parse", "HEAD")
    await keep_history(await store_of(repository), head)
    forget_everything(repository)
    store = await store_of(repository)
    await keep_history(store, head)
    assert store.kept == {head}
    assert not list((store.objects / "pack").glob("*.pack"))


async def test_a_commit_that_is_nowhere_is_an_error(repository: Repository) -> None:
    store = await store_of(repository)
    with pytest.raises(GitFailed):
        await keep_history(store, "1" * 40)
    assert store.kept == set()


async def test_borrowed_objects_are_copied(repository: Repository) -> None:
    store = await store_of(repository)
    await keep_history(store, repository.text("rev-parse", "HEAD"))
    blob = repository.git("hash-object", "-w", "--stdin", stdin=b"staged\n").decode().strip()
    assert await missing(store, [blob, blob]) == [blob]
    assert await missing(store, [blob], borrow=True) == []
    await keep_objects(store, [blob])
    await keep_objects(store, [blob])
    forget_everything(repository)
    assert in_store(store).git("cat-file", "blob", blob) == b"staged\n"
    with pytest.raises(GitFailed):
        await keep_objects(store, ["1" * 40])


async def test_a_history_that_is_not_needed_is_let_go(repository: Repository) -> None:
    store = await store_of(repository)
    first, second = repository.text("rev-parse", "HEAD"), repository.commit(more="1")
    for head in (first, second):
        await keep_history(store, head)
    await forget_unused(store, [second])
    assert store.kept == {second}
    assert in_store(store).text("for-each-ref", "--format=%(refname)") == f"refs/agor/kept/{second}"


async def test_a_repository_that_borrows_itself(tmp_path: Path, repository: Repository) -> None:
    repository.git("clone", "-q", "--shared", ".", "../borrower")
    borrower = Repository(tmp_path / "borrower")
    head = borrower.commit(own="1\n")
    store = await store_of(borrower)
    await keep_history(store, head)
    for gone in (borrower, repository):
        gone.path.rename(gone.path.with_name(f"{gone.path.name}-gone"))
    assert in_store(store).git("fsck", "--full") == b""


async def test_a_shallow_clone(tmp_path: Path, repository: Repository) -> None:
    for number in range(5):
        repository.commit(str(number), **{"a.txt": f"{number}\n"})
    repository.git("clone", "-q", "--depth=2", f"file://{repository.path}", "../shallow")
    shallow = Repository(tmp_path / "shallow")
    store = await store_of(shallow)
    await keep_history(store, shallow.text("rev-parse", "HEAD"))
    await keep_history(store, shallow.commit(more="1\n"))
    assert in_store(store).git("fsck", "--full") == b""


@pytest.mark.parametrize("name", ["with:colon", 'with"quote', "with space", "ümlaut\\x"])
async def test_paths_of_any_name(tmp_path: Path, name: str) -> None:
    repository = new_repository(tmp_path / name / "repo", {"a": "1\n"})
    store = await store_of(repository)
    head = repository.text("rev-parse", "HEAD")
    await keep_history(store, head)
    blob = repository.git("hash-object", "-w", "--stdin", stdin=b"staged\n").decode().strip()
    await keep_objects(store, [blob])
    assert in_store(store).git("cat-file", "blob", blob) == b"staged\n"
