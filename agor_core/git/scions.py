"""What of a session's changes is to be grafted: files, folders, lines of files."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agor_core.errors import NotFound
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.porcelain import Move, printable

Entry = tuple[bytes, str]
"""Mode and blob."""


@dataclass(frozen=True, slots=True)
class Scion:
    """What is to be brought in: the changes from ``base`` (a commit or tree) to ``theirs``.

    ``paths`` are files and folders of either; none stand for all. ``lines`` are ranges of lines of files as theirs has
    them: of those files only the hunks that show such a line.
    """

    base: str
    theirs: Checkpoint
    paths: Sequence[str] = ()
    lines: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a ``path``, which is ``here`` now: what it was, is here and became there; ``raw`` is exact."""

    path: bytes
    here: bytes | None
    before: Entry | None
    mine: Entry | None
    theirs: Entry | None
    raw: Entry | None

    @property
    def mode(self) -> bytes:
        """The mode of a file that is on both sides: the one that a side changed."""
        before, mine, theirs = (entry or (b"", "") for entry in (self.before, self.mine, self.theirs))
        return theirs[0] if mine[0] == before[0] else mine[0]


def chosen(scion: Scion, known: list[Move]) -> tuple[list[Move], list[bytes]]:
    """The changes at the named files and below the named folders, and the files there that are too large.

    Raises NotFound for a name without any.
    """
    names = [*scion.paths, *scion.lines]
    if not names:
        return known, []
    found: dict[Move, None] = {}
    large: list[bytes] = []
    for name in names:
        inside = [move for move in known if _names(move, name, below=True)]
        left_out = [path for path in scion.theirs.left_out if path == name or path.startswith(f"{name.rstrip('/')}/")]
        if not inside and not left_out:
            raise NotFound("change", name, f"{printable(name)}: nothing is changed there that a checkpoint holds.")
        found |= dict.fromkeys(inside)
        large += [os.fsencode(path) for path in left_out]
    return list(found), large


def ranges_of(scion: Scion, move: Move) -> Sequence[tuple[int, int]] | None:
    """The lines of a file of which the hunks are meant; None for a whole file."""
    whole = any(_names(move, name, below=True) for name in scion.paths)
    return None if whole else next((ranges for name, ranges in scion.lines.items() if _names(move, name)), None)


def _names(move: Move, name: str, *, below: bool = False) -> bool:
    """Whether a name is that of a changed file, before or after; or with ``below`` that of a folder of it."""
    wanted = os.fsencode(name).strip(b"/").removeprefix(b"./")
    paths = [path for path in (move.old, move.new) if path is not None]
    return any(
        path == wanted or (below and (wanted in (b"", b".") or path.startswith(wanted + b"/"))) for path in paths
    )
