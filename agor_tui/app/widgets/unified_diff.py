"""The diff of a file before and after: changed lines with three lines of context."""

from difflib import SequenceMatcher
from functools import lru_cache

from agor_core.domain.message import FileDiff
from agor_tui.app.widgets.lines import Line
from agor_tui.state import clean

CONTEXT = 3
MOST_LINES = 4000
"""Lines of both files above which they are shown as replaced, as comparing them is slow."""


def counts(diff: FileDiff) -> tuple[int, int]:
    """The numbers of lines added and removed."""
    added = removed = 0
    for tag, old, new in _changes(diff):
        if tag != "equal":
            removed += len(old)
            added += len(new)
    return added, removed


def diff_lines(diff: FileDiff) -> list[Line]:
    """The lines of the diff, each with its number in the file."""
    lines: list[Line] = []
    old_number = new_number = 1
    parts = list(_changes(diff))
    for index, (tag, old, new) in enumerate(parts):
        if tag == "equal":
            lines += _context(new, new_number, first=index == 0, last=index == len(parts) - 1)
        else:
            lines += [_line(old_number + i, "-", text, "del") for i, text in enumerate(old)]
            lines += [_line(new_number + i, "+", text, "add") for i, text in enumerate(new)]
        old_number += len(old)
        new_number += len(new)
    return lines


def _context(texts: list[str], number: int, *, first: bool, last: bool) -> list[Line]:
    after = 0 if first else CONTEXT
    before = 0 if last else CONTEXT
    if len(texts) <= after + before:
        return [_line(number + i, " ", text, "muted") for i, text in enumerate(texts)]
    head = [_line(number + i, " ", text, "muted") for i, text in enumerate(texts[:after])]
    start = len(texts) - before
    tail = [_line(number + start + i, " ", text, "muted") for i, text in enumerate(texts[start:])]
    gap: list[Line] = [[("     …", "faint")]] if head and tail else []
    return [*head, *gap, *tail]


def _line(number: int, sign: str, text: str, ink: str) -> Line:
    return [(f"{number:>4} ", "faint"), (f"{sign} {text}", ink)]


@lru_cache(32)
def _changes(diff: FileDiff) -> list[tuple[str, list[str], list[str]]]:
    old, new = _lines(diff.old_text), _lines(diff.new_text)
    if len(old) + len(new) > MOST_LINES or not old or not new:
        return [("replace", old, new)]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(tag, old[i1:i2], new[j1:j2]) for tag, i1, i2, j1, j2 in matcher.get_opcodes()]


def _lines(text: str | None) -> list[str]:
    lines = clean.exact(text or "").split("\n")
    return lines if lines[-1] else lines[:-1]
