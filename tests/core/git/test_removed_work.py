"""A last checkpoint holds what a forced removal discards: hidden, ignored, staged and committed work, for 14 days."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agor_core.git import checkpoints, packing, removed_work, worktrees
from agor_core.git.files import SizeLimits
from agor_core.git.ignored import MOST_IN_FOLDER
from agor_core.git.object_store import ObjectStore, open_store
from agor_core.git.refs import REMOVED, checkpoint_ref, refs_below
from tests.builders.repositories import Repository

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def store(repository: Repository, tmp_path: Path) -> ObjectStore:
    return await open_store(tmp_path / "home/objects/r.git", repository.path)


@pytest.fixture
async def tree(repository: Repository, tmp_path: Path) -> Repository:
    repository.commit(**{".gitignore": ".env\nbuilt/\nsmall/\n", "mine.txt": "theirs", "assumed.txt": "theirs"})
    await worktrees.add(repository.path, tmp_path / "tree", branch="work", start="HEAD")
    return Repository(tmp_path / "tree")


async def kept(store: ObjectStore, tree: Repository, *, now: datetime = NOW) -> removed_work.RemovedWork:
    return await removed_work.keep(store, tree.path, "w1", branch="work", now=now, limits=SizeLimits())


async def test_every_file_that_a_removal_takes_is_in_it(
    repository: Repository, tree: Repository, store: ObjectStore, tmp_path: Path
) -> None:
    tree.git("update-index", "--skip-worktree", "mine.txt")
    tree.git("update-index", "--assume-unchanged", "assumed.txt")
    tree.write({"mine.txt": "my own", "assumed.txt": "mine too", ".env": "KEY=1", "small/deep/x": "x", "new": "n"})
    tree.write({"small/.git/config": "of a repository in there"})
    tree.write({f"built/{number}": "b" for number in range(MOST_IN_FOLDER + 1)})
    before, files = tree.picture(), tree.files()
    work = await kept(store, tree)
    assert tree.picture() == before
    assert work.checkpoint.left_out == ("built/",)
    await worktrees.remove(repository.path, tree.path, branch="work", discard=True)
    assert not tree.path.exists()
    await worktrees.add(repository.path, tmp_path / "again", branch="again", start=work.checkpoint.head)
    await checkpoints.restore(store, tmp_path / "again", await checkpoints.load(store, work.ref))
    there = Repository(tmp_path / "again").files()
    assert there == {path: found for path, found in files.items() if not path.startswith(b"built/")}


async def test_commits_that_go_with_the_worktree_outlive_it(
    repository: Repository, tree: Repository, store: ObjectStore
) -> None:
    await checkpoints.take(store, tree.path, checkpoint_ref("s", "t", "start"))
    reset_away = tree.commit(one="1", two="2")
    tree.git("reset", "-q", "--hard", "HEAD~1")
    tip = tree.commit(three="3")
    tree.git("checkout", "-q", "--detach", "HEAD~1")
    work = await kept(store, tree)
    assert set(work.commits) == {reset_away, tip}
    await worktrees.remove(repository.path, tree.path, branch="work", discard=True)
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "-q", "--prune=now")
    await packing.collect(store)
    for commit, name, content in ((reset_away, "two", b"2"), (tip, "three", b"3")):
        assert await store.git("cat-file", "blob", f"{commit}:{name}") == content
        assert await store.git("rev-list", "--count", commit) == b"3\n"
    await checkpoints.check_whole(store, await checkpoints.load(store, work.ref))


async def test_after_14_days_it_is_let_go(tree: Repository, store: ObjectStore) -> None:
    tree.write({"new": "n"})
    await kept(store, tree)
    later = await kept(store, tree, now=NOW + timedelta(days=1))
    assert await removed_work.expire(store, NOW + timedelta(days=14)) == 0
    assert await removed_work.expire(store, NOW + timedelta(days=14, seconds=1)) == 1
    assert list(await refs_below(store, REMOVED)) == [later.ref]
    assert packing.needs_collecting(store)
