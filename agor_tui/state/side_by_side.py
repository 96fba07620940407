"""A patch of one file as pairs of lines: how it was at the left, how it is at the right. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agor_tui.state.patch import Kind, Patch, PatchLine

_RANGE = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Pair:
    """Indexes of the lines of a patch that stand beside each other; ``across`` is one over the whole width.

    ``hunk`` is the number of the hunk that it belongs to, from 0; -1 before the first.
    """

    left: int | None = None
    right: int | None = None
    across: int | None = None
    hunk: int = -1


def pairs(patch: Patch) -> list[Pair]:
    """The pairs of a patch of one file, without its line of the file."""
    return list(_pairs(patch.lines))


def new_lines(patch: Patch) -> list[tuple[int, int]]:
    """For each hunk the first and last line of the new file that it shows."""
    found = (_RANGE.match(line.text) for line in patch.lines if line.kind is Kind.HUNK)
    ranges = ((int(match[1]), 1 if match[2] is None else int(match[2])) for match in found if match is not None)
    return [(max(1, first), max(1, first, first + count - 1)) for first, count in ranges]


def _pairs(lines: list[PatchLine]) -> Iterator[Pair]:
    removed: list[int] = []
    added: list[int] = []
    hunk = -1

    def run() -> Iterator[Pair]:
        for place in range(max(len(removed), len(added))):
            left = removed[place] if place < len(removed) else None
            right = added[place] if place < len(added) else None
            yield Pair(left, right, hunk=hunk)
        removed.clear()
        added.clear()

    for index, line in enumerate(lines):
        match line.kind:
            case Kind.REMOVED:
                if added:
                    yield from run()
                removed.append(index)
            case Kind.ADDED:
                added.append(index)
            case Kind.SAME:
                yield from run()
                yield Pair(index, index, hunk=hunk)
            case Kind.HUNK:
                yield from run()
                hunk += 1
                yield Pair(across=index, hunk=hunk)
            case Kind.NOTE:
                yield from run()
                yield Pair(across=index, hunk=hunk)
            case Kind.FILE:
                yield from run()
    yield from run()
