"""Where lines of files are in a later tree: files that were renamed or removed, and lines that moved or changed."""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import fields, lossy
from agor_core.git.process import git

MOST_NAMED = 300
"""Files in one command."""
_DIFF = ("diff-tree", "-r", "-M", "-l1000", "-z", "--no-ext-diff", "--no-textconv", "--no-color")
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_BOTH = b"RC"
"""Git's letters for a change that has two paths."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """``count`` lines from ``start`` on (after it, where there are none) became ``lines`` others."""

    start: int
    count: int
    lines: int


@dataclass(frozen=True, slots=True)
class FileMove:
    """What became of a file: its ``path`` in the later tree (None: it is gone) and what was replaced in it.

    ``known`` is False where git cannot tell lines apart, as in a binary file. ``before`` and ``after`` are blobs.
    """

    path: str | None
    before: str = ""
    after: str = ""
    replaced: tuple[Replaced, ...] = ()
    known: bool = True

    def start_of(self, start: int, end: int) -> int | None:
        """Where the lines ``start`` to ``end`` begin now; None if one of them changed, or another came between."""
        moved = 0
        for one in self.replaced:
            first = one.start if one.count else one.start + 1
            if first > end:
                break
            if (one.count and first + one.count > start) or (not one.count and first > start):
                return None
            moved += one.lines - one.count
        return start + moved if self.known and self.path is not None else None

    def removes(self, start: int, end: int) -> bool:
        """Whether one of these lines is not there any more as it was."""
        return (
            self.path is None
            or not self.known
            or any(one.count and one.start <= end and one.start + one.count > start for one in self.replaced)
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file that differs; ``new`` is None if it is gone."""

    old: bytes
    new: bytes | None
    letter: bytes
    before: str
    after: str


async def moves(
    repo: Path | None, old: str, new: str, paths: Collection[str], store: ObjectStore
) -> Mapping[str, FileMove]:
    """What became of files of the tree ``old`` in the tree ``new``, by path; of those that are the same nothing.

    Without ``repo`` the objects are read from the store alone. Raises GitFailed.
    """
    cwd, env = (store.path, store.itself) if repo is None else (repo, store.borrowing)
    raw = await git(*_DIFF, "--raw", old, new, "--", cwd=cwd, env=env)
    wanted = [entry for entry in _entries(iter(fields(raw))) if lossy(entry.old) in paths]
    found = {lossy(one.old): FileMove(None, one.before, one.after) for one in wanted}
    there = [one for one in wanted if one.new is not None and one.letter != b"T"]
    env = {**env, "GIT_LITERAL_PATHSPECS": "1"}
    for place in range(0, len(there), MOST_NAMED):
        some = there[place : place + MOST_NAMED]
        named = sorted({os.fsdecode(path) for one in some for path in (one.old, one.new) if path is not None})
        output = await git(*_DIFF, "--patch-with-raw", "--full-index", "-U0", old, new, "--", *named, cwd=cwd, env=env)
        found.update(_read(output, {one.old for one in some}))
    return found


def _read(output: bytes, wanted: Collection[bytes]) -> Iterator[tuple[str, FileMove]]:
    raw, _, patch = output.partition(b"\0\0")
    entries = list(_entries(iter(fields(raw + b"\0"))))
    sections = _sections(patch)
    for entry in entries:
        lines = next(sections, [])
        if entry.letter == b"T":  # another kind of file: its end and its beginning are two sections
            next(sections, None)
        elif entry.old in wanted and entry.new is not None:
            known = not any(line.startswith(b"Binary files ") for line in lines)
            replaced = tuple(_replaced(match) for line in lines if (match := _HUNK.match(line)) is not None)
            yield lossy(entry.old), FileMove(lossy(entry.new), entry.before, entry.after, replaced, known)


def _replaced(match: "re.Match[bytes]") -> Replaced:
    return Replaced(int(match[1]), int(match[2] or 1), int(match[4] or 1))


def _sections(patch: bytes) -> Iterator[list[bytes]]:
    """The lines of each file of a patch without context: no line of a content begins as a header does."""
    section: list[bytes] | None = None
    for line in patch.split(b"\n"):
        if line.startswith(b"diff --git "):
            if section is not None:
                yield section
            section = []
        elif section is not None and line[:1] not in b"+-\\":
            section.append(line)
    if section is not None:
        yield section


def _entries(pieces: Iterator[bytes]) -> Iterator[_Entry]:
    """``diff-tree --raw -z``; copies are left out, since what was copied is still where it was."""
    for facts in pieces:
        _, _, before, after, status = facts.split(b" ")
        letter, old = status[:1], next(pieces)
        new = next(pieces) if letter in _BOTH else old
        if letter not in b"AC":
            yield _Entry(old, None if letter == b"D" else new, letter, before.decode(), after.decode())
