"""Take over the checkpoints that earlier versions kept in the user's repository, under ``refs/agor``.

Objects are shared first, then the store's refs are written and proven whole, and only then the user's refs go. A kill
at any moment leaves each checkpoint in one of the two at least, and the next attempt goes on.
"""

import asyncio
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from agor_core.git.durability import SYNCED, sync_files
from agor_core.git.object_store import STORE_TIMEOUT, ObjectStore
from agor_core.git.process import attempt, git
from agor_core.git.retention import missing
from agor_core.git.sharing import share

LEGACY = "refs/agor"
_log = logging.getLogger("agor.git")


async def take_over(store: ObjectStore, repo: Path) -> int:
    """Move the checkpoints of ``repo`` into the store; how many. Costs one git command if there are none.

    A checkpoint that the repository can read and the store cannot stays where it is; one that neither can read all of
    (after a power cut) is moved as it is, or dropped if nothing of it is left. Raises GitFailed.
    """
    listing = await git("for-each-ref", "--format=%(objectname) %(refname)", LEGACY, cwd=repo)
    refs = {ref: commit for commit, _, ref in (line.partition(" ") for line in listing.decode().splitlines())}
    if not refs:
        return 0
    await asyncio.to_thread(share, store.lender, store.objects)
    done = await _transferable(store, repo, refs)
    lost = set(await missing(store, done.values()))
    moved = {ref: commit for ref, commit in done.items() if commit not in lost}
    await store.git("update-ref", "--stdin", stdin=_commands("update", moved))
    await asyncio.to_thread(sync_files, [store.path / ref for ref in moved])
    await git("update-ref", "--stdin", cwd=repo, stdin=_commands("delete", done), config=SYNCED)
    for ref in done.keys() - moved.keys():
        _log.warning("the checkpoint %s is lost: %s has nothing of it", ref, repo)
    for ref in refs.keys() - done.keys():
        _log.warning("the checkpoint %s stays in %s: the store could not take all of it", ref, repo)
    return len(moved)


async def _transferable(store: ObjectStore, repo: Path, refs: dict[str, str]) -> dict[str, str]:
    """Those that the store can read as far as the repository can; asked one by one only where some are not whole."""
    if await _whole(refs.values(), cwd=store.path, env={"GIT_DIR": os.fspath(store.path)}):
        return refs
    found = {}
    for ref, commit in refs.items():
        in_store = await _whole([commit], cwd=store.path, env={"GIT_DIR": os.fspath(store.path)})
        if in_store or not await _whole([commit], cwd=repo):
            found[ref] = commit
    return found


async def _whole(commits: Iterable[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> bool:
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    arguments = ("rev-list", "--objects", "--quiet", "--stdin")
    return (await attempt(*arguments, cwd=cwd, env=env, stdin=asked, timeout=STORE_TIMEOUT)).code == 0


def _commands(verb: str, refs: dict[str, str]) -> bytes:
    return "".join(f"{verb} {ref} {commit}\n" for ref, commit in refs.items()).encode()
