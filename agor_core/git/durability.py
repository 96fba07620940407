"""Sync git's files to the disk before anything is acknowledged: git itself syncs packs only.

``committed`` hardens loose objects and packs, ``reference`` the refs, ``index`` the index. ``batch`` flushes the disk
once for all loose objects of a command instead of once for each (git 2.36; older ones ignore what they do not know).
A rename is durable once its folder is synced; journals put everything before it on the disk as well.
"""

import contextlib
import ctypes
import os
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from agor_core.git.files import common_directory, git_directory

SYNCED = (("core.fsync", "committed,reference,index"), ("core.fsyncMethod", "batch"))
"""Config for every command that writes what is acknowledged afterwards."""

MOST_SINGLE = 32
"""Files; for more than these the whole file system is synced, which costs one flush instead of one for each."""
_MAY_BE_DIRTY = 60.0
"""Seconds after which a file's content is on the disk, as the kernel writes it back by itself."""


def synced_environment(given: Mapping[str, str]) -> dict[str, str]:
    """Variables by which the git of an agent syncs too; none where it is ``given`` settings that way already.

    Its commits are in the user's repository; a power cut would leave empty objects and an empty branch there.
    """
    if "GIT_CONFIG_COUNT" in given:
        return {}
    settings = {"GIT_CONFIG_COUNT": str(len(SYNCED))}
    for number, (key, value) in enumerate(SYNCED):
        settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return settings


def sync(path: Path) -> None:
    """Flush a file's content, or a folder's entries, to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(files: Collection[Path]) -> None:
    """Flush files and the folders that name them; one that is gone has nothing to sync. Raises OSError."""
    if len(files) > MOST_SINGLE:
        _sync_file_system(next(iter(files)).parent)
        return
    for path in (*files, *sorted({file.parent for file in files})):
        with contextlib.suppress(FileNotFoundError):
            sync(path)


def sync_young(files: Iterable[Path]) -> None:
    """Like :func:`sync_files`, for those that were written within the last minute. Raises OSError."""
    sync_files([file for file in files if _is_young(file)])


def sync_worktree(worktree: Path) -> None:
    """Sync what git wrote for a new linked worktree: its ``.git`` file, its admin folder and its branch.

    Raises GitFailed if it is no working tree, and OSError.
    """
    admin = git_directory(worktree).resolve()
    sync_files([worktree / ".git", *(entry for entry in admin.iterdir() if entry.is_file()), _branch(worktree)])
    sync_files([worktree, admin])


def sync_head(worktree: Path) -> None:
    """Sync the index, HEAD and branch of a working tree, which the user's or an agent's git wrote without a sync.

    Raises GitFailed if it is no working tree, and OSError.
    """
    admin = git_directory(worktree).resolve()
    sync_young([admin / "index", admin / "HEAD", _branch(worktree)])


def sync_loose(objects: Path, names: Iterable[str]) -> None:
    """Sync those of the objects that are files of their own in a repository's objects folder. Raises OSError."""
    files = (objects / name[:2] / name[2:] for name in names)
    sync_files([file for file in files if file.exists()])


def _branch(worktree: Path) -> Path:
    """The file of the branch that is checked out; of a detached HEAD, a file that does not exist."""
    head = (git_directory(worktree) / "HEAD").read_bytes()
    return common_directory(worktree).resolve() / os.fsdecode(head.removeprefix(b"ref:").strip())


def _is_young(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime < _MAY_BE_DIRTY
    except OSError:
        return False


def _sync_file_system(folder: Path) -> None:
    """``syncfs``, which Python does not have; where the system does not have it either, everything is synced."""
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(descriptor)


def repair_pointer(repo: Path, worktree: Path, *, wrong: bool = False) -> bool:
    """Write the ``.git`` file of a linked worktree again if a power cut left it empty, or it is ``wrong``.

    Returns whether it was written. The repository's admin folders say which of them belongs to ``worktree``; if a power
    cut emptied that too, the folder of its name does. Raises GitFailed if ``repo`` is no repository, and OSError.
    """
    pointer = worktree / ".git"
    if not worktree.is_dir() or (
        pointer.exists() and (not pointer.is_file() or (pointer.read_bytes().strip(b"\0 \n") and not wrong))
    ):
        return False
    admin = admin_folder(repo, worktree)
    if admin is None:
        return False
    link(worktree, admin)
    return True


def link(worktree: Path, admin: Path) -> None:
    """Make a working tree and its admin folder in the repository name each other. Raises OSError."""
    pointer = worktree / ".git"
    for file, content in ((pointer, b"gitdir: " + os.fsencode(admin)), (admin / "gitdir", os.fsencode(pointer))):
        _write(file, content + b"\n")


def admin_folder(repo: Path, worktree: Path) -> Path | None:
    """The admin folder that the repository has for a working tree at this path; None if it has none. GitFailed."""
    return _admin_folder(common_directory(repo) / "worktrees", worktree)


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
