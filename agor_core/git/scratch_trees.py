"""Working trees for one piece of work, without a branch: made at a commit, and removed whatever happened to them."""

import asyncio
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from agor_core.git.durability import SYNCED
from agor_core.git.files import common_directory
from agor_core.git.process import attempt, failure
from agor_core.git.worktrees import CHECKOUT_TIMEOUT, forget_entry, own_top


async def make(repo: Path, path: Path, commit: str, config: Iterable[tuple[str, str]]) -> None:
    """Check ``commit`` out at ``path``, detached; ``config`` says which filters run. No hook does. Raises GitFailed.

    When it fails or is cancelled, nothing of it stays.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    arguments = ("worktree", "add", "--quiet", "--detach", "--", os.fspath(path), commit)
    try:
        made = await attempt(*arguments, cwd=repo, config=(*config, *SYNCED), timeout=CHECKOUT_TIMEOUT)
        if made.code != 0:
            raise failure(made, *arguments)
        if b"worktree" in (common_directory(path) / "config").read_bytes():  # as in a submodule
            await own_top(repo, path)
    except BaseException:
        await asyncio.shield(asyncio.ensure_future(remove(repo, path)))
        raise


async def remove(repo: Path, path: Path) -> None:
    """Remove a working tree that :func:`make` made or began to make, with all that is in it."""
    await attempt("worktree", "remove", "--force", "--force", "--", os.fspath(path), cwd=repo)
    await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)
    await forget_entry(repo, path)
