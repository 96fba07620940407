"""The inks of a patch's lines: the colours of their language, and a ground where words have changed. Lazy, bounded."""

import re
from difflib import SequenceMatcher
from itertools import pairwise

from agor_tui.app.widgets.code_colors import colored
from agor_tui.app.widgets.lines import Line
from agor_tui.state.patch import Kind, Patch, PatchLine

LONGEST_LINE = 500
"""Characters of a line in which changed words are looked for."""
LEAST_ALIKE = 0.4
"""How alike two lines are (0 to 1) for their words to be compared."""
GROUNDS = {Kind.ADDED: "add", Kind.REMOVED: "del"}
_WORDS = re.compile(r"\w+|\s+|.")


class PatchColors:
    """The styled text of the lines of one patch; a hunk is coloured when a line of it is first drawn."""

    def __init__(self, patch: Patch) -> None:
        self._patch = patch
        self._lines: dict[int, Line] = {}
        self._words: dict[int, list[tuple[int, int]]] = {}
        self._done: set[int] = set()

    def line(self, index: int) -> Line:
        """The text of a line that stays or has changed, with its inks."""
        line = self._patch.lines[index]
        start = self._hunk(index)
        if start not in self._done:
            self._done.add(start)
            self._color(start)
        plain_ink = "muted" if line.kind is Kind.SAME else "text"
        spans = self._lines.get(index) or [(line.visible, plain_ink)]
        if line.kind is Kind.SAME:
            return spans
        return _grounded(spans, GROUNDS[line.kind], self._words.get(index, []))

    def _hunk(self, index: int) -> int:
        while index > 0 and self._patch.lines[index].kind not in (Kind.HUNK, Kind.FILE):
            index -= 1
        return index

    def _color(self, start: int) -> None:
        lines = self._patch.lines
        end = start + 1
        while end < len(lines) and lines[end].kind not in (Kind.HUNK, Kind.FILE):
            end += 1
        path = next((file.path for file in reversed(self._patch.files) if file.first <= start), "")
        for left_out in (Kind.REMOVED, Kind.ADDED):
            side = [n for n in range(start + 1, end) if lines[n].kind not in (left_out, Kind.NOTE, Kind.HUNK)]
            found = colored("\n".join(lines[n].text for n in side), path)
            for n, spans in zip(side, found or (), strict=False):
                if not lines[n].marks and "".join(text for text, _ in spans) == lines[n].text:
                    self._lines[n] = spans
        self._compare(start + 1, end)

    def _compare(self, start: int, end: int) -> None:
        """Find the changed words of each run of removed lines with as many added ones after it."""
        lines = self._patch.lines
        removed: list[int] = []
        added: list[int] = []
        for n in range(start, end + 1):
            kind = lines[n].kind if n < end else Kind.HUNK
            if kind is Kind.REMOVED and not added:
                removed.append(n)
            elif kind is Kind.ADDED:
                added.append(n)
            elif kind is not Kind.NOTE:
                if len(removed) == len(added):
                    for before, after in zip(removed, added, strict=True):
                        self._words[before], self._words[after] = changed_words(lines[before], lines[after])
                removed, added = ([n], []) if kind is Kind.REMOVED else ([], [])


def changed_words(before: PatchLine, after: PatchLine) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The ranges of characters that differ between two lines; none if the lines are hardly alike."""
    old, new = before.visible, after.visible
    if max(len(old), len(new)) > LONGEST_LINE:
        return [], []
    first, second = _WORDS.findall(old), _WORDS.findall(new)
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if matcher.ratio() < LEAST_ALIKE:
        return [], []
    ranges: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        for words, a, b, found in ((first, i1, i2, ranges[0]), (second, j1, j2, ranges[1])):
            if a < b:
                start = sum(map(len, words[:a]))
                found.append((start, start + sum(map(len, words[a:b]))))
    return ranges


def _grounded(spans: Line, ground: str, words: list[tuple[int, int]]) -> Line:
    """The spans on the ground of their kind, the changed words on a stronger one."""
    edges = sorted({edge for word in words for edge in word})
    line: Line = []
    place = 0
    for text, ink in spans:
        end = place + len(text)
        cuts = [place, *(edge for edge in edges if place < edge < end), end]
        for start, stop in pairwise(cuts):
            strong = any(first <= start and stop <= last for first, last in words)
            line.append((text[start - place : stop - place], f"{ink}@{ground}{'-word' if strong else ''}"))
        place = end
    return line
