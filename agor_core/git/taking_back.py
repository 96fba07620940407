"""Take back what a graft wrote that was cut off, and nothing that anybody else wrote."""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agor_core.git import placing, restoring
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.files import at, is_there
from agor_core.git.filtered import stored_contents
from agor_core.git.filters import Filters
from agor_core.git.lfs import holds
from agor_core.git.object_store import ObjectStore
from agor_core.git.restoring import RestorePlan


@dataclass(frozen=True, slots=True)
class GraftedFile:
    """A file as a graft was to make it; without a ``blob`` it was to be removed."""

    path: bytes
    mode: bytes
    blob: str


async def take_back(
    store: ObjectStore, worktree: Path, before: Checkpoint, files: Sequence[GraftedFile], filters: Filters
) -> list[bytes]:
    """Bring the files that are as the graft made them back to what they were ``before``.

    Returns those that are neither the one nor the other, which somebody else wrote: they stay.

    Raises GitFailed and OSError.
    """
    was = await restoring.contents_of(store, before)
    stored = await stored_contents(store, worktree, {one.path: one.blob for one in files if one.blob})

    def look() -> tuple[list[GraftedFile], list[bytes]]:
        _sweep(worktree, files)
        made, others = [], []
        for one in files:
            file = at(worktree, one.path)
            digits = len(before.commit)
            now = restoring.blob_of(file, digits) if is_there(file) else ""
            old = was[one.path][1] if one.path in was else ""
            if now == one.blob or (one.path in stored and holds(file, stored[one.path])):
                made.append(one)
            elif now != old and now != "":
                others.append(one.path)
        return made, others

    made, others = await asyncio.to_thread(look)
    written = {one.path: was[one.path] for one in made if one.path in was}
    unborn = [one.path for one in files if one.path not in was and one.path not in others]
    done = await restoring.carry_out(
        store, worktree, RestorePlan(written, tuple(unborn), ()), wanted=before, filters=filters
    )
    return [*others, *done.kept]


def _sweep(worktree: Path, files: Iterable[GraftedFile]) -> None:
    """Remove what was half written."""
    for one in files:
        with contextlib.suppress(OSError):
            placing.remnant(worktree, one.path).unlink(missing_ok=True)
