"""The links between a repository that was moved and its worktrees, and between these and their submodules."""

import asyncio
import contextlib
import itertools
import os
from collections.abc import Sequence
from pathlib import Path

from agor_core.errors import Conflict, GitFailed
from agor_core.git import submodules
from agor_core.git.durability import admin_folder, link, repair_pointer
from agor_core.git.files import git_directory
from agor_core.git.location import listed
from agor_core.git.process import attempt, git
from agor_core.git.worktrees import MARK, own_top

MOST_LOOKED_AT = 2_000
"""Entries of a folder that are looked at for a worktree that was moved."""


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


async def moved_to(repo: Path, path: Path, branch: str | None) -> Path | None:
    """Where a worktree is that is not at ``path`` any more; None if that cannot be told.

    Git knows it if it moved the worktree itself; else the folders beside the old place and beside the repository are
    looked at. Raises GitFailed.
    """
    for tree in await listed(repo):
        moved_by_git = branch is not None and tree.branch == branch and tree.path != path
        if moved_by_git and await asyncio.to_thread(_is_ours, tree.path):
            return tree.path
    return await asyncio.to_thread(_find, repo, path)


async def relink_moved(repo: Path, old: Path, new: Path) -> None:
    """Make the folder ``new`` the working tree that was at ``old``, and repair the links of its submodules.

    Raises Conflict if it is another one, or was not made by Agor; GitFailed and OSError.
    """
    await asyncio.to_thread(_link_moved, repo, old, new)
    await git("worktree", "repair", os.fspath(new), cwd=repo)
    await own_top(repo, new)
    await submodules.relink(new)


def _link_moved(repo: Path, old: Path, new: Path) -> None:
    not_it = Conflict(f"The folder {new} is not the worktree that was at {old}.")
    admin = admin_folder(repo, old) or admin_folder(repo, new)
    named = _named_admin(new)
    if admin is None or named is None or named.name != admin.name or not (admin / MARK).is_file():
        raise not_it
    link(new, admin)


def _find(repo: Path, path: Path) -> Path | None:
    """The folder beside the old place, or beside the repository, that names the admin folder of ``path``."""
    admin = admin_folder(repo, path)
    if admin is None:
        return None
    for above in dict.fromkeys((path.parent, path.parent.parent, repo.parent)):
        with contextlib.suppress(OSError), os.scandir(above) as entries:
            for entry in itertools.islice(entries, MOST_LOOKED_AT):
                found = _named_admin(Path(entry.path))
                if (
                    found is not None
                    and Path(entry.path) != path
                    and found.name == admin.name
                    and found.samefile(admin)
                ):
                    return Path(entry.path)
    return None


def _named_admin(worktree: Path) -> Path | None:
    """The admin folder that a working tree names; it need not be there."""
    try:
        return git_directory(worktree) if (worktree / ".git").is_file() else None
    except (GitFailed, OSError):
        return None


def _is_ours(worktree: Path) -> bool:
    named = _named_admin(worktree)
    return named is not None and (named / MARK).is_file()


async def has_any(repo: Path, commits: Sequence[str]) -> bool:
    """Whether the repository has one of these commits."""
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    found = await attempt("cat-file", "--batch-check", cwd=repo, stdin=asked)
    return any(line.split(b" ")[1:2] == [b"commit"] for line in found.stdout.splitlines())
