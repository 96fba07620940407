"""Make a linked working tree again in its place, after its folder was deleted by hand or let go of."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from agor_core.errors import Conflict, GitFailed
from agor_core.git.conversion import conversion
from agor_core.git.durability import SYNCED, sync_worktree
from agor_core.git.files import git_directory, is_there
from agor_core.git.location import head, listed
from agor_core.git.porcelain import printable
from agor_core.git.process import attempt, failure
from agor_core.git.worktrees import CHECKOUT_TIMEOUT, MARK, own_top


def is_gone(path: Path) -> bool:
    """Whether there is no worktree at ``path``: nothing at all, or an empty folder."""
    if not is_there(path):
        return True
    return path.is_dir() and not path.is_symlink() and next(path.iterdir(), None) is None


async def make_again(
    repo: Path, path: Path, *, branch: str, start: str, config: Iterable[tuple[str, str]] | None = None
) -> bool:
    """Check ``branch`` out at ``path``, where it stands; a branch that is gone begins again at the commit ``start``.

    ``config`` says which filters run, else none does. Returns whether the working tree stands at ``start``. When it
    fails or is cancelled, all is as it was.

    Raises:
        Conflict: something is at ``path``, the place is locked, or the branch is checked out elsewhere.
        GitFailed: git could not do it.
    """
    if not await asyncio.to_thread(is_gone, path):
        raise Conflict(f"There is already something at {path}.")
    await _check_free(repo, path, branch)
    ref = f"refs/heads/{branch}"
    chosen = (await conversion(repo)).config if config is None else config
    made_branch = (await attempt("update-ref", ref, start, "", cwd=repo, config=SYNCED)).code == 0
    try:
        await asyncio.to_thread(_remove_empty, path)
        arguments = ("worktree", "add", "--quiet", "--force", "--", os.fspath(path), branch)
        outcome = await attempt(*arguments, cwd=repo, config=(*chosen, *SYNCED), timeout=CHECKOUT_TIMEOUT)
        if outcome.code != 0:
            raise failure(outcome, *arguments)
        await own_top(repo, path)
        (git_directory(path) / MARK).touch()
        await asyncio.to_thread(sync_worktree, path)
        return (await head(path)).sha == start
    except BaseException:
        await asyncio.shield(asyncio.ensure_future(_undo(repo, path, ref if made_branch else None, start)))
        raise


async def remove_half_made(repo: Path, path: Path) -> None:
    """Remove what a killed :func:`make_again` left, in which no work was done; the branch stays."""
    await attempt("worktree", "remove", "--force", "--", os.fspath(path), cwd=repo)
    await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)


def _remove_empty(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.rmdir()


async def _check_free(repo: Path, path: Path, branch: str) -> None:
    for tree in await listed(repo):
        here = tree.path == path
        if here and tree.locked:
            raise Conflict(f"The worktree {path} is locked; unlock it first: git -C {repo} worktree unlock {path}")
        if not here and tree.branch == branch and await asyncio.to_thread(tree.path.is_dir):
            raise Conflict(
                f"The worktree {path} is gone, and its branch {printable(branch)} is checked out in {tree.path}; "
                "check out another one there first."
            )


async def _undo(repo: Path, path: Path, ref: str | None, start: str) -> None:
    await remove_half_made(repo, path)
    if ref is not None:
        outcome = await attempt("update-ref", "-d", ref, start, cwd=repo)
        if outcome.code != 0:
            raise GitFailed(f"The branch {ref} of a worktree that could not be made is still there.")
