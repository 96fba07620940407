"""A graft: changes of one session brought into another's worktree, as uncommitted ones."""

from enum import StrEnum
from typing import Literal

import msgspec

from agor_core.ids import SessionId

OnConflict = Literal["refuse", "mark", "take"]
"""What becomes of a file that both sessions changed: nothing is done at all, its conflicts are marked as git marks
them, or it is taken as the other session has it."""
ON_CONFLICT: tuple[OnConflict, ...] = ("refuse", "mark", "take")


class ConflictKind(StrEnum):
    """Why a file cannot be brought in by itself."""

    LINES = "lines"
    LINE_ENDS = "line_ends"
    BINARY = "binary"
    ADDED = "added"
    DELETED_HERE = "deleted_here"
    DELETED_THERE = "deleted_there"
    TYPE = "type"
    RENAMED = "renamed"
    IN_THE_WAY = "in_the_way"
    NOT_KEPT = "not_kept"
    TOO_LARGE = "too_large"
    SUBMODULE = "submodule"

    @property
    def phrase(self) -> str:
        """The end of a sentence that begins with the path."""
        return _PHRASES[self]

    @property
    def can_be_taken(self) -> bool:
        """Whether the file can be taken as the other session has it, at the cost of what is there."""
        return self not in _STAYS


_PHRASES = {
    ConflictKind.LINES: "both sessions changed the same lines",
    ConflictKind.LINE_ENDS: "both changed it, and its line ends differ (CRLF in one of them)",
    ConflictKind.BINARY: "both sessions changed it, and it is binary",
    ConflictKind.ADDED: "both sessions added it, with other content",
    ConflictKind.DELETED_HERE: "it was changed there and deleted here",
    ConflictKind.DELETED_THERE: "it was deleted there and changed here",
    ConflictKind.TYPE: "it is a file in one session and a link in the other",
    ConflictKind.RENAMED: "both sessions renamed it, to other names",
    ConflictKind.IN_THE_WAY: "a folder is in the place of a file, or a file in that of its folder",
    ConflictKind.NOT_KEPT: "a file is in its place that no checkpoint holds (ignored, too large, or just written)",
    ConflictKind.TOO_LARGE: "it is too large for a checkpoint",
    ConflictKind.SUBMODULE: "it is a submodule: bring its commit over with git",
}
_STAYS = frozenset(
    {
        ConflictKind.RENAMED,
        ConflictKind.IN_THE_WAY,
        ConflictKind.NOT_KEPT,
        ConflictKind.TOO_LARGE,
        ConflictKind.SUBMODULE,
    }
)


class GraftConflict(msgspec.Struct, frozen=True, kw_only=True):
    """A path that cannot be brought in by itself, and why: ``reason`` ends a sentence that begins with the path."""

    path: str
    kind: ConflictKind
    reason: str


class GraftLines(msgspec.Struct, frozen=True, kw_only=True):
    """Some hunks of a file: those that show one of the ``lines``, first and last, of the file as the source has it."""

    path: str
    lines: tuple[tuple[int, int], ...]


class Graft(msgspec.Struct, frozen=True, kw_only=True):
    """What a graft did, or with ``dry_run`` would do, to the files of ``session_id``.

    ``written`` and ``removed`` are its paths; ``merged`` are those of them that both sessions had changed. ``same`` are
    there already as they would become. Of a refused or dry one ``conflicts`` says why; of one that marked or took them
    it says which. ``before`` and ``after`` are the checkpoints around it, by which it is undone; ``undo`` is True for
    the undoing of one. Of each kind at most 2,000 are named.
    """

    session_id: SessionId
    from_session_id: SessionId
    graft_id: str | None = None
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    conflicts: tuple[GraftConflict, ...] = ()
    dry_run: bool = False
    undo: bool = False
    before: str | None = None
    after: str | None = None
