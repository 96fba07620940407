"""Staged changes: kept as a tree beside the files, and staged again in a restored worktree."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.files import SizeLimits
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import RawChange, raw_changes
from agor_core.git.retention import keep_objects
from agor_core.git.snapshot import Index, real_index, revert
from agor_core.git.supplying import supply_objects

_RAW = ("-z", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff")


@dataclass(frozen=True, slots=True)
class Staged:
    """How the index differs from HEAD: its ``tree``, None if it does not, or has none in the middle of a merge.

    ``left_out`` are paths whose staged content is too large.
    """

    changed: bool = False
    tree: str | None = None
    left_out: tuple[bytes, ...] = ()


async def keep_staged(index: Index, store: ObjectStore, limits: SizeLimits) -> Staged:
    """Make all that is staged whole in the store. The index itself stays as it is."""
    if not index.file.exists():
        return Staged(changed=True)
    changes = raw_changes(await index.git("diff-index", "--cached", *_RAW, index.head, "--"))
    if not changes:
        return Staged()
    blobs = {change.blob for change in changes if change.holds_blob}
    large = await _larger(index, sorted(blobs), limits.file)
    left_out = tuple(change.path for change in changes if change.blob in large)
    await keep_objects(store, sorted(blobs - large))
    own = replace(index, file=index.file.with_name("staged"))
    shutil.copy2(index.file, own.file)
    await revert(own, left_out)
    try:
        tree = (await own.write("write-tree")).decode().strip()
    except GitFailed:  # paths in conflict have no place in a tree
        tree = None
    return Staged(changed=True, tree=tree, left_out=left_out)


async def stage_again(worktree: Path, index: Index, store: ObjectStore, head: str, tree: str) -> None:
    """Stage in a worktree that stands at ``head`` what ``tree`` says; ``index`` is one of ours over it."""
    changes = raw_changes(await index.git("diff-tree", "-r", *_RAW, head, tree, "--"))
    await supply_objects(store, worktree, [change.blob for change in changes if change.holds_blob])
    own = real_index(worktree, index.conversion)
    await own.write("update-index", "-z", "--index-info", stdin=b"".join(map(_line, changes)))


def _line(change: RawChange) -> bytes:
    return change.mode + b" " + change.blob.encode() + b"\t" + change.path + b"\0"


async def _larger(index: Index, blobs: list[str], limit: int) -> set[str]:
    asked = "".join(f"{blob}\n" for blob in blobs).encode()
    found = await index.git("cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer", stdin=asked)
    sizes = (line.split(" ") for line in found.decode().splitlines())
    return {name for name, size in sizes if size.isdecimal() and int(size) > limit}
