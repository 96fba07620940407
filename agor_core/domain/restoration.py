"""A restoration: files of a session brought back as a task had them."""

from typing import Literal

import msgspec

from agor_core.ids import SessionId, TaskId

RestorePoint = Literal["start", "end", "before"]
"""The start or end of a task, or what was there before its files were restored last."""
POINTS: tuple[RestorePoint, ...] = ("start", "end", "before")


class Restoration(msgspec.Struct, frozen=True, kw_only=True):
    """What a restoration did, or with ``dry_run`` would do.

    ``kept`` are files that differ and stay, because they are in no checkpoint: ignored, or too large. Of each kind at
    most 2,000 are named; the counts are of all. ``remade`` is True if the worktree was gone and was made again.
    ``before`` is the checkpoint that undoes the restoration.
    """

    task_id: TaskId
    session_id: SessionId
    point: RestorePoint
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    written_count: int = 0
    removed_count: int = 0
    kept_count: int = 0
    remade: bool = False
    dry_run: bool = False
    before: str | None = None
