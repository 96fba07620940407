"""Share a repository's objects with the store: hard links, or copies where the file system has none.

As ``git clone --local`` does. Git never changes an object's file, it only deletes it; a hard link costs no room and
keeps what it deletes. Nothing is locked: a ``gc`` that runs meanwhile is noticed and the rest is shared once more.
"""

import contextlib
import os
import re
import shutil
import threading
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.durability import sync_files, sync_young

_LOOSE = re.compile(r"[0-9a-f]{38}(?:[0-9a-f]{24})?")
_FAN_OUT = re.compile(r"[0-9a-f]{2}")
_PARTS = (".rev", ".promisor", ".pack", ".idx")
"""The files of a pack, its index last: git takes a pack with an index for whole."""
_TRIES = 5


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
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return {entry.stem for entry in (objects / "pack").iterdir() if entry.suffix == ".idx"}
    return set()


def same_device(lender: Path, objects: Path) -> bool:
    """Whether hard links from one folder to the other are possible."""
    try:
        return lender.stat().st_dev == objects.stat().st_dev
    except OSError:
        return False


def drop_empty(objects: Path) -> int:
    """Delete loose objects that a power cut emptied, as git would take them for the whole ones; how many."""
    empty = [objects / folder / name for folder in _fan_out(objects) for name in _loose(objects / folder)[1]]
    for file in empty:
        file.unlink(missing_ok=True)
    return len(empty)


def _share_one(source: Path, objects: Path) -> None:
    for _ in range(_TRIES):
        before = packs(source)
        names = [f"pack/{name}{suffix}" for name in sorted(before - packs(objects)) for suffix in _PARTS]
        names += _lacking_loose(source, objects)
        copies = [name for name in names if not _linked(source / name, objects / name)]
        _copy(source, objects, copies)
        sync_young([objects / name for name in names])
        if before == packs(source):
            return
    raise GitFailed(f"The objects in {source} were packed anew again and again; try again.")


def _lacking_loose(source: Path, objects: Path) -> list[str]:
    """The loose objects of ``source`` that ``objects`` does not have; their folders are made."""
    lacking: list[str] = []
    for folder in _fan_out(source):
        names = _loose(source / folder)[0] - _loose(objects / folder)[0]
        if names:
            (objects / folder).mkdir(exist_ok=True)
            lacking += [f"{folder}/{name}" for name in names]
    return lacking


def _fan_out(objects: Path) -> list[str]:
    with os.scandir(objects) as entries:
        return sorted(entry.name for entry in entries if _FAN_OUT.fullmatch(entry.name))


def _loose(folder: Path) -> tuple[set[str], set[str]]:
    """The loose objects in a folder, whole and empty ones."""
    whole: set[str] = set()
    empty: set[str] = set()
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if _LOOSE.fullmatch(entry.name):
                with contextlib.suppress(FileNotFoundError):
                    (whole if entry.stat().st_size else empty).add(entry.name)
    return whole, empty


def _linked(source: Path, target: Path) -> bool:
    """Whether nothing is left to do: it was linked, or there already, or is gone."""
    try:
        os.link(source, target, follow_symlinks=True)
    except (FileExistsError, FileNotFoundError):
        return True
    except OSError:  # another file system, too many links, another user's file
        return False
    return True


def _copy(source: Path, objects: Path, names: list[str]) -> None:
    """Copy files: their content is on the disk before they get their name, lest a power cut leaves empty ones."""
    fresh: dict[Path, Path] = {}
    for name in names:
        target = objects / name
        # git's own housekeeping deletes what begins with tmp_
        passing = target.with_name(f"tmp_{threading.get_ident()}_{target.name}")
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(source / name, passing)
            passing.chmod(0o444)
            fresh[passing] = target
    sync_files(fresh)
    for passing, target in fresh.items():
        passing.replace(target)


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
