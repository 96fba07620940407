"""What a forced removal of a worktree discards, kept for a while: a last checkpoint of all its files, and its commits.

The store keeps them under ``refs/agor/removed/WHEN/NAME``, as ``files`` and ``commits/COMMIT``; WHEN is in seconds
since 1970. Unlike other checkpoints the last one holds files that git was told not to look at, and ignored ones where
they are few. Not kept is what a submodule holds.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from agor_core.git import checkpoints, own_commits
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.durability import sync_files
from agor_core.git.files import SizeLimits
from agor_core.git.object_store import ObjectStore
from agor_core.git.process import git
from agor_core.git.refs import REMOVED, forget, refs_below, removed_ref
from agor_core.git.retention import keep_commits

KEPT_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class RemovedWork:
    """``ref`` leads to the last checkpoint; ``commits`` are the tips of the commits that went with the worktree."""

    ref: str
    checkpoint: Checkpoint
    commits: tuple[str, ...]


async def keep(
    store: ObjectStore, worktree: Path, name: str, *, branch: str | None, now: datetime, limits: SizeLimits
) -> RemovedWork:
    """Keep what the removal of a worktree and of ``branch`` is about to discard; synced to the disk. Raises GitFailed.

    ``name`` tells it from others that are removed in the same second.
    """
    ref = removed_ref(int(now.timestamp()), name, "files")
    checkpoint = await checkpoints.take(store, worktree, ref, limits=limits, everything=True)
    tips = await _tips(worktree, branch, checkpoint.head)
    if tips:
        await keep_commits(store, tips)
        kept = {removed_ref(int(now.timestamp()), name, f"commits/{tip}"): tip for tip in tips}
        asked = "".join(f"update {to} {commit}\n" for to, commit in kept.items())
        await store.git("update-ref", "--stdin", stdin=asked.encode())
        await asyncio.to_thread(sync_files, [store.path / to for to in kept])
    return RemovedWork(ref, checkpoint, tuple(tips))


async def expire(store: ObjectStore, now: datetime) -> int:
    """Let go of what was removed longer than KEPT_FOR ago; how many refs. Raises GitFailed."""
    since = (now - KEPT_FOR).timestamp()
    old = {ref: commit for ref, commit in (await refs_below(store, REMOVED)).items() if _when(ref) < since}
    await forget(store, old)
    return len(old)


async def _tips(worktree: Path, branch: str | None, head: str) -> list[str]:
    """The commits that lead to all that the branch and the worktree's records lead to, and HEAD does not."""
    commits = await own_commits.noted(worktree, branch)
    if branch is not None and (tip := await own_commits.tip_of(worktree, branch)) is not None:
        commits.append(tip)
    return sorted({*commits} - await _below(worktree, {*commits, head}) - {head})


async def _below(worktree: Path, commits: Iterable[str]) -> set[str]:
    """The parents of these commits."""
    asked = "".join(f"{commit}\n" for commit in sorted(commits)).encode()
    listing = await git("rev-list", "--no-walk=unsorted", "--parents", "--stdin", cwd=worktree, stdin=asked)
    return {parent for line in listing.decode().splitlines() for parent in line.split()[1:]}


def _when(ref: str) -> int:
    when = ref.removeprefix(f"{REMOVED}/").partition("/")[0]
    return int(when) if when.isdecimal() else 0
