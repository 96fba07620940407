"""Checkpoints outlive whatever a user does to history, and leave no trace in the user's repository."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agor_core.errors import GitFailed
from agor_core.git import checkpoints, worktrees
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.files import SizeLimits
from agor_core.git.packing import collect
from agor_core.git.supplying import supply_history
from tests.builders.checkpoint_stores import forget_everything, in_store, store_of
from tests.builders.checkpoints import REF, keep, load, restored, round_trip, take
from tests.builders.repositories import Repository, new_repository


def amend(repository: Repository) -> None:
    repository.git("commit", "-q", "--amend", "--allow-empty", "-m", "amended")


def rebase(repository: Repository) -> None:
    repository.git("rebase", "-q", "-X", "theirs", "--onto", "main~1", "main", "work")


def delete(repository: Repository) -> None:
    repository.git("checkout", "-q", "--detach", "main")
    repository.git("branch", "-q", "-D", "work")


def reset(repository: Repository) -> None:
    repository.git("reset", "-q", "--hard", "main~1")


def push_by_force(repository: Repository) -> None:
    """Upstream loses the commits, and what was fetched of it is pruned."""
    repository.git("clone", "-q", "--bare", ".", "../upstream.git")
    repository.git("remote", "add", "origin", "../upstream.git")
    repository.git("fetch", "-q")
    reset(repository)
    repository.git("push", "-q", "--force", "origin", "work")
    repository.git("remote", "prune", "origin")


def start_anew(repository: Repository) -> None:
    """Every commit that was ever made is replaced."""
    repository.git("checkout", "-q", "--orphan", "fresh")
    repository.git("rm", "-rfq", ".")
    repository.commit("fresh", only="this\n")
    repository.git("branch", "-q", "-D", "work", "main")


async def keep_states(repository: Repository) -> list[tuple[Checkpoint, dict[bytes, tuple[str, bytes]], bytes]]:
    """A branch with a checkpoint at each of several states: of every kind of file, staged and not."""
    repository.commit("second", **{"b.txt": "second\n"})
    repository.git("checkout", "-q", "-b", "work")
    found = []
    for number in range(4):
        repository.commit(f"work {number}", **{"a.txt": f"{number}\n", f"made-{number}": b"\0" * number})  # type: ignore[arg-type]
        repository.write({"staged": f"staged {number}\n", "both": "first\n", "untracked/x": os.urandom(50)})
        repository.git("add", "staged", "both")
        repository.git("rm", "-q", "--cached", "sub/c.txt")
        repository.write({"both": f"then {number}\n", "b.txt": f"changed {number}\n", "run.sh": "#!/bin/sh\n"})
        (repository.path / "run.sh").chmod(0o755)
        (repository.path / "link").unlink(missing_ok=True)
        (repository.path / "link").symlink_to(f"nowhere/{number}")
        taken = await keep(repository, f"refs/agor/checkpoints/s{number % 2}/t{number}/end")
        found.append((taken, repository.files(), repository.status()))
    repository.git("stash", "-q", "--include-untracked")
    repository.git("stash", "drop", "-q")
    return found


@pytest.mark.parametrize("happened", [amend, rebase, delete, reset, push_by_force, start_anew])
@pytest.mark.parametrize("tidied", [False, True])
async def test_every_checkpoint_is_restored_byte_for_byte(
    repository: Repository, happened: Callable[[Repository], None], tidied: bool
) -> None:
    states = await keep_states(repository)
    happened(repository)
    forget_everything(repository)
    store = await store_of(repository)
    if tidied:
        await collect(store)
    for number, (taken, files, status) in enumerate(states):
        assert await load(repository, taken.commit) == taken
        await checkpoints.check_whole(store, taken)
        await supply_history(store, repository.path, taken.head)
        path = repository.path.parent / f"restored-{number}"
        await worktrees.add(repository.path, path, branch=f"restored-{number}", start=taken.head)
        await checkpoints.restore(store, path, taken)
        again = Repository(path)
        assert again.files() == files
        assert again.status() == status
        again.git("commit", "-q", "-m", "goes on")
    assert repository.git("fsck", "--full", "--strict", "--no-dangling") == b""
    assert in_store(store).git("fsck", "--full", "--strict", "--no-dangling") == b""


async def test_the_repository_may_be_deleted(repository: Repository) -> None:
    states = await keep_states(repository)
    store = await store_of(repository)
    shutil.rmtree(repository.path)
    for taken, _, _ in states:
        assert await checkpoints.load(store, taken.commit) == taken
        await checkpoints.check_whole(store, taken)
    assert in_store(store).git("fsck", "--full", "--strict", "--no-dangling") == b""


def mirrored(repository: Repository, name: str) -> list[str]:
    """The objects and refs that a mirror gets, by clone and by push."""
    found = []
    for way in ("clone", "push"):
        mirror = repository.path.parent / f"{name}-{way}.git"
        if way == "clone":
            repository.git("clone", "-q", "--mirror", f"file://{repository.path}", str(mirror))
        else:
            repository.git("init", "-q", "--bare", str(mirror))
            repository.git("push", "-q", "--mirror", str(mirror))
        there = Repository(mirror)
        found += there.text("cat-file", "--batch-all-objects", "--batch-check").splitlines()
        found += there.text("for-each-ref").splitlines()
    return sorted(found)


async def test_a_mirror_of_the_repository_holds_nothing_of_ours(repository: Repository) -> None:
    repository.write({"secret": os.urandom(100_000), "staged": "1\n"})
    repository.git("add", "staged")
    before = mirrored(repository, "before")
    for number in range(5):
        repository.write({"secret": os.urandom(100_000)})
        await take(repository, f"refs/agor/checkpoints/s/t{number}/end")
    assert mirrored(repository, "after") == before


@pytest.mark.parametrize("linked", [True, False])
async def test_many_first_checkpoints_at_once(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    if not linked:
        monkeypatch.setattr(os, "link", refuse)
    trees = []
    for number in range(4):
        tree = repository.path.parent / f"tree-{number}"
        await worktrees.add(repository.path, tree, branch=f"tree-{number}", start="main")
        Repository(tree).commit(str(number), own=f"{number}\n")
        trees.append(tree)
    store = await store_of(repository)
    taken = await asyncio.gather(
        *(checkpoints.take(store, tree, f"refs/agor/checkpoints/s/{tree.name}/{n}") for tree in trees for n in range(2))
    )
    assert len({checkpoint.head for checkpoint in taken}) == 4
    assert in_store(store).git("fsck", "--full", "--strict", "--no-dangling") == b""


async def test_a_state_that_is_kept_already_adds_no_object(repository: Repository) -> None:
    store = await store_of(repository)
    for change in ({}, {"a.txt": "changed\n", "new": "x\n"}):
        repository.write(change)
        first = await keep(repository, "refs/agor/checkpoints/s/t1/start")
        before = in_store(store).git("count-objects", "-v")
        assert await keep(repository, "refs/agor/checkpoints/s/t1/end") == first
        assert await keep(repository, "refs/agor/checkpoints/other/t2/start") == first
        assert in_store(store).git("count-objects", "-v") == before


@pytest.mark.parametrize("staged", [False, True])
async def test_files_over_the_limit_are_left_out_and_listed(repository: Repository, staged: bool) -> None:
    store = await store_of(repository)
    repository.commit(tracked=b"1" * 10, **{"other.txt": "1\n"})
    await keep(repository)
    large = {"tracked": os.urandom(2_000), "deep/large \n": os.urandom(2_000)}
    repository.write(large | {"small": "1\n", "other.txt": "2\n"})
    if staged:
        repository.git("add", "-A")
    before = repository.picture()
    taken = await checkpoints.take(store, repository.path, REF, limits=SizeLimits(file=1_000))
    assert repository.picture() == before
    assert taken.left_out == ("deep/large \n", "tracked")
    assert await load(repository) == taken
    sizes = in_store(store).text("cat-file", "--batch-all-objects", "--batch-check=%(objectsize)").split()
    assert max(map(int, sizes)) < 1_000
    again = await restored(repository, taken)
    expected = repository.files() | {b"tracked": ("file", b"1" * 10)}
    del expected[b"deep/large \n"]
    assert again.files() == expected
    assert (again.git("diff", "--cached", "--name-only") == b"other.txt\nsmall\n") is staged


async def test_the_largest_files_are_left_out_where_all_are_too_much(repository: Repository) -> None:
    store = await store_of(repository)
    repository.write({f"{size}": os.urandom(size) for size in (100, 200, 300, 400)})
    taken = await checkpoints.take(store, repository.path, REF, limits=SizeLimits(file=1_000, total=350))
    assert taken.left_out == ("300", "400")


async def test_a_large_file_in_conflict_is_as_in_head(repository: Repository) -> None:
    for branch, content in (("side", b"s"), ("main", b"m")):
        repository.git("checkout", "-q", "-B", branch, "main")
        repository.commit(branch, both=content * 2_000)
    repository.git("merge", "-q", "side", check=False)
    assert repository.git("ls-files", "-u")
    store = await store_of(repository)
    taken = await checkpoints.take(store, repository.path, REF, limits=SizeLimits(file=1_000))
    assert taken.left_out == ("both",)
    assert not taken.dirty


async def test_what_cannot_be_found_any_more_is_named(repository: Repository) -> None:
    repository.write({"lost.txt": "lost\n", "kept.txt": "kept\n"})
    taken = await keep(repository)
    store = await store_of(repository)
    blob = in_store(store).text("rev-parse", f"{taken.tree}:lost.txt")
    (store.objects / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitFailed, match=r"cannot be restored, for these files are lost: lost.txt\.$"):
        await checkpoints.check_whole(store, taken)


async def test_objects_that_another_branch_has_are_kept_too(repository: Repository) -> None:
    """A file that equals one of another branch has its blob in the user's repository already."""
    repository.git("checkout", "-q", "-b", "side")
    repository.commit(theirs="the same\n")
    repository.git("checkout", "-q", "main")
    await keep(repository)
    repository.git("checkout", "-q", "side")
    repository.commit(later="the same, later\n")
    repository.git("checkout", "-q", "main")
    repository.write({"mine": "the same\n", "more": "the same, later\n"})
    await round_trip(repository)
    repository.git("worktree", "remove", "--force", "../restored")
    repository.git("branch", "-q", "-D", "side", "restored")
    (repository.path / "mine").unlink()
    (repository.path / "more").unlink()
    forget_everything(repository)
    again = await restored(repository, await load(repository))
    assert again.files()[b"more"] == ("file", b"the same, later\n")


async def test_a_partial_clone(tmp_path: Path) -> None:
    origin = new_repository(tmp_path / "origin", {"a": "1\n", "sub/b": "1\n"})
    origin.commit(a="2\n")
    origin.config("uploadpack.allowFilter", "true")
    origin.git("clone", "-q", "--filter=blob:none", f"file://{origin.path}", "../partial")
    partial = Repository(tmp_path / "partial")
    for number in range(2):
        partial.write({"a": f"changed {number}\n", "new": "x\n"})
        taken = await keep(partial)
        assert await load(partial) == taken
        partial.commit(str(number))
    again = await restored(partial, taken)
    assert again.files()[b"a"] == ("file", b"changed 1\n")
