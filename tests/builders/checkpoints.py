"""Checkpoints that are taken, restored and held against what was there."""

from agor_core.git import checkpoints, worktrees
from agor_core.git.checkpoints import Checkpoint
from tests.builders.repositories import Repository

REF = "refs/agor/checkpoints/s/t/end"


async def take(repository: Repository, ref: str = REF) -> Checkpoint:
    """Take a checkpoint, and see that nothing but the hidden ref is new."""
    repository.git("status")
    before = repository.picture()
    taken = await checkpoints.take(repository.path, ref, message="after the task")
    assert repository.picture() == before
    assert repository.text("rev-parse", ref) == taken.commit
    return taken


async def restored(repository: Repository, checkpoint: Checkpoint) -> Repository:
    path = repository.path.parent / "restored"
    await worktrees.add(repository.path, path, branch="restored", start=checkpoint.head)
    await checkpoints.restore(path, checkpoint)
    return Repository(path)


async def round_trip(repository: Repository) -> Checkpoint:
    """Through a checkpoint and back: the same files; the same status, save that nothing is staged."""
    taken = await take(repository)
    again = await restored(repository, taken)
    assert again.files() == repository.files()
    assert again.text("rev-parse", "HEAD") == taken.head
    assert again.git("diff", "--cached", "--name-only") == b""
    assert await checkpoints.load(repository.path, taken.commit) == taken
    assert await checkpoints.load(repository.path, REF) == taken
    unstaged = Repository(repository.path)
    unstaged.git("read-tree", "--reset", "HEAD", check=False)
    assert again.status() == unstaged.status()
    return taken
