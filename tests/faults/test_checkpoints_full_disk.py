"""Checkpoints into a home whose disk is full: they fail in a sentence, harm nothing, and go on when there is room."""

import os
from pathlib import Path

import pytest

from agor_core.errors import GitFailed
from agor_core.git import checkpoints
from agor_core.git.object_store import open_store
from agor_core.git.packing import collect
from tests.builders.repositories import Repository, new_repository

REF = "refs/agor/checkpoints/s/t"


async def test_it_says_so_harms_nothing_and_goes_on_when_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": "1\n"})
    store = await open_store(small_disk / "objects/r.git", repository.path)
    kept = await checkpoints.take(store, repository.path, f"{REF}1/end")
    (small_disk / "ballast").write_bytes(bytes(1_000_000))
    repository.write({f"{number}": os.urandom(200_000) for number in range(15)})
    before = repository.picture()
    for _ in range(3):
        with pytest.raises(GitFailed):
            await checkpoints.take(store, repository.path, f"{REF}2/end")
    assert repository.picture() == before
    assert await checkpoints.load(store, f"{REF}1/end") == kept
    (small_disk / "ballast").unlink()
    await collect(store)
    for number in range(4, 15):
        (repository.path / f"{number}").unlink()
    taken = await checkpoints.take(store, repository.path, f"{REF}2/end")
    await checkpoints.check_whole(store, taken)
    assert Repository(store.path).git("fsck", "--full", "--strict", "--no-dangling") == b""
