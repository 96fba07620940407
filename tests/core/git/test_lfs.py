"""Files of Git LFS, by a program that speaks as git's filters do: contents in ``lfs/objects``, pointers in git."""

import hashlib
import os
from pathlib import Path

import pytest

from agor_core.git import checkpoints, filters, lfs, restoring
from agor_core.git.filtered import fill_pointers
from tests.builders.checkpoint_stores import store_of
from tests.builders.checkpoints import keep
from tests.builders.repositories import Repository, new_repository

CLEAN = """#!/bin/sh
mkdir -p "$1"; cat > "$1.tmp"; digest=$(sha256sum "$1.tmp" | cut -c1-64); size=$(stat -c %s "$1.tmp")
folder="$1/$(echo $digest | cut -c1-2)/$(echo $digest | cut -c3-4)"; mkdir -p "$folder"; mv "$1.tmp" "$folder/$digest"
printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' $digest $size
"""
FIRST, SECOND = b"first\n" * 400, b"second\n" * 400


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository whose ``a.bin`` is too large for a checkpoint to keep the bytes of what is committed."""
    monkeypatch.setattr("agor_core.git.exact.LARGEST_FILTERED", 1000)
    (tmp_path / "gitconfig").touch()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    repository = new_repository(tmp_path / "repo", {".gitattributes": "*.bin filter=lfs -text\n"}, commit=False)
    (tmp_path / "clean").write_text(CLEAN)
    (tmp_path / "clean").chmod(0o755)
    repository.git("config", "--global", "filter.lfs.clean", f"{tmp_path}/clean {repository.path}/.git/lfs/objects")
    repository.git("config", "--global", "filter.lfs.smudge", "cat")
    repository.write({"a.bin": FIRST, "b.txt": "b\n"})
    repository.commit()
    return repository


async def restored(repository: Repository, wanted: checkpoints.Checkpoint) -> restoring.RestorePlan:
    store, now = await store_of(repository), await keep(repository, "refs/agor/checkpoints/s/t/before")
    planned = await restoring.plan(store, repository.path, now, wanted)
    allowed = await filters.allowed_filters(repository.path, None)
    return await restoring.carry_out(store, repository.path, planned, wanted=wanted, filters=allowed)


async def test_a_file_that_was_touched_and_is_the_same_is_no_change(repository: Repository) -> None:
    os.utime(repository.path / "a.bin", (1, 1))
    assert not (await keep(repository)).dirty
    repository.write({"a.bin": SECOND})
    assert (await keep(repository)).dirty


async def test_a_content_comes_back_and_git_finds_nothing_changed(repository: Repository) -> None:
    wanted = await keep(repository)
    repository.write({"a.bin": SECOND})
    done = await restored(repository, wanted)
    assert (list(done.written), done.kept) == ([b"a.bin"], ())
    assert ((repository.path / "a.bin").read_bytes(), repository.status()) == (FIRST, b"")


async def test_a_committed_content_goes_for_another_and_comes_back(repository: Repository) -> None:
    wanted = await keep(repository)
    repository.write({"a.bin": SECOND})
    repository.commit()
    later = await keep(repository, "refs/agor/checkpoints/s/t/later")
    assert list((await restored(repository, wanted)).written) == [b"a.bin"]
    assert (repository.path / "a.bin").read_bytes() == FIRST
    assert list((await restored(repository, later)).written) == [b"a.bin"]
    assert ((repository.path / "a.bin").read_bytes(), repository.status()) == (SECOND, b"")


async def test_a_content_that_is_not_on_this_machine_is_named_and_nothing_is_overwritten(
    repository: Repository,
) -> None:
    wanted = await keep(repository)
    digest = hashlib.sha256(FIRST).hexdigest()
    (repository.path / ".git/lfs/objects" / digest[:2] / digest[2:4] / digest).unlink()
    repository.write({"a.bin": SECOND})
    assert (await restored(repository, wanted)).kept == (b"a.bin",)
    assert (repository.path / "a.bin").read_bytes() == SECOND


async def test_a_staged_content_is_there_in_a_fork(repository: Repository, tmp_path: Path) -> None:
    repository.write({"a.bin": SECOND})
    repository.git("add", "a.bin")
    taken = await keep(repository)
    repository.git("worktree", "add", "-q", str(tmp_path / "fork"))
    await checkpoints.restore(await store_of(repository), tmp_path / "fork", taken)
    await fill_pointers(tmp_path / "fork")
    fork = Repository(tmp_path / "fork")
    assert ((fork.path / "a.bin").read_bytes(), fork.status()) == (SECOND, b"M  a.bin\0")


def test_only_a_pointer_is_a_pointer() -> None:
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 3\n".encode()
    assert lfs.pointer(text) == lfs.Pointer("a" * 64, 3)
    assert lfs.pointer(text + b"more") is None
    assert lfs.pointer(b"version of mine\n") is None
