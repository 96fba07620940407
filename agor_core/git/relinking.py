"""The links between a repository that was moved and its worktrees, and between these and their submodules."""

import asyncio
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git import submodules
from agor_core.git.durability import repair_pointer
from agor_core.git.process import attempt, git


async def relink(repo: Path, worktrees: Sequence[Path]) -> None:
    """Make the working trees of a moved repository its own again. Raises GitFailed."""
    there = [path for path in worktrees if await asyncio.to_thread((path / ".git").is_file)]
    for path in there:
        await asyncio.to_thread(_point, repo, path)
    await git("worktree", "repair", *map(os.fspath, there), cwd=repo)
    for path in there:
        await submodules.relink(path)


def _point(repo: Path, worktree: Path) -> None:
    """Write the ``.git`` file anew: git repairs none that names no repository at all."""
    with contextlib.suppress(OSError, GitFailed):
        repair_pointer(repo, worktree, wrong=True)


async def has_any(repo: Path, commits: Sequence[str]) -> bool:
    """Whether the repository has one of these commits."""
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    found = await attempt("cat-file", "--batch-check", cwd=repo, stdin=asked)
    return any(line.split(b" ")[1:2] == [b"commit"] for line in found.stdout.splitlines())
