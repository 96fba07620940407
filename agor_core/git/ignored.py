"""Ignored files, and those that a last checkpoint takes in: single ones and small folders, not what was built."""

import asyncio
import os
from pathlib import Path

from agor_core.git.files import at
from agor_core.git.porcelain import fields
from agor_core.git.snapshot import Index

MOST_IN_FOLDER = 200
"""Files of an ignored folder; one with more is left out."""


async def ignored_paths(index: Index) -> list[bytes]:
    """The ignored files; a folder that is ignored as a whole is one path, which ends with a slash. Raises GitFailed."""
    arguments = ("ls-files", "-z", "-o", "-i", "--directory", "--no-empty-directory", "--exclude-standard")
    return sorted(fields(await index.git(*arguments)))


async def few_ignored(index: Index) -> tuple[list[bytes], list[bytes]]:
    """The ignored files, and the folders of too many files, which end with a slash. Raises GitFailed."""
    return await asyncio.to_thread(_sorted_out, index.worktree, await ignored_paths(index))


def _sorted_out(worktree: Path, listed: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    files: list[bytes] = []
    left_out: list[bytes] = []
    for path in listed:
        if not path.endswith(b"/"):
            files.append(path)
        elif (inside := _files_in(worktree, path)) is None:
            left_out.append(path)
        else:
            files += inside
    return files, left_out


def _files_in(worktree: Path, folder: bytes) -> list[bytes] | None:
    """The files of a folder, without those of a repository's own folder; None if there are too many."""
    found: list[bytes] = []
    for top, folders, names in os.walk(os.fsencode(at(worktree, folder))):
        links = [name for name in folders if os.path.islink(os.path.join(top, name))]  # noqa: PTH114, PTH118 - bytes
        folders[:] = [name for name in folders if name.lower() != b".git"]
        below = os.path.relpath(top, os.fsencode(worktree))
        found += [below + b"/" + name for name in [*names, *links] if name.lower() != b".git"]
        if len(found) > MOST_IN_FOLDER:
            return None
    return found
