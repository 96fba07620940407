"""What filters make of files that a checkpoint holds as git stores them: contents for a restoration."""

import asyncio
import os
import secrets
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agor_core.git import lfs
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.conversion import conversion
from agor_core.git.files import at
from agor_core.git.filters import FILTER_TIMEOUT, Filters
from agor_core.git.object_store import ObjectStore
from agor_core.git.placing import PROGRAM, put
from agor_core.git.porcelain import fields, tree_entries
from agor_core.git.process import attempt, git
from agor_core.git.unchanged import pointers, under_filters

LARGEST_MADE = 256 * 2**20
"""Bytes that filters make for one restoration."""


@dataclass(frozen=True, slots=True)
class Made:
    """By path, the bytes that a filter makes or the file that has them; ``lacking`` are those that it cannot make."""

    contents: Mapping[bytes, bytes | Path] = field(default_factory=dict)
    lacking: frozenset[bytes] = frozenset()


async def made_by_filters(
    store: ObjectStore, worktree: Path, wanted: Checkpoint, blobs: Mapping[bytes, str], filters: Filters
) -> Made:
    """What the filters that are on make of the blobs that ``wanted`` has at these paths.

    Git LFS knows its pointers. Of a file under any other filter a checkpoint has the bytes, unless it is large and
    unchanged.
    """
    if not filters.on:
        return Made()
    drivers = await under_filters(worktree, await conversion(worktree), blobs.keys())
    chosen = {path: driver for path, driver in drivers.items() if driver in filters.on}
    of_lfs = {path: blobs[path] for path, driver in chosen.items() if driver == lfs.DRIVER}
    others = {path: blobs[path] for path in chosen if path not in of_lfs}
    made = await _contents(store, worktree, of_lfs)
    smudged = await _smudged(store, worktree, wanted, others, filters)
    return Made({**made.contents, **smudged}, made.lacking)


async def stored_contents(store: ObjectStore, worktree: Path, blobs: Mapping[bytes, str]) -> dict[bytes, lfs.Pointer]:
    """The pointers among the blobs, by path, whose contents the repository has."""
    found = await pointers(worktree, _env(store, worktree), blobs.values())
    if not found:
        return {}
    folder = await lfs.contents_folder(worktree)
    pairs = [(path, found[blob]) for path, blob in blobs.items() if blob in found]
    return await asyncio.to_thread(lambda: {path: one for path, one in pairs if lfs.content(folder, one) is not None})


async def fill_pointers(worktree: Path) -> None:
    """Give files that are pointers of Git LFS their content, as far as it is on this machine. Raises GitFailed."""
    listed = fields(await git("ls-files", "-z", "--", f":(attr:filter={lfs.DRIVER})", cwd=worktree))
    if listed:
        await asyncio.to_thread(_fill, worktree, await lfs.contents_folder(worktree), listed)


def _fill(worktree: Path, folder: Path, paths: Sequence[bytes]) -> None:
    for path in paths:
        file = at(worktree, path)
        if _size(file) > lfs.LARGEST_POINTER or (wanted := lfs.pointer(file.read_bytes())) is None:
            continue
        if (content := lfs.content(folder, wanted)) is not None:
            put(worktree, path, PROGRAM if os.access(file, os.X_OK) else b"100644", content)


def _size(file: Path) -> int:
    """Bytes of a regular file; more than any for what is none."""
    try:
        found = file.lstat()
    except OSError:
        return sys.maxsize
    return found.st_size if stat.S_ISREG(found.st_mode) else sys.maxsize


async def _contents(store: ObjectStore, worktree: Path, blobs: Mapping[bytes, str]) -> Made:
    """The contents of the pointers among the blobs; ``lacking`` where it is not on this machine."""
    found = await pointers(worktree, _env(store, worktree), blobs.values())
    wanted = {path: found[blob] for path, blob in blobs.items() if blob in found}
    if not wanted:
        return Made()
    folder = await lfs.contents_folder(worktree)
    places = await asyncio.to_thread(lambda: {path: lfs.content(folder, one) for path, one in wanted.items()})
    contents: dict[bytes, bytes | Path] = {path: file for path, file in places.items() if file is not None}
    return Made(contents, frozenset(wanted.keys() - contents.keys()))


async def _smudged(
    store: ObjectStore, worktree: Path, wanted: Checkpoint, blobs: Mapping[bytes, str], filters: Filters
) -> dict[bytes, bytes]:
    """What ``smudge`` makes of those of the blobs that are as git had them, and of which the bytes were not kept."""
    as_stored: set[tuple[bytes, str]] = set()
    for tree in (wanted.head, wanted.staged):
        if tree is not None and blobs:
            named = [os.fsdecode(path) for path in blobs]
            listing = await store.git(
                "--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", *named, borrow=True
            )
            as_stored |= {(path, blob) for _, blob, path in tree_entries(listing)}
    kept = set()
    if wanted.exact is not None and blobs:
        listing = await store.git("ls-tree", "-r", "-z", "--full-tree", wanted.exact, borrow=True)
        kept = {path for _, _, path in tree_entries(listing)}
    paths = sorted(
        path for path in blobs if (path, blobs[path]) in as_stored and path not in kept and b"\n" not in path
    )
    if not paths:
        return {}
    mark = secrets.token_hex(16)  # git says the size before the filter, so only a mark tells where a content ends
    said = await attempt(
        "cat-file", f"--batch={mark}", "--filters",
        cwd=worktree, stdin=b"".join(blobs[path].encode() + b" " + path + b"\n" for path in paths),
        env=_env(store, worktree), config=filters.config, timeout=FILTER_TIMEOUT, limit=LARGEST_MADE,
    )  # fmt: skip
    if said.code != 0 or said.cut:
        return {}
    contents = [piece.removesuffix(b"\n") for piece in said.stdout.split(mark.encode() + b"\n")[1:]]
    return dict(zip(paths, contents, strict=True)) if len(contents) == len(paths) else {}


def _env(store: ObjectStore, worktree: Path) -> dict[str, str]:
    return {**store.borrowing, "GIT_WORK_TREE": os.fspath(worktree)}
