"""Checkpoints that are taken, restored and held against what was there."""

from agor_core.git import checkpoints, worktrees
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.supplying import supply_history
from tests.builders.checkpoint_stores import in_store, store_of
from tests.builders.repositories import Repository

REF = "refs/agor/checkpoints/s/t/end"


async def keep(repository: Repository, ref: str = REF) -> Checkpoint:
    """Take a checkpoint."""
    return await checkpoints.take(await store_of(repository), repository.path, ref)


async def take(repository: Repository, ref: str = REF) -> Checkpoint:
    """Take a checkpoint, and see that nothing in the repository is new, neither ref nor object."""
    repository.git("status")
    before = repository.picture()
    taken = await keep(repository, ref)
    assert repository.picture() == before
    ours = in_store(await store_of(repository))
    assert ours.text("rev-parse", ref) == taken.commit
    assert ours.git("fsck", "--connectivity-only", "--no-dangling") == b""
    return taken


async def load(repository: Repository, name: str = REF) -> Checkpoint:
    return await checkpoints.load(await store_of(repository), name)


async def kept_in(repository: Repository) -> Repository:
    """The store of a repository, to run git in."""
    return in_store(await store_of(repository))


async def restored(repository: Repository, checkpoint: Checkpoint) -> Repository:
    """The checkpoint in a new worktree, as a fork makes one."""
    path, store = repository.path.parent / "restored", await store_of(repository)
    await checkpoints.check_whole(store, checkpoint)
    await supply_history(store, repository.path, checkpoint.head)
    await worktrees.add(repository.path, path, branch="restored", start=checkpoint.head)
    await checkpoints.restore(store, path, checkpoint)
    return Repository(path)


async def round_trip(repository: Repository) -> Checkpoint:
    """Through a checkpoint and back: the same files, the same status, the same staged content."""
    taken = await take(repository)
    again = await restored(repository, taken)
    assert again.files() == repository.files()
    assert again.text("rev-parse", "HEAD") == taken.head
    assert await load(repository, taken.commit) == taken
    assert await load(repository) == taken
    assert again.status() == repository.status()
    assert again.git("diff", "--cached", "--raw", "-z") == repository.git("diff", "--cached", "--raw", "-z")
    return taken
