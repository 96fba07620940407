"""How a working tree stands: changes, commits beside another branch, and whether those are wholly in it."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from agor_core.git.conversion import Conversion, conversion
from agor_core.git.porcelain import fields
from agor_core.git.process import attempt
from agor_core.git.snapshot import list_pending, scratch_index, untouched

MOST_COMPARED = 200
"""Commits; of more it is not asked whether another branch has them under other names."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Commits that a branch lacks of a working tree's HEAD, and HEAD of the branch; ``done``: all work is in it."""

    ahead: int
    behind: int
    done: bool


async def is_dirty(worktree: Path) -> bool:
    """Whether ``git status`` has anything to say; no hook runs."""
    settings = await conversion(worktree)
    status = await attempt("status", "--porcelain", "-z", cwd=worktree, config=settings.config, limit=1)
    if not status.cut and not status.stdout:
        return False
    return not settings.config or bool(await changed_files(worktree, settings))


async def changed_files(worktree: Path, settings: Conversion) -> list[bytes]:
    """The files that are not committed as they are: staged, changed, gone or untracked. Raises GitFailed."""
    with scratch_index(worktree, settings) as index:
        found, staged = await asyncio.gather(
            list_pending(index), index.git("diff-index", "--cached", "-z", "--name-only", "--no-renames", "HEAD", "--")
        )
        changed = found.tracked.keys() - await untouched(index, found)
    return sorted({*changed, *found.untracked, *fields(staged)})


async def counts(worktree: Path, target: str) -> tuple[int, int] | None:
    """How many commits HEAD has that the branch ``target`` lacks, and the reverse; None if there is no such branch."""
    ref = f"refs/heads/{target}"
    counted = await attempt("rev-list", "--left-right", "--count", f"{ref}...HEAD", "--", cwd=worktree)
    if counted.code != 0:
        return None
    behind, ahead = (int(count) for count in counted.stdout.split())
    return ahead, behind


async def brought_in(worktree: Path, target: str, base: str) -> str | None:
    """The latest commit of the branch ``target`` that HEAD holds, if that came after ``base``; else None."""
    found = await attempt("merge-base", f"refs/heads/{target}", "HEAD", cwd=worktree)
    commit = found.stdout.decode().strip() if found.code == 0 else base
    if commit == base:
        return None
    after = await attempt("merge-base", "--is-ancestor", base, commit, cwd=worktree)
    return commit if after.code == 0 else None


async def beside(worktree: Path, target: str, *, begun_at: str | None) -> Beside | None:
    """HEAD beside the branch ``target``; None if there is no such branch. ``begun_at`` is the commit it began from.

    Work is in the target if its commits are, as they are or rebased, or if the target has their changes as one commit.
    """
    ref = f"refs/heads/{target}"
    counted = await counts(worktree, target)
    if counted is None:
        return None
    ahead, behind = counted
    if ahead == 0:
        head = await attempt("rev-parse", "HEAD", cwd=worktree)
        return Beside(0, behind, begun_at is not None and head.stdout.decode().strip() != begun_at)
    done = ahead <= MOST_COMPARED and (await _picked(worktree, ref) or await _squashed(worktree, ref))
    return Beside(ahead, behind, done)


def size(folder: Path) -> int:
    """Bytes that the files below a folder take on the disk; links are not followed."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(f"{place}/{name}").st_blocks * 512
            except OSError:
                continue
    return total


async def _picked(worktree: Path, ref: str) -> bool:
    """Whether the target has every commit, under whatever name."""
    found = await attempt("cherry", ref, "HEAD", cwd=worktree)
    return found.code == 0 and all(line.startswith(b"-") for line in found.stdout.splitlines())


async def _squashed(worktree: Path, ref: str) -> bool:
    """Whether the files that differ from where both parted are the same in the target."""
    parted = await attempt("merge-base", ref, "HEAD", cwd=worktree)
    if parted.code != 0:
        return False
    base = parted.stdout.decode().strip()
    plain = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
    own, left = await asyncio.gather(
        attempt(*plain, base, "HEAD", cwd=worktree), attempt(*plain, ref, "HEAD", cwd=worktree)
    )
    changed, differing = (set(outcome.stdout.split(b"\0")[1::2]) for outcome in (own, left))
    return bool(changed) and not changed & differing
