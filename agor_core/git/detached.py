"""Linked working trees on no branch, in which nobody works: made for a moment, and removed with whatever is in them."""

import asyncio
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from agor_core.errors import Conflict, GitFailed
from agor_core.git.files import git_directory, is_there
from agor_core.git.process import attempt, failure
from agor_core.git.worktrees import CHECKOUT_TIMEOUT, MARK, forget_entry, own_top


async def add(repo: Path, path: Path, *, commit: str, config: Iterable[tuple[str, str]] = ()) -> None:
    """Check ``commit`` out at ``path``, where nothing is; ``config`` says which filters run. No hook runs.

    When it fails or is cancelled, nothing stays. Raises Conflict for a path that is taken, and GitFailed.
    """
    if is_there(path):
        raise Conflict(f"There is already something at {path}.")
    try:
        await asyncio.to_thread(path.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
        arguments = ("worktree", "add", "--quiet", "--detach", "--", os.fspath(path), commit)
        made = await attempt(*arguments, cwd=repo, config=config, timeout=CHECKOUT_TIMEOUT)
        if made.code != 0:
            raise failure(made, *arguments)
        await own_top(repo, path)
        (git_directory(path) / MARK).touch()
    except OSError as error:
        await asyncio.shield(remove(repo, path))
        raise GitFailed(f"The worktree {path} cannot be made: {error.strerror or error}.") from error
    except BaseException:
        await asyncio.shield(remove(repo, path))
        raise


async def remove(repo: Path, path: Path) -> None:
    """Remove a working tree that :func:`add` made, or what a killed one left, with all that is in it."""
    if await asyncio.to_thread(repo.is_dir):
        await attempt("worktree", "remove", "--force", "--force", "--", os.fspath(path), cwd=repo)
        await asyncio.to_thread(_delete, path)
        await forget_entry(repo, path)
    else:
        await asyncio.to_thread(_delete, path)


def _delete(path: Path) -> None:
    """Delete a folder, also where a program took the right to write away."""
    if not is_there(path):
        return
    shutil.rmtree(path, ignore_errors=True)
    if is_there(path):
        for folder, _, _ in os.walk(path):
            os.chmod(folder, 0o700)  # noqa: PTH101 - a name that is not text
        shutil.rmtree(path, ignore_errors=True)
