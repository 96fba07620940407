"""A repository without commits: its checkpoints stand on an empty commit that only the store has."""

from pathlib import Path

from agor_core.git.checkpoint_message import IDENTITY
from agor_core.git.durability import SYNCED
from agor_core.git.object_store import ObjectStore
from agor_core.git.process import git

MESSAGE = b"Nothing was committed yet"


async def beginning(store: ObjectStore, worktree: Path) -> tuple[str, str, bytes | None]:
    """The empty commit, its tree, and the branch that the first commit will begin. Raises GitFailed."""
    branch = (await git("symbolic-ref", "HEAD", cwd=worktree)).strip().removeprefix(b"refs/heads/")
    env = {**IDENTITY, **store.alone}
    tree = (await git("mktree", cwd=worktree, stdin=b"", env=env, config=SYNCED)).decode().strip()
    made = await git("commit-tree", tree, cwd=worktree, stdin=MESSAGE, env=env, config=SYNCED)
    return made.decode().strip(), tree, branch


def is_beginning(commit: bytes) -> bool:
    """Whether the content of a commit is that of the empty one."""
    return commit.rstrip(b"\n").endswith(b"\n\n" + MESSAGE) and b"\nparent " not in commit
