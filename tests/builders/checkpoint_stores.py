"""Stores of checkpoints beside the repositories of tests, and what a user does to lose commits."""

from agor_core.git.object_store import ObjectStore, open_store
from tests.builders.repositories import Repository


async def store_of(repository: Repository) -> ObjectStore:
    """The store of a repository, in a folder beside it."""
    return await open_store(repository.path.parent / "objects/repo.git", repository.path)


def in_store(store: ObjectStore) -> Repository:
    """The store as a repository to run git in."""
    return Repository(store.path)


def forget_everything(repository: Repository) -> None:
    """Delete all that no branch or tag leads to, as far as git can."""
    repository.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
    repository.git("gc", "-q", "--prune=now", "--aggressive")
    repository.git("repack", "-q", "-a", "-d")
    repository.git("prune", "--expire=now")
