"""The room that a store takes, and which checkpoints have to go to make it less."""

import asyncio
import os
from collections.abc import Collection, Iterable, Sequence

from agor_core.git.object_store import ObjectStore

Group = Collection[str]
"""The commits of checkpoints that go together, or stay."""


async def own_size(store: ObjectStore) -> int:
    """Bytes of the store that are not the user's repository's as well, by hard link."""
    return await asyncio.to_thread(_own_size, store)


async def groups_to_free(store: ObjectStore, groups: Sequence[Group], kept: Collection[str], excess: int) -> int:
    """How many of the first ``groups`` have to go until ``excess`` bytes are free; all, if they do not suffice.

    ``kept`` are the commits of all other checkpoints. Raises GitFailed.
    """
    low, high = 0, len(groups)
    while low < high:
        middle = (low + high) // 2
        gone = _commits(groups[:middle])
        if await _freed(store, gone, {*kept, *_commits(groups[middle:])}) >= excess:
            high = middle
        else:
            low = middle + 1
    return low


async def _freed(store: ObjectStore, gone: set[str], kept: set[str]) -> int:
    """Bytes of the objects that only the commits ``gone`` lead to."""
    only = gone - kept
    if not only:
        return 0
    asked = "".join([*(f"{commit}\n" for commit in sorted(only)), *(f"^{commit}\n" for commit in sorted(kept))])
    return int(await store.git("rev-list", "--objects", "--disk-usage", "--stdin", stdin=asked.encode()))


def _commits(groups: Iterable[Group]) -> set[str]:
    return {commit for group in groups for commit in group}


def _own_size(store: ObjectStore) -> int:
    total = 0
    for folder, _, names in os.walk(store.objects):
        for name in names:
            try:
                found = os.lstat(f"{folder}/{name}")
            except OSError:  # packed meanwhile
                continue
            total += found.st_size if found.st_nlink == 1 else 0
    return total
