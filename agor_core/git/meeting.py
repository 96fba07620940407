"""Where two differences from one base meet: the files that a merge would leave in conflict, by the lines that changed.

``git merge-tree`` finds the same by merging each pair; here the lines of each difference are found once, so that many
differences are held against each other in no time. Two changes of lines meet where they overlap or touch, as for git,
unless they are the same change.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agor_core.git.diff import changes, place
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import FileChange, file_changes
from agor_core.git.process import attempt, failure

LARGEST = 64 * 2**20
"""Bytes of changed lines that are read; of larger differences only the figures are known."""
_HEAD = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_DIFF = (
    "diff-tree", "-r", "-z", "--raw", "-p", "-U0", "-M", "-l1000", "--no-ext-diff", "--no-textconv", "--no-color",
    "--inter-hunk-context=0",
)  # fmt: skip

LineChange = tuple[int, int, int]
"""The lines of the base from the first (counted from 0) to before the second; and a hash of what stands there now."""
Lines = Mapping[bytes, Sequence[LineChange]]


@dataclass(frozen=True, slots=True)
class Difference:
    """The changed files, and by path the lines that changed; ``lines`` is None where they do not say all.

    They do not where files were renamed, which a merge follows, or are of another kind, or there are too many.
    """

    changes: Sequence[FileChange]
    lines: Lines | None = None


async def difference(repo: Path | None, old: str, new: str, *, store: ObjectStore) -> Difference:
    """What changed between two commits: the figures of `diff.changes`, and the lines. Raises GitFailed."""
    cwd, env = place(repo, store)
    outcome = await attempt(*_DIFF, old, new, "--", cwd=cwd, env=env, limit=LARGEST)
    if outcome.cut:
        return Difference(await changes(repo, old, new, store=store))
    if outcome.code != 0:
        raise failure(outcome, *_DIFF)
    raw, _, patch = outcome.stdout.partition(b"\0\0")
    files = _Files()
    for line in patch.split(b"\n"):
        files.line(line)
    files.end()
    found, lines, position = [], {}, 0
    for change in file_changes(raw + b"\0" if raw else b""):
        parts = files.found[position : position + (2 if change.status == "T" else 1)]
        position += len(parts)
        binary = any(part.binary for part in parts)
        added, removed = sum(part.added for part in parts), sum(part.removed for part in parts)
        found.append(replace(change, insertions=None if binary else added, deletions=None if binary else removed))
        lines[change.path] = parts[0].changes
    return Difference(found, lines if all(change.status in "MAD" for change in found) else None)


@dataclass(slots=True)
class _File:
    """One file of a patch."""

    changes: list[LineChange]
    added: int = 0
    removed: int = 0
    binary: bool = False


class _Files:
    """Reads a patch without context, line by line."""

    def __init__(self) -> None:
        self.found: list[_File] = []
        self._new: list[bytes] = []
        self._head: tuple[int, int] | None = None

    def line(self, line: bytes) -> None:
        """The next line."""
        sign = line[:1]
        if self._head is not None and sign in (b"+", b"-", b"\\"):
            file = self.found[-1]
            if sign == b"-":
                file.removed += 1
            else:
                file.added += sign == b"+"
                self._new.append(line)
        elif sign == b"@" and (found := _HEAD.match(line)) is not None:
            self.end()
            count = 1 if found[2] is None else int(found[2])
            start = int(found[1]) - (1 if count else 0)
            self._head = (start, start + count)
        elif line.startswith(b"diff --git "):
            self.end()
            self.found.append(_File([]))
        elif line.startswith((b"Binary files ", b"GIT binary patch")) and self.found:
            self.found[-1].binary = True

    def end(self) -> None:
        """The hunk has ended."""
        if self._head is not None:
            self.found[-1].changes.append((*self._head, hash(tuple(self._new))))
        self._head, self._new = None, []


def meets(one: Difference, other: Difference) -> bool:
    """Whether two differences have a path in common, or one has a file where the other has a folder."""
    paths, others = _paths(one.changes), _paths(other.changes)
    return not paths.isdisjoint(others) or bool(_clashes(one.changes, others) or _clashes(other.changes, paths))


def meeting(one: Difference, other: Difference) -> tuple[bytes, ...] | None:
    """The paths that a merge would leave in conflict, sorted; None if the lines do not tell."""
    if one.lines is None or other.lines is None:
        return None
    there = {change.path: change for change in other.changes}
    found = _clashes(one.changes, there.keys()) | _clashes(other.changes, {change.path for change in one.changes})
    for mine in one.changes:
        theirs = there.get(mine.path)
        if theirs is None or mine.blob == theirs.blob:
            continue
        counted = None not in (mine.insertions, theirs.insertions)
        if not (mine.status == theirs.status == "M" and counted) or _overlap(
            one.lines[mine.path], other.lines[mine.path]
        ):
            found.add(mine.path)
    return tuple(sorted(found))


def _overlap(one: Sequence[LineChange], other: Sequence[LineChange]) -> bool:
    """Whether two changes in order overlap or touch, and are not the same."""
    first = second = 0
    while first < len(one) and second < len(other):
        mine, theirs = one[first], other[second]
        if mine[1] < theirs[0]:
            first += 1
        elif theirs[1] < mine[0]:
            second += 1
        elif mine == theirs:
            first, second = first + 1, second + 1
        else:
            return True
    return False


def _paths(changes: Iterable[FileChange]) -> set[bytes]:
    return {path for one in changes for path in (one.path, one.old_path) if path is not None}


def _clashes(changes: Sequence[FileChange], others: Iterable[bytes]) -> set[bytes]:
    """The files that were added where others have a folder."""
    added = {change.path for change in changes if change.status != "D"}
    folders = {
        b"/".join(parts[:end]) for parts in (path.split(b"/") for path in others) for end in range(1, len(parts))
    }
    return added & folders
