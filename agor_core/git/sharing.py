"""Share a repository's objects with the store: hard links, or copies where the file system has none.

As ``git clone --local`` does. Git never changes an object's file, it only deletes it; a hard link costs no room and
keeps what it deletes. Nothing is locked: a ``gc`` that runs meanwhile is noticed and the rest is shared once more.
"""

import contextlib
import os
import re
import shutil
import time
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.durability import sync

_LOOSE = re.compile(r"[0-9a-f]{38}(?:[0-9a-f]{24})?")
_FAN_OUT = re.compile(r"[0-9a-f]{2}")
_PARTS = (".rev", ".promisor", ".pack", ".idx")
"""The files of a pack, its index last: git takes a pack with an index for whole."""
_TRIES = 5
_MAY_BE_DIRTY = 60.0
"""Seconds after which a file's content is on the disk, as the kernel writes it back by itself."""


def share(lender: Path, objects: Path) -> None:
    """Give the folder ``objects`` all that ``lender`` and its own alternates hold, synced.

    Raises:
        GitFailed: objects could not be read or copied, or came and went for too long.
    """
    try:
        for source in _with_alternates(lender):
            _share_one(source, objects)
    except OSError as error:
        raise GitFailed(f"The objects in {lender} cannot be shared with {objects}: {error.strerror}.") from error


def packs(objects: Path) -> set[str]:
    """The names of all packs, without suffix."""
    with contextlib.suppress(FileNotFoundError):
        return {entry.stem for entry in (objects / "pack").iterdir() if entry.suffix == ".idx"}
    return set()


def same_device(lender: Path, objects: Path) -> bool:
    """Whether hard links from one folder to the other are possible."""
    try:
        return lender.stat().st_dev == objects.stat().st_dev
    except OSError:
        return False


def _share_one(source: Path, objects: Path) -> None:
    for _ in range(_TRIES):
        before = packs(source)
        for name in before - packs(objects):
            for suffix in _PARTS:
                _link(source / "pack" / f"{name}{suffix}", objects / "pack" / f"{name}{suffix}")
        _share_loose(source, objects)
        if before == packs(source):
            sync(objects / "pack")
            sync(objects)
            return
    raise GitFailed(f"The objects in {source} were packed anew again and again; try again.")


def _share_loose(source: Path, objects: Path) -> None:
    for folder in sorted(entry.name for entry in source.iterdir() if _FAN_OUT.fullmatch(entry.name)):
        ours = objects / folder
        if lacking := _loose(source / folder) - _loose(ours):
            ours.mkdir(exist_ok=True)
            for name in lacking:
                _link(source / folder / name, ours / name)
            sync(ours)


def _loose(folder: Path) -> set[str]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        return {entry.name for entry in entries if _LOOSE.fullmatch(entry.name)}
    return set()


def _link(source: Path, target: Path) -> None:
    """Link one file, or copy it. One that is gone, or that a power cut emptied, is left out."""
    with contextlib.suppress(FileNotFoundError, FileExistsError):
        found = source.stat()
        if not found.st_size and source.suffix != ".promisor":
            return
        try:
            os.link(source, target, follow_symlinks=True)
        except FileNotFoundError:
            return
        except OSError:  # another file system, too many links, another user's file
            _copy(source, target)
        else:
            if time.time() - found.st_mtime < _MAY_BE_DIRTY:
                sync(target)


def _copy(source: Path, target: Path) -> None:
    fresh = target.with_name(f"tmp_{target.name}")  # git's own housekeeping deletes what begins with tmp_
    shutil.copyfile(source, fresh)
    fresh.chmod(0o444)
    sync(fresh)
    fresh.replace(target)


def _with_alternates(objects: Path) -> list[Path]:
    """A repository's objects folder and those that it borrows from itself (``git clone --reference``)."""
    found: list[Path] = []
    waiting = [objects]
    while waiting:
        folder = waiting.pop()
        if folder in found:
            continue
        found.append(folder)
        with contextlib.suppress(OSError):
            lines = (folder / "info/alternates").read_bytes().splitlines()
            waiting += [folder / os.fsdecode(line) for line in lines if line and not line.startswith((b"#", b'"'))]
    return [folder for folder in found if folder.is_dir()]
