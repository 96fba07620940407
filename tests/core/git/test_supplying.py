"""The user's repository gets back what a new worktree needs, and nothing else."""

import pytest

from agor_core.errors import GitFailed
from agor_core.git.retention import keep_history, keep_objects
from agor_core.git.supplying import supply_history, supply_objects
from tests.builders.checkpoint_stores import forget_everything, store_of
from tests.builders.repositories import Repository


async def test_a_commit_that_is_there_is_not_copied(repository: Repository) -> None:
    store = await store_of(repository)
    head = repository.text("rev-parse", "HEAD")
    await keep_history(store, head)
    before = repository.git("count-objects", "-v")
    assert not await supply_history(store, repository.path, head)
    assert repository.git("count-objects", "-v") == before


async def test_commits_that_were_pruned_come_back(repository: Repository) -> None:
    store = await store_of(repository)
    repository.git("checkout", "-q", "-b", "side")
    lost = [repository.commit(str(number), **{"sub/c.txt": f"{number}\n"}) for number in range(3)]
    await keep_history(store, lost[-1])
    repository.git("checkout", "-q", "main")
    repository.git("branch", "-q", "-D", "side")
    forget_everything(repository)
    assert await supply_history(store, repository.path, lost[-1])
    repository.git("branch", "again", lost[-1])
    assert repository.git("fsck", "--full", "--strict") == b""
    assert repository.text("rev-list", "again", "^main").split() == lost[::-1]


async def test_a_commit_of_which_a_part_is_there(repository: Repository) -> None:
    """A commit object alone does not make a history."""
    store = await store_of(repository)
    lost = [repository.commit(str(number), **{"a.txt": f"{number}\n"}) for number in range(3)]
    await keep_history(store, lost[-1])
    text = repository.git("cat-file", "commit", lost[-1])
    repository.git("reset", "-q", "--hard", "HEAD~3")
    forget_everything(repository)
    repository.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=text)
    assert await supply_history(store, repository.path, lost[-1])
    repository.git("branch", "again", lost[-1])
    assert repository.git("fsck", "--full", "--strict") == b""


async def test_a_commit_that_is_nowhere_is_named(repository: Repository) -> None:
    with pytest.raises(GitFailed, match=r"The commit 1111111111 .* is not there any more"):
        await supply_history(await store_of(repository), repository.path, "1" * 40)


async def test_single_objects(repository: Repository) -> None:
    store = await store_of(repository)
    blob = repository.git("hash-object", "-w", "--stdin", stdin=b"staged\n").decode().strip()
    await keep_objects(store, [blob])
    assert await supply_objects(store, repository.path, [blob]) == 0
    forget_everything(repository)
    assert await supply_objects(store, repository.path, [blob, blob]) == 1
    assert repository.git("cat-file", "blob", blob) == b"staged\n"
    assert await supply_objects(store, repository.path, []) == 0
