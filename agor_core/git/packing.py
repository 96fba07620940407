"""The store's housekeeping, for when nothing else happens: pack loose objects, drop what no checkpoint needs.

Both may be cancelled at any moment. Packs that are links to the user's stay links: they take no room.
"""

import asyncio
import time
from pathlib import Path

from agor_core.git.object_store import ObjectStore
from agor_core.git.process import failure
from agor_core.git.refs import CHECKPOINTS, GARBAGE
from agor_core.git.retention import forget_unused
from agor_core.git.sharing import packs, same_device, share

MOST_GROWTH = 256 * 2**20
"""Bytes of the store's own that are not looked through again."""
MOST_LOOSE = 2_000
MOST_PACKS = 30
_COLLECTED = "collected"
"""A file in the store: bytes of its own packs when it was last collected."""
_SAMPLED = "17"
"""One of the 256 folders of loose objects tells how many there are, as in git's own gc."""
_DEAD_AFTER = 3_600.0
_PACKING = (
    ("repack.writeBitmaps", "false"), ("pack.threads", "1"), ("pack.windowMemory", "64m")
)  # fmt: skip


def needs_packing(store: ObjectStore) -> bool:
    """Whether the store has many loose objects or many packs of its own; cheap."""
    sample = store.objects / _SAMPLED
    loose = len(list(sample.iterdir())) * 256 if sample.is_dir() else 0
    return loose > MOST_LOOSE or len(packs(store.objects) - _linked(store)) > MOST_PACKS


def needs_collecting(store: ObjectStore) -> bool:
    """Whether checkpoints were let go, or the store's own packs have become twice as large as when last collected."""
    return (store.path / GARBAGE).exists() or _own_size(store) > 2 * _collected_size(store) + MOST_GROWTH


async def pack(store: ObjectStore) -> None:
    """Put loose objects and small packs into larger ones, and loose refs into one file; nothing is dropped.

    Safe while checkpoints are taken. Raises GitFailed.
    """
    await _run(store, "repack", "-q", "-d", "--geometric=2", *_kept(store))
    await _run(store, "pack-refs", "--all", "--prune")


async def collect(store: ObjectStore) -> None:
    """Drop what no checkpoint leads to any more, and copies of what the user's repository packed anew.

    Not while a checkpoint is taken: its objects have no ref yet. Raises GitFailed.
    """
    parents = await store.git("for-each-ref", "--format=%(parent)", CHECKPOINTS)
    await forget_unused(store, {line.split()[0] for line in parents.decode().splitlines() if line})
    if same_device(store.lender, store.objects):
        await asyncio.to_thread(share, store.lender, store.objects)
    await asyncio.to_thread(_sweep, store.objects / "pack")
    await _run(store, "repack", "-q", "-a", "-d", *_kept(store))
    await _run(store, "pack-refs", "--all", "--prune")
    await _run(store, "prune", "--expire=now")
    await asyncio.to_thread(_note_collected, store)


async def _run(store: ObjectStore, *arguments: str) -> None:
    options = [part for key, value in _PACKING for part in ("-c", f"{key}={value}")]
    outcome = await store.attempt(*options, *arguments, background=True)
    if outcome.code != 0:
        raise failure(outcome, *arguments)


def _kept(store: ObjectStore) -> list[str]:
    return [f"--keep-pack={name}.pack" for name in sorted(_linked(store))]


def _linked(store: ObjectStore) -> set[str]:
    """The packs that are the user's too, by hard link."""
    return {name for name in packs(store.objects) & packs(store.lender) if _same(store, name)}


def _note_collected(store: ObjectStore) -> None:
    (store.path / _COLLECTED).write_text(f"{_own_size(store)}\n", encoding="ascii")
    (store.path / GARBAGE).unlink(missing_ok=True)


def _own_size(store: ObjectStore) -> int:
    own = packs(store.objects) - _linked(store)
    return sum((store.objects / f"pack/{name}.pack").stat().st_size for name in own)


def _collected_size(store: ObjectStore) -> int:
    try:
        return int((store.path / _COLLECTED).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _same(store: ObjectStore, name: str) -> bool:
    try:
        return (store.objects / f"pack/{name}.pack").samefile(store.lender / f"pack/{name}.pack")
    except OSError:
        return False


def _sweep(folder: Path) -> None:
    """Delete what a packing left that was killed."""
    for entry in folder.glob("*tmp*"):
        if entry.name.startswith((".tmp-", "tmp_")) and time.time() - entry.stat().st_mtime > _DEAD_AFTER:
            entry.unlink(missing_ok=True)
