"""Parses a patch of git into files and lines that are safe to show. Pure.

The form is git's unified one, https://git-scm.com/docs/diff-format; a line that is not understood is kept as a note.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from agor_tui.state import clean

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class Kind(StrEnum):
    """The kind of a line of a patch."""

    FILE = "file"
    NOTE = "note"
    HUNK = "hunk"
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


class PatchLine(NamedTuple):
    """``number`` counts in the new file, or in the old one for a removed line; ``text`` is clean, without its sign."""

    kind: Kind
    text: str
    number: int | None = None


@dataclass(slots=True)
class FilePatch:
    """The changes of one file; ``sign`` is git's letter for their kind, ``first`` the index of its first line.

    ``start`` and ``end`` are its offsets in the patch's text.
    """

    first: int
    start: int
    path: str = ""
    sign: str = "M"
    added: int = 0
    removed: int = 0
    end: int = 0


@dataclass(slots=True)
class Patch:
    """``text`` is the patch as git wrote it, ``lines`` are its lines for display."""

    text: str
    files: list[FilePatch] = field(default_factory=list)
    lines: list[PatchLine] = field(default_factory=list)

    @property
    def added(self) -> int:
        """Lines added in all files."""
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        """Lines removed in all files."""
        return sum(file.removed for file in self.files)


_SIGNS = {"+": Kind.ADDED, "-": Kind.REMOVED, " ": Kind.SAME, "": Kind.SAME}
"""An unchanged empty line may lack its blank."""


def read(text: str) -> Patch:
    """Parse a patch, in linear time."""
    patch = Patch(text)
    old = new = old_left = new_left = place = 0
    for line in text.removesuffix("\n").split("\n"):
        start, place = place, place + len(line) + 1
        sign = line[:1]
        if line.startswith("diff --git ") and not (old_left or new_left):
            _begin(patch, line, start)
        elif (old_left or new_left) and sign in _SIGNS:
            kind = _SIGNS[sign]
            patch.lines.append(PatchLine(kind, shown(line[1:]), old if kind is Kind.REMOVED else new))
            old, old_left = (old, old_left) if kind is Kind.ADDED else (old + 1, old_left - 1)
            new, new_left = (new, new_left) if kind is Kind.REMOVED else (new + 1, new_left - 1)
            patch.files[-1].added += kind is Kind.ADDED
            patch.files[-1].removed += kind is Kind.REMOVED
        elif patch.files and (hunk := _HUNK.match(line)) is not None:
            old, new = int(hunk[1]), int(hunk[3])
            old_left, new_left = int(hunk[2] or 1), int(hunk[4] or 1)
            patch.lines.append(PatchLine(Kind.HUNK, shown(line)))
        elif line:
            _note(patch, line)
    if patch.files:
        patch.files[-1].end = len(text)
    return patch


def shown(line: str) -> str:
    """A line with every character visible."""
    return clean.exact(line.replace("\r", "\u240d")).replace("\n", "\u2424")


def _begin(patch: Patch, line: str, start: int) -> None:
    if patch.files:
        patch.files[-1].end = start
    rest = line.removeprefix("diff --git ")
    path = rest[(len(rest) + 1) // 2 :]
    patch.files.append(FilePatch(len(patch.lines), start, _path(path, "b/")))
    patch.lines.append(PatchLine(Kind.FILE, ""))


def _note(patch: Patch, line: str) -> None:
    """Parse a line of a file's header, or a note."""
    said = shown(line)
    if patch.files:
        file = patch.files[-1]
        word, _, rest = line.partition(" ")
        if word in ("index", "similarity", "dissimilarity"):
            return
        if word in ("---", "+++"):
            if rest != "/dev/null":
                file.path = _path(rest, "a/" if word == "---" else "b/")
            return
        if line.startswith(("rename to ", "copy to ")):
            file.path = _path(line.split(" to ", 1)[1], "")
            return
        if line.startswith(("new file", "deleted file", "rename from")):
            file.sign = {"n": "A", "d": "D", "r": "R"}[line[0]]
        said = said.removeprefix("\\ ")
    patch.lines.append(PatchLine(Kind.NOTE, said))


def _path(text: str, prefix: str) -> str:
    """A path as git writes it: plain, or quoted with octal escapes for bytes that are not plain."""
    text = text.removesuffix("\t")
    if text.startswith('"') and text.endswith('"'):
        raw = _ESCAPE.sub(_byte, text[1:-1].encode("utf-8", "surrogateescape"))
        text = raw.decode("utf-8", "replace")
    return shown(text.removeprefix(prefix).replace("\t", "\u2409"))


def _byte(match: re.Match[bytes]) -> bytes:
    said = match[1]
    return bytes([int(said, 8) & 0xFF]) if len(said) == 3 else _LETTERS.get(said, said)
