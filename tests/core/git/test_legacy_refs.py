"""Checkpoints that earlier versions kept in the user's repository move into the store, whatever happens meanwhile."""

import asyncio

import pytest

from agor_core.errors import GitFailed
from agor_core.git import legacy_refs
from agor_core.git.legacy_refs import take_over
from agor_core.git.retention import missing
from tests.builders.checkpoint_stores import forget_everything, in_store, store_of
from tests.builders.repositories import Repository

OLD = "refs/agor/checkpoints/s/t"


def old_checkpoint(repository: Repository, point: str, content: str) -> str:
    """A checkpoint as version 0.1 took it: a commit beside the branch, under a ref in the user's repository."""
    repository.write({"new": content})
    repository.git("add", "new")
    tree = repository.text("write-tree")
    repository.git("rm", "-q", "--cached", "new")
    commit = repository.git("commit-tree", tree, "-p", "HEAD", stdin=b"Agor: x\n\nAgor-Branch: main").decode().strip()
    repository.git("update-ref", f"{OLD}/{point}", commit)
    return commit


def agor_refs(repository: Repository) -> dict[str, str]:
    lines = repository.text("for-each-ref", "--format=%(refname) %(objectname)", "refs/agor").splitlines()
    return dict(line.split() for line in lines)


async def test_they_move(repository: Repository) -> None:
    start, end = old_checkpoint(repository, "start", "1"), old_checkpoint(repository, "end", "2")
    store = await store_of(repository)
    assert await take_over(store, repository.path) == 2
    assert agor_refs(repository) == {}
    assert agor_refs(in_store(store)) == {f"{OLD}/start": start, f"{OLD}/end": end}
    forget_everything(repository)
    assert in_store(store).git("fsck", "--full") == b""
    assert in_store(store).git("cat-file", "blob", f"{end}:new") == b"2"
    assert await take_over(store, repository.path) == 0


async def test_a_kill_at_any_moment(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step that can be the last one before a kill: sharing, the store's refs, the user's refs."""
    start = old_checkpoint(repository, "start", "1")
    steps = 0

    def counted(name: str, last: int) -> None:
        original = getattr(legacy_refs, name)

        async def step(*arguments: object, **options: object) -> object:
            nonlocal steps
            steps += 1
            if steps > last:
                raise asyncio.CancelledError
            return await original(*arguments, **options)

        monkeypatch.setattr(legacy_refs, name, step)

    for last in range(8):
        steps = 0
        with monkeypatch.context():
            for name in ("git", "attempt", "missing"):
                counted(name, last)
            store = await store_of(repository)
            try:
                await take_over(store, repository.path)
            except asyncio.CancelledError:
                ended = False
            else:
                ended = True
            monkeypatch.undo()
        kept = agor_refs(repository) | agor_refs(in_store(store))
        assert kept[f"{OLD}/start"] == start
        if ended:
            break
    else:
        pytest.fail("it never came to its end")
    assert last >= 2
    assert agor_refs(repository) == {}


async def test_one_that_a_power_cut_emptied_is_dropped_and_the_repository_is_whole_again(
    repository: Repository, caplog: pytest.LogCaptureFixture
) -> None:
    start, lost = old_checkpoint(repository, "start", "1"), old_checkpoint(repository, "end", "2")
    file = repository.path / f".git/objects/{lost[:2]}/{lost[2:]}"
    file.chmod(0o644)
    file.write_bytes(b"")
    store = await store_of(repository)
    assert await take_over(store, repository.path) == 1
    assert agor_refs(repository) == {}
    assert agor_refs(in_store(store)) == {f"{OLD}/start": start}
    assert "is lost" in caplog.text


async def test_one_that_only_the_repository_can_read_stays(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start = old_checkpoint(repository, "start", "1")
    monkeypatch.setattr(legacy_refs, "share", lambda *_: None)
    store = await store_of(repository)
    assert await take_over(store, repository.path) == 0
    assert agor_refs(repository) == {f"{OLD}/start": start}
    assert "stays" in caplog.text
    assert await missing(store, [start]) == [start]


async def test_a_folder_that_is_no_repository(repository: Repository) -> None:
    store = await store_of(repository)
    with pytest.raises(GitFailed):
        await take_over(store, repository.path.parent)
