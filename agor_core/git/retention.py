"""Keep what a checkpoint stands on: the commits below it, and what was staged.

A commit dies in the user's repository when its branch is rebased, amended or deleted and ``gc`` runs. So the store
holds the whole history of each HEAD that a checkpoint was taken at; ``refs/agor/kept/COMMIT`` names them. What is
copied is new, and the git that made it synced nothing: so it is synced where it came from, too.
"""

import asyncio
import os
from collections.abc import Iterable

from agor_core.git.durability import sync, sync_loose
from agor_core.git.object_store import ObjectStore
from agor_core.git.sharing import same_device, share

KEPT = "refs/agor/kept"
MOST_COPIED = 100
"""Commits; more than these are shared with everything else instead of copied into a pack."""
_PACK = ("pack-objects", "-q", "--delta-base-offset", "--non-empty")


async def keep_history(store: ObjectStore, head: str) -> None:
    """Make the history of the commit ``head`` whole in the store. Costs nothing if it is so already.

    Raises GitFailed if the user's repository does not have all of it.
    """
    if head in store.kept:
        return
    async with store.keeping:
        tips = await _tips(store)
        if head not in tips:
            await _keep(store, head, tips)
        store.kept.add(head)


async def keep_commits(store: ObjectStore, commits: Iterable[str]) -> None:
    """Copy commits, with what the store lacks of their histories, into the store. The caller makes refs to them.

    Raises GitFailed if the user's repository does not have all of it.
    """
    async with store.keeping:
        asked = "".join([*(f"{commit}\n" for commit in commits), *(f"^{tip}\n" for tip in sorted(await _tips(store)))])
        await _pack(store, "--revs", "--missing=allow-promisor", asked=asked)


async def keep_objects(store: ObjectStore, objects: Iterable[str]) -> None:
    """Copy those of the user's objects into the store that it does not have. Raises GitFailed if one is in neither."""
    lacking = await missing(store, objects)
    if lacking:
        await _pack(store, asked="".join(f"{name}\n" for name in lacking))
        await asyncio.to_thread(sync_loose, store.lender, lacking)


async def missing(store: ObjectStore, objects: Iterable[str], *, borrow: bool = False) -> list[str]:
    """Those that the store (with ``borrow``: and the user's repository) does not have, each once."""
    names = list(dict.fromkeys(objects))
    if not names:
        return []
    asked = "".join(f"{name}\n" for name in names).encode()
    found = await store.git("cat-file", "--batch-check=%(objectname)", "--buffer", stdin=asked, borrow=borrow)
    return [line.split()[0] for line in found.decode().splitlines() if line.endswith(" missing")]


async def forget_unused(store: ObjectStore, used: Iterable[str]) -> None:
    """Let go of every history but those of the commits ``used``."""
    stale = sorted(await _tips(store) - set(used))
    store.kept.difference_update(stale)
    if stale:
        await store.git("update-ref", "--stdin", stdin="".join(f"delete {KEPT}/{tip}\n" for tip in stale).encode())


async def _keep(store: ObjectStore, head: str, tips: set[str]) -> None:
    """Share everything at first and where HEAD is far from what is kept; copy what is new where it is near.

    On another file system nothing can be shared: there only the history of HEAD is copied, packed.
    """
    await asyncio.to_thread(_note_shallow, store)
    far = not tips or await _distance(store, head, tips) > MOST_COPIED
    shared = far and same_device(store.lender, store.objects)
    if shared:
        await asyncio.to_thread(share, store.lender, store.objects)
    if not shared or await missing(store, [head]):
        asked = "".join([f"{head}\n", *(f"^{tip}\n" for tip in sorted(tips))])
        await _pack(store, "--revs", "--missing=allow-promisor", asked=asked)
        if not far:
            await asyncio.to_thread(sync_loose, store.lender, await _listed(store, asked))
    await store.git("update-ref", "--", f"{KEPT}/{head}", head)
    await asyncio.to_thread(sync, store.path / KEPT)


async def _tips(store: ObjectStore) -> set[str]:
    return set((await store.git("for-each-ref", "--format=%(objectname)", KEPT)).decode().split())


async def _distance(store: ObjectStore, head: str, tips: Iterable[str]) -> int:
    asked = "".join([f"{head}\n", *(f"^{tip}\n" for tip in tips)]).encode()
    arguments = ("rev-list", "--count", f"--max-count={MOST_COPIED + 1}", "--stdin")
    return int(await store.git(*arguments, stdin=asked, borrow=True))


async def _pack(store: ObjectStore, *options: str, asked: str) -> None:
    target = os.fspath(store.objects / "pack/pack")
    await store.git(*_PACK, *options, target, stdin=asked.encode(), borrow=True)
    await asyncio.to_thread(sync, store.objects / "pack")


async def _listed(store: ObjectStore, asked: str) -> list[str]:
    """The objects of a range of commits."""
    arguments = ("rev-list", "--objects", "--no-object-names", "--missing=allow-promisor", "--stdin")
    return (await store.git(*arguments, stdin=asked.encode())).decode().split()


def _note_shallow(store: ObjectStore) -> None:
    """Where a history ends in a shallow clone it ends in the store."""
    theirs, ours = store.lender.parent / "shallow", store.path / "shallow"
    ends = [set(file.read_bytes().splitlines()) if file.is_file() else set() for file in (theirs, ours)]
    if not ends[0] <= ends[1]:
        ours.write_bytes(b"".join(end + b"\n" for end in sorted(ends[0] | ends[1])))
