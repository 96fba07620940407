"""The diff of a file before and after a tool call: the same lines as a patch of git has, with three lines of context.

The texts are compared as they are; what they are shown as is made afterwards. So a line end, a tab or the last newline
that changed counts, and can be seen.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from agor_core.domain.message import FileDiff
from agor_tui.state.patch import FilePatch, Kind, Patch, PatchLine, mark_whitespace
from agor_tui.state.whitespace import shown

CONTEXT = 3
MOST_COMPARED = 4000
"""Lines between the first and the last change above which they are shown as replaced, as comparing them is slow."""
NO_NEWLINE = "no newline at the end of the file"


def counts(diff: FileDiff) -> tuple[int, int]:
    """The numbers of lines added and removed."""
    file = patch_of(diff).files[0]
    return file.added, file.removed


@lru_cache(32)
def patch_of(diff: FileDiff) -> Patch:
    """The diff as a patch of one file without git's text; a HUNK line stands where unchanged lines are left out."""
    old, new = _lines(diff.old_text), _lines(diff.new_text)
    file = FilePatch(0, 0, shown(diff.path.replace("\n", " ")))
    file.sign = "A" if diff.old_text is None else "D" if diff.new_text is None else "M"
    patch = Patch("", [file], [PatchLine(Kind.FILE, "")])
    for start, end, after, until in _groups(old, new):
        if end < 0:
            patch.lines.append(PatchLine(Kind.HUNK, "…"))
            continue
        if start < end and old[start:end] == new[after:until]:
            patch.lines += [
                PatchLine(Kind.SAME, shown(_text(line)), after + n + 1, "", start + n + 1)
                for n, line in enumerate(new[after:until])
            ]
            continue
        _put_run(patch, old[start:end], start, new[after:until], after)
    file.added = sum(line.kind is Kind.ADDED for line in patch.lines)
    file.removed = sum(line.kind is Kind.REMOVED for line in patch.lines)
    return patch


def _put_run(patch: Patch, removed: list[str], start: int, added: list[str], after: int) -> None:
    run: list[tuple[int, Kind, str]] = []
    for kind, lines, first in ((Kind.REMOVED, removed, start), (Kind.ADDED, added, after)):
        for number, line in enumerate(lines, first + 1):
            run.append((len(patch.lines), kind, _text(line)))
            patch.lines.append(PatchLine(kind, shown(_text(line)), number))
            if not line.endswith("\n"):
                patch.lines.append(PatchLine(Kind.NOTE, NO_NEWLINE))
    mark_whitespace(patch.lines, run)


def _groups(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """The ranges of old and new lines to show, in order; one with a negative end stands for lines that are left out."""
    parts = list(_changes(old, new))
    for index, (tag, i1, i2, j1, j2) in enumerate(parts):
        if tag != "equal":
            yield i1, i2, j1, j2
            continue
        before = CONTEXT if index else 0
        after = CONTEXT if index < len(parts) - 1 else 0
        if i2 - i1 <= before + after:
            yield i1, i2, j1, j2
            continue
        if before:
            yield i1, i1 + before, j1, j1 + before
        if index and after:
            yield 0, -1, 0, -1
        if after:
            yield i2 - after, i2, j2 - after, j2


def _changes(old: list[str], new: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """The opcodes of difflib; equal lines at both ends are found first, so that a change in a long file is quick."""
    top = 0
    while top < min(len(old), len(new)) and old[top] == new[top]:
        top += 1
    bottom = 0
    while bottom < min(len(old), len(new)) - top and old[-1 - bottom] == new[-1 - bottom]:
        bottom += 1
    if top:
        yield "equal", 0, top, 0, top
    middle, other = old[top : len(old) - bottom], new[top : len(new) - bottom]
    if len(middle) + len(other) > MOST_COMPARED or not middle or not other:
        if middle or other:
            yield "replace", top, top + len(middle), top, top + len(other)
    else:
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, middle, other, autojunk=False).get_opcodes():
            yield tag, i1 + top, i2 + top, j1 + top, j2 + top
    if bottom:
        yield "equal", len(old) - bottom, len(old), len(new) - bottom, len(new)


def _lines(text: str | None) -> list[str]:
    """The lines with their line feeds."""
    lines = (text or "").split("\n")
    ends = [f"{line}\n" for line in lines[:-1]]
    return [*ends, lines[-1]] if lines[-1] else ends


def _text(line: str) -> str:
    return line.removesuffix("\n")
