"""Bring files of a working tree back to what a checkpoint holds, in the midst of work.

HEAD, branch and index stay as they are: what differs from them is uncommitted. Nothing is overwritten or deleted but
what another checkpoint, taken just before, holds byte for byte: a file that is ignored, too large for a checkpoint, or
was written in the meantime stays, and is named. So taking that other checkpoint's files brings everything back.

A file under a filter is as the filter makes it, where that may run: of Git LFS its content, and not its pointer.
"""

import asyncio
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import InvalidInput
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.files import at, is_there
from agor_core.git.filtered import Made, made_by_filters, stored_contents
from agor_core.git.filters import Filters
from agor_core.git.lfs import Pointer, holds
from agor_core.git.object_store import ObjectStore
from agor_core.git.placing import put
from agor_core.git.porcelain import GITLINK, lossy, printable, tree_entries

BATCH = 64 * 2**20
"""Bytes of files that are read from the store at once."""
LARGEST = 2**30
"""Bytes; a larger file is not brought back."""
_CHUNK = 2**20

Contents = Mapping[bytes, tuple[bytes, str]]
"""Mode and blob of each path."""


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """``written`` and ``removed`` are what differs; ``kept`` differs too, and stays for what would be lost."""

    written: Mapping[bytes, tuple[bytes, str]]
    removed: tuple[bytes, ...]
    kept: tuple[bytes, ...]


async def plan(
    store: ObjectStore, worktree: Path, now: Checkpoint, wanted: Checkpoint, paths: Sequence[str] = ()
) -> RestorePlan:
    """What has to change so that the files (of ``paths``: files and folders, else all) are as in ``wanted``.

    ``now`` is a checkpoint of what is there. Submodules stay as they are. Raises GitFailed, and InvalidInput for a path
    that neither checkpoint has.
    """
    here, there = await asyncio.gather(contents_of(store, now), contents_of(store, wanted))
    chosen = _chosen(here.keys() | there.keys(), paths)
    differing = sorted(path for path in chosen if here.get(path) != there.get(path))
    contents = await stored_contents(store, worktree, {path: here[path][1] for path in differing if path in here})
    limits = frozenset(wanted.left_out)
    return await asyncio.to_thread(_planned, worktree, here, there, differing, limits, contents)


async def carry_out(
    store: ObjectStore,
    worktree: Path,
    planned: RestorePlan,
    *,
    wanted: Checkpoint | None = None,
    filters: Filters | None = None,
) -> RestorePlan:
    """Write and delete the files; what could not be written because of what is in its way is ``kept``, too.

    Of the ``filters`` those that are on make the files that are under them and that ``wanted``, the checkpoint, holds
    as git stores them. Raises GitFailed and OSError.
    """
    await asyncio.to_thread(remove, worktree, planned.removed)
    attributes = {path: entry for path, entry in planned.written.items() if path.endswith(b".gitattributes")}
    others = {path: entry for path, entry in planned.written.items() if path not in attributes}
    written, kept = await _write_all(store, worktree, attributes, Made())
    blobs = {path: blob for path, (_, blob) in others.items()}
    made = (
        Made() if wanted is None or filters is None else await made_by_filters(store, worktree, wanted, blobs, filters)
    )
    more, blocked = await _write_all(store, worktree, others, made)
    return RestorePlan(written | more, planned.removed, tuple(sorted([*planned.kept, *kept, *blocked])))


async def _write_all(
    store: ObjectStore, worktree: Path, files: Mapping[bytes, tuple[bytes, str]], made: Made
) -> tuple[dict[bytes, tuple[bytes, str]], list[bytes]]:
    """Write files; those that were written, and those that were not."""
    written: dict[bytes, tuple[bytes, str]] = {}
    blocked: list[bytes] = []
    sizes = await _sizes(store, {blob for _, blob in files.values()})
    for batch in _batches(files, sizes):
        contents = await read(store, [blob for path, (_, blob) in batch if path not in made.contents], sizes)
        for path, (mode, blob) in batch:
            content = None if path in made.lacking else made.contents.get(path, contents.get(blob))
            if content is not None and await asyncio.to_thread(put, worktree, path, mode, content):
                written[path] = (mode, blob)
            else:
                blocked.append(path)
    return written, blocked


async def contents_of(store: ObjectStore, checkpoint: Checkpoint) -> dict[bytes, tuple[bytes, str]]:
    """The bytes of every file: those that git would convert as they were, the others as git stores them."""
    found: dict[bytes, tuple[bytes, str]] = {}
    for tree in (checkpoint.tree, checkpoint.exact):
        if tree is not None:
            listing = await store.git("ls-tree", "-r", "-z", "--full-tree", tree, borrow=True)
            found |= {path: (mode, blob) for mode, blob, path in tree_entries(listing) if mode != GITLINK}
    return found


def _chosen(known: Iterable[bytes], paths: Sequence[str]) -> list[bytes]:
    """The known paths that are named, or are in a folder that is named. Raises InvalidInput for a name of neither."""
    everything = list(known)
    if not paths:
        return everything
    chosen: set[bytes] = set()
    for path in paths:
        name = os.fsencode(path).strip(b"/").removeprefix(b"./")
        if name in (b".", b""):
            return everything
        inside = {one for one in everything if one == name or one.startswith(name + b"/")}
        if not inside:
            raise InvalidInput(f"{printable(path)}: neither the checkpoint nor the folder has it.", place="paths")
        chosen |= inside
    return sorted(chosen)


def _planned(
    worktree: Path,
    here: Contents,
    there: Contents,
    differing: list[bytes],
    left_out: frozenset[str],
    stored: Mapping[bytes, Pointer],
) -> RestorePlan:
    free = {path for path in differing if lossy(path) not in left_out and may_go(worktree, path, here, stored)}
    going = free - there.keys()
    blocked = {path for path in free if (block := in_the_way(worktree, path)) is not None and block not in going}
    changed = [path for path in differing if path in free - blocked]
    return RestorePlan(
        {path: there[path] for path in changed if path in there},
        tuple(path for path in changed if path not in there),
        tuple(path for path in differing if path not in free - blocked),
    )


def in_the_way(worktree: Path, path: bytes) -> bytes | None:
    """The file or link that stands where a folder of the path has to be; None if there is none."""
    parts = path.split(b"/")
    for end in range(1, len(parts)):
        above = b"/".join(parts[:end])
        folder = at(worktree, above)
        if not is_there(folder):
            return None
        if not stat.S_ISDIR(folder.lstat().st_mode):
            return above
    return None


def may_go(worktree: Path, path: bytes, here: Contents, stored: Mapping[bytes, Pointer] | None = None) -> bool:
    """Whether nothing is lost at a path: there is nothing, or just what the checkpoint of now holds.

    Of a ``stored`` content of Git LFS the checkpoint holds the pointer.
    """
    if any(part.lower() == b".git" for part in path.split(b"/")):
        return False
    file = at(worktree, path)
    if in_the_way(worktree, path) is not None or not is_there(file):
        return True
    if path not in here:  # a folder of files that are in the checkpoint is emptied first
        return stat.S_ISDIR(file.lstat().st_mode)
    if blob_of(file, len(here[path][1])) == here[path][1]:
        return True
    return stored is not None and path in stored and holds(file, stored[path])


def blob_of(file: Path, digits: int) -> str | None:
    """The name that git gives to a file's bytes; None if it cannot be read or is no file."""
    digest = hashlib.sha256() if digits > 40 else hashlib.sha1(usedforsecurity=False)
    try:
        if file.is_symlink():
            target = os.fsencode(file.readlink())
            digest.update(b"blob %d\0" % len(target) + target)
            return digest.hexdigest()
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode):
                return None
            digest.update(b"blob %d\0" % found.st_size)
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()


def remove(worktree: Path, paths: Iterable[bytes]) -> None:
    """Delete files, and the folders that are empty then."""
    for path in paths:
        file = at(worktree, path)
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == worktree:
                break
            try:
                folder.rmdir()
            except OSError:
                break


async def _sizes(store: ObjectStore, blobs: Iterable[str]) -> dict[str, int]:
    """The size of each blob that is there."""
    asked = "".join(f"{blob}\n" for blob in sorted(blobs)).encode()
    if not asked:
        return {}
    arguments = ("cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer")
    found = (await store.git(*arguments, stdin=asked, borrow=True)).decode().splitlines()
    return {name: int(size) for name, _, size in (line.partition(" ") for line in found) if size.isdecimal()}


def _batches(
    files: Mapping[bytes, tuple[bytes, str]], sizes: Mapping[str, int]
) -> Iterator[list[tuple[bytes, tuple[bytes, str]]]]:
    """The files in portions of few bytes; a large one is a portion of its own."""
    batch: list[tuple[bytes, tuple[bytes, str]]] = []
    total = 0
    for path, content in files.items():
        size = sizes.get(content[1], 0)
        if batch and total + size > BATCH:
            yield batch
            batch, total = [], 0
        batch.append((path, content))
        total += size
    if batch:
        yield batch


async def read(store: ObjectStore, blobs: list[str], sizes: Mapping[str, int] | None = None) -> dict[str, bytes]:
    """The content of the blobs that are there, as far as they are not too large. Raises GitFailed."""
    sizes = await _sizes(store, blobs) if sizes is None else sizes
    names = [blob for blob in dict.fromkeys(blobs) if sizes.get(blob, LARGEST + 1) <= LARGEST]
    if not names:
        return {}
    total = sum(sizes[name] for name in names) + 200 * len(names)
    output = (
        await store.attempt(
            "cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode(), borrow=True, limit=total
        )
    ).stdout
    contents: dict[str, bytes] = {}
    position = 0
    for name in names:
        begin = output.index(b"\n", position) + 1
        contents[name] = output[begin : begin + sizes[name]]
        position = begin + sizes[name] + 1
    return contents


def named(paths: Iterable[bytes]) -> tuple[str, ...]:
    """Paths as text for people and records."""
    return tuple(lossy(path) for path in paths)
