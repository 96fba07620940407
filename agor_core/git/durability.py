"""Sync git's files to the disk before anything is acknowledged: git itself syncs packs only.

``committed`` hardens loose objects and packs, ``reference`` the refs, ``index`` the index. ``batch`` flushes the disk
once for all loose objects of a command instead of once for each (git 2.36; older ones ignore what they do not know).
Renames are durable once the folder, or anything after them in the file system's journal, is synced.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from agor_core.git.files import common_directory, git_directory

SYNCED = (("core.fsync", "committed,reference,index"), ("core.fsyncMethod", "batch"))
"""Config for every command that writes what is acknowledged afterwards."""


def sync(path: Path) -> None:
    """Flush a file's content, or a folder's entries, to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folders(folders: Iterable[Path], *, top: Path) -> None:
    """Sync each folder and those above it, up to and with ``top``; a folder that is gone has nothing to sync."""
    chain = {folder for given in folders for folder in (given, *given.parents) if folder.is_relative_to(top)}
    for folder in sorted(chain, key=lambda path: len(path.parts), reverse=True):
        with contextlib.suppress(FileNotFoundError):
            sync(folder)


def sync_worktree(worktree: Path) -> None:
    """Sync what git wrote for a new linked worktree: its ``.git`` file, its admin folder and its branch.

    Raises GitFailed if it is no working tree, and OSError.
    """
    for file in (worktree / ".git", *(entry for entry in git_directory(worktree).iterdir() if entry.is_file())):
        sync(file)
    sync_head(worktree)
    sync(worktree)
    sync(worktree.parent)


def sync_head(worktree: Path) -> None:
    """Sync the index, HEAD and branch of a working tree, which the user's or an agent's git wrote without a sync.

    Raises GitFailed if it is no working tree, and OSError.
    """
    admin, common = git_directory(worktree).resolve(), common_directory(worktree).resolve()
    branch = common / os.fsdecode((admin / "HEAD").read_bytes().removeprefix(b"ref:").strip())
    for file in (admin / "index", admin / "HEAD", branch):
        with contextlib.suppress(FileNotFoundError):
            sync(file)
    sync_folders([admin, branch.parent], top=common)


def sync_loose(objects: Path, names: Iterable[str]) -> None:
    """Sync those of the objects that are files of their own in a repository's objects folder. Raises OSError."""
    folders = set()
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            sync(objects / name[:2] / name[2:])
            folders.add(objects / name[:2])
    sync_folders(folders, top=objects)


def repair_pointer(repo: Path, worktree: Path) -> bool:
    """Write the ``.git`` file of a linked worktree again if a power cut left it empty; whether it was.

    The repository's admin folders say which of them belongs to ``worktree``; if a power cut emptied that too, the
    folder of the worktree's name does. Raises GitFailed if ``repo`` is no repository, and OSError.
    """
    pointer = worktree / ".git"
    if not worktree.is_dir() or (pointer.exists() and (not pointer.is_file() or pointer.read_bytes().strip(b"\0 \n"))):
        return False
    admin = _admin_folder(common_directory(repo) / "worktrees", worktree)
    if admin is None:
        return False
    for file, content in ((pointer, b"gitdir: " + os.fsencode(admin)), (admin / "gitdir", os.fsencode(pointer))):
        _write(file, content + b"\n")
    return True


def _admin_folder(entries: Path, worktree: Path) -> Path | None:
    wanted, nameless = os.fsencode(worktree / ".git"), None
    for backlink in entries.glob("*/gitdir"):
        said = backlink.read_bytes().strip(b"\0 \n")
        if said == wanted:
            return backlink.parent
        if not said and backlink.parent.name == worktree.name:
            nameless = backlink.parent
    return nameless


def _write(file: Path, content: bytes) -> None:
    fresh = file.with_name(f"{file.name}.agor")
    fresh.write_bytes(content)
    sync(fresh)
    fresh.replace(file)
    sync(file.parent)
