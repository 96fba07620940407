"""Lock files that a git left which was killed, or whose power was cut; nothing else removes them.

Only those of worktrees that Agor made and of their branches are removed, and only when no git works there.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from agor_core.git.files import common_directory, git_directory


def remove_stale_locks(worktree: Path) -> list[Path]:
    """Remove the locks of a linked worktree's index, HEAD and branch, unless a git process works in it; those removed.

    Raises GitFailed if it is no working tree, and OSError.
    """
    locks = [lock for lock in _locks(worktree) if lock.is_file()]
    if not locks or git_works_in(worktree):
        return []
    for lock in locks:
        with contextlib.suppress(FileNotFoundError):
            lock.unlink()
    return locks


def _locks(worktree: Path) -> Iterator[Path]:
    admin = git_directory(worktree).resolve()
    yield from admin.glob("*.lock")
    head = (admin / "HEAD").read_bytes()
    if head.startswith(b"ref: refs/heads/"):
        yield common_directory(worktree).resolve() / os.fsdecode(head.removeprefix(b"ref:").strip() + b".lock")


def git_works_in(worktree: Path) -> bool:
    """Whether a git process stands in the worktree; assumed where the system does not list processes by files."""
    if not Path("/proc/self/cwd").exists():
        return True
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stands = (process / "cwd").readlink()
            if stands.is_relative_to(worktree) and (process / "comm").read_bytes().startswith(b"git"):
                return True
    return False
