"""Parses a patch of git into files and lines that are safe to show. Pure.

The form is git's unified one, https://git-scm.com/docs/diff-format; a line that is not understood is kept as a note.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from agor_tui.state import whitespace
from agor_tui.state.whitespace import shown

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_MODES = {"100644": "a plain file", "100755": "executable", "120000": "a symbolic link", "160000": "a submodule"}


class Kind(StrEnum):
    """The kind of a line of a patch."""

    FILE = "file"
    NOTE = "note"
    HUNK = "hunk"
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    COMMENT = "comment"


CHANGED = frozenset({Kind.ADDED, Kind.REMOVED})


class PatchLine(NamedTuple):
    """``number`` counts in the new file, or in the old one for a removed line; ``text`` is clean, without its sign.

    ``marks`` is the text with visible white space, of a line of which nothing else has changed. ``old`` is the number
    in the old file of a line that stays. ``ref`` is the id of the comment that a line is of, whose
    status is in ``marks``.
    """

    kind: Kind
    text: str
    number: int | None = None
    marks: str = ""
    old: int | None = None
    ref: str = ""

    @property
    def visible(self) -> str:
        """The text, with marks where white space is all that differs."""
        return self.marks or self.text


@dataclass(slots=True)
class FilePatch:
    """The changes of one file; ``sign`` is git's letter for their kind, ``first`` the index of its first line.

    ``start`` and ``end`` are its offsets in the patch's text; ``old_path`` is the name before a rename or a copy.
    """

    first: int
    start: int
    path: str = ""
    sign: str = "M"
    added: int = 0
    removed: int = 0
    end: int = 0
    old_path: str = ""

    @property
    def title(self) -> str:
        """The path; of a renamed or copied file both paths."""
        return f"{self.old_path} → {self.path}" if self.old_path else self.path


@dataclass(slots=True)
class Patch:
    """``text`` is the patch as git wrote it, ``lines`` are its lines for display.

    ``whole`` is the number of changed files, where the text is only the beginning of all changes. ``commits`` are the
    two that it is the difference of, where that is told.
    """

    text: str
    files: list[FilePatch] = field(default_factory=list)
    lines: list[PatchLine] = field(default_factory=list)
    whole: tuple[int, int, int] | None = None
    commits: tuple[str, str] | None = None

    @property
    def file_count(self) -> int:
        """Files changed, also those that the text leaves out."""
        return self.whole[0] if self.whole is not None else len(self.files)

    @property
    def added(self) -> int:
        """Lines added in all files."""
        return self.whole[1] if self.whole is not None else sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        """Lines removed in all files."""
        return self.whole[2] if self.whole is not None else sum(file.removed for file in self.files)


_SIGNS = {"+": Kind.ADDED, "-": Kind.REMOVED, " ": Kind.SAME, "": Kind.SAME}
"""An unchanged empty line may lack its blank."""


def read(
    text: str, *, whole: tuple[int, int, int] | None = None, figures: Mapping[str, tuple[int, int]] | None = None
) -> Patch:
    """Parse a patch, in linear time.

    ``whole`` are the numbers of files, of lines added and removed, and ``figures`` those of lines by path, where the
    text is only the beginning of all changes.
    """
    patch = Patch(text, whole=whole)
    reader = _Reader(patch)
    place = 0
    for line in text.removesuffix("\n").split("\n"):
        reader.line(line, place)
        place += len(line) + 1
    reader.end(len(text))
    for file in patch.files:
        file.added, file.removed = (figures or {}).get(file.path, (file.added, file.removed))
    return patch


def of_file(patch: Patch, index: int) -> Patch:
    """The patch of one of its files."""
    file = patch.files[index]
    return read(patch.text[file.start : file.end])


def of_answer(answer: Mapping[str, Any]) -> Patch:
    """Parse the daemon's answer about a task's changes; the figures are of all of them, also where the text is cut."""
    stat = answer.get("diffstat")
    commits = (answer["from"]["commit"], answer["to"]["commit"]) if "from" in answer and "to" in answer else None
    if not answer.get("cut") or not stat:
        return replace(read(answer["diff"]), commits=commits)
    figures = {
        shown(change["path"]): (change["insertions"] or 0, change["deletions"] or 0)
        for change in answer.get("changes") or ()
    }
    whole = (stat["files"], stat["insertions"], stat["deletions"])
    return replace(read(answer["diff"], whole=whole, figures=figures), commits=commits)


def without_whitespace(patch: Patch) -> Patch:
    """The patch with lines that differ by white space alone as if they were the same; figures stay."""
    lines: list[PatchLine] = []
    moved: list[int] = []
    index = 0
    while index < len(patch.lines):
        run = _run(patch.lines, index)
        moved += [len(lines)] * max(1, run)
        lines += _matched(patch.lines[index : index + run]) if run else [patch.lines[index]]
        index += max(1, run)
    files = [replace(file, first=moved[file.first]) for file in patch.files]
    return replace(patch, files=files, lines=lines)


def _run(lines: list[PatchLine], start: int) -> int:
    """The number of changed lines from ``start`` on, with the notes between them."""
    end = start
    while end < len(lines) and (lines[end].kind in CHANGED or (end > start and lines[end].kind is Kind.NOTE)):
        end += 1
    return end - start


def _matched(run: list[PatchLine]) -> list[PatchLine]:
    removed = [line for line in run if line.kind is Kind.REMOVED]
    added = [line for line in run if line.kind is Kind.ADDED]
    if not (removed and added) or not any(line.marks for line in run):
        return run
    from difflib import SequenceMatcher

    old, new = ([whitespace.without(line.text) for line in lines] for lines in (removed, added))
    matched: list[PatchLine] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > 1000).get_opcodes():
        if tag == "equal":
            pairs = zip(removed[i1:i2], added[j1:j2], strict=True)
            matched += [PatchLine(Kind.SAME, after.text, after.number, "", before.number) for before, after in pairs]
        else:
            matched += [*removed[i1:i2], *added[j1:j2]]
    return matched


class _Reader:
    """Reads a patch line by line; ``_raw`` are the changed lines of the present run, whose white space is compared."""

    def __init__(self, patch: Patch) -> None:
        self._patch = patch
        self._old = self._new = self._old_left = self._new_left = 0
        self._raw: list[tuple[int, Kind, str]] = []

    def line(self, line: str, start: int) -> None:
        patch, sign = self._patch, line[:1]
        if line.startswith("diff --git ") and not (self._old_left or self._new_left):
            self._end_run()
            self._begin(line, start)
        elif (self._old_left or self._new_left) and sign in _SIGNS:
            self._content(_SIGNS[sign], line[1:])
        elif patch.files and (hunk := _HUNK.match(line)) is not None:
            self._end_run()
            self._old, self._new = int(hunk[1]), int(hunk[3])
            self._old_left, self._new_left = int(hunk[2] or 1), int(hunk[4] or 1)
            patch.lines.append(PatchLine(Kind.HUNK, shown(line)))
        elif line:
            self._note(line)

    def end(self, length: int) -> None:
        self._end_run()
        if self._patch.files:
            self._patch.files[-1].end = length

    def _content(self, kind: Kind, raw: str) -> None:
        patch, file = self._patch, self._patch.files[-1]
        if kind is Kind.SAME:
            self._end_run()
            patch.lines.append(PatchLine(kind, shown(raw), self._new, "", self._old))
        else:
            self._raw.append((len(patch.lines), kind, raw))
            patch.lines.append(PatchLine(kind, shown(raw), self._old if kind is Kind.REMOVED else self._new))
        if kind is not Kind.ADDED:
            self._old, self._old_left = self._old + 1, self._old_left - 1
        if kind is not Kind.REMOVED:
            self._new, self._new_left = self._new + 1, self._new_left - 1
        file.added += kind is Kind.ADDED
        file.removed += kind is Kind.REMOVED

    def _end_run(self) -> None:
        """Mark the white space of changed lines in which nothing else has changed."""
        mark_whitespace(self._patch.lines, self._raw)
        self._raw.clear()

    def _begin(self, line: str, start: int) -> None:
        patch = self._patch
        if patch.files:
            patch.files[-1].end = start
        rest = line.removeprefix("diff --git ")
        path = rest[(len(rest) + 1) // 2 :]
        patch.files.append(FilePatch(len(patch.lines), start, _path(path, "b/")))
        patch.lines.append(PatchLine(Kind.FILE, ""))

    def _note(self, line: str) -> None:
        """Parse a line of a file's header, or a note."""
        said = _header(self._patch.files[-1], line) if self._patch.files else shown(line)
        if said:
            self._patch.lines.append(PatchLine(Kind.NOTE, said))


def mark_whitespace(lines: list[PatchLine], run: list[tuple[int, Kind, str]]) -> None:
    """Mark the lines of a run that differ by white space alone; a run has the index, kind and raw text of each."""
    removed = [raw for _, kind, raw in run if kind is Kind.REMOVED]
    added = [raw for _, kind, raw in run if kind is Kind.ADDED]
    if not (removed and added):
        return
    alike = dict(zip((Kind.REMOVED, Kind.ADDED), whitespace.differing(removed, added), strict=True))
    for index, kind, raw in run:
        if raw in alike[kind]:
            lines[index] = lines[index]._replace(marks=whitespace.marked(raw))


def _header(file: FilePatch, line: str) -> str:
    """Take what a line of a file's header says; return the words in which it is shown, if any."""
    word, _, rest = line.partition(" ")
    match word:
        case "index" | "similarity" | "dissimilarity" | "GIT" | "literal" | "delta":
            return ""
        case "---" | "+++":
            if rest != "/dev/null":
                file.path = _path(rest, "a/" if word == "---" else "b/")
            return ""
        case "rename" | "copy" if rest.startswith("from "):
            file.sign, file.old_path = word[0].upper(), _path(rest.removeprefix("from "), "")
            return ""
        case "rename" | "copy" if rest.startswith("to "):
            file.path = _path(rest.removeprefix("to "), "")
            return ""
        case "new" | "deleted" if rest.startswith("file mode "):
            file.sign = "A" if word == "new" else "D"
            mode = rest.removeprefix("file mode ")
            said = "new file" if word == "new" else "deleted file"
            return said if mode == "100644" else f"{said}, {_mode(mode)}"
        case "old" if rest.startswith("mode "):
            return f"was {_mode(rest.removeprefix('mode '))}"
        case "new" if rest.startswith("mode "):
            return f"is now {_mode(rest.removeprefix('mode '))}"
        case "Binary":
            return "binary file, its bytes differ"
        case _:
            return shown(line).removeprefix("\\ ")


def _mode(mode: str) -> str:
    return f"{_MODES[mode]} ({mode})" if mode in _MODES else f"of mode {shown(mode)}"


def _path(text: str, prefix: str) -> str:
    """A path as git writes it: plain, or quoted with octal escapes for bytes that are not plain."""
    text = text.removesuffix("\t")
    if text.startswith('"') and text.endswith('"'):
        raw = _ESCAPE.sub(_byte, text[1:-1].encode("utf-8", "surrogateescape"))
        text = raw.decode("utf-8", "backslashreplace")
    return shown(text.removeprefix(prefix).replace("\t", "\u2409"))


def _byte(match: re.Match[bytes]) -> bytes:
    said = match[1]
    return bytes([int(said, 8) & 0xFF]) if len(said) == 3 else _LETTERS.get(said, said)
