"""The inks of a patch's lines: the colours of their language, and a ground where words have changed. Lazy, bounded."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from agor_tui.app.widgets.code_colors import colored
from agor_tui.app.widgets.lines import Line
from agor_tui.state.patch import Kind, Patch, PatchLine

LONGEST_LINE = 500
"""Characters of a line in which changed words are looked for."""
LEAST_ALIKE = 0.4
"""How alike two lines are (0 to 1) for their words to be compared."""
SECTION = 200
"""Lines of a hunk that are coloured together."""
FIRST = 8
"""Files whose languages are loaded before the patch is shown."""
SIDES = frozenset({Kind.SAME, Kind.ADDED, Kind.REMOVED})
GROUNDS = {Kind.ADDED: "add", Kind.REMOVED: "del"}
_WORDS = re.compile(r"\w+|\s+|.")


class PatchColors:
    """The styled text of the lines of one patch; a section is coloured when a line of it is first drawn."""

    def __init__(self, patch: Patch) -> None:
        self._patch = patch
        self._lines: dict[int, Line] = {}
        self._words: dict[int, list[tuple[int, int]]] = {}
        self._sections = list(_sections(patch.lines))
        self._colored: set[int] = set()
        self._partners = dict(_pairs(patch.lines))

    def line(self, index: int) -> Line:
        """The text of a line that stays or has changed, with its inks."""
        line = self._patch.lines[index]
        section = bisect_right(self._sections, index) - 1
        if section not in self._colored:
            self._colored.add(section)
            self._color(section)
        plain_ink = "muted" if line.kind is Kind.SAME else "text"
        spans = self._lines.get(index) or [(line.visible, plain_ink)]
        if line.kind is Kind.SAME:
            return spans
        return _grounded(spans, GROUNDS[line.kind], self._changed(index))

    def _changed(self, index: int) -> list[tuple[int, int]]:
        """The ranges of characters of a changed line that differ from its partner."""
        partner = self._partners.get(index)
        if partner is None:
            return []
        if index not in self._words:
            before, after = min(index, partner), max(index, partner)
            lines = self._patch.lines
            self._words[before], self._words[after] = changed_words(lines[before], lines[after])
        return self._words[index]

    def _color(self, section: int) -> None:
        lines = self._patch.lines
        start = self._sections[section]
        end = self._sections[section + 1] if section + 1 < len(self._sections) else len(lines)
        files = self._patch.files
        file = bisect_right(files, start, key=lambda one: one.first) - 1
        path = files[file].path if file >= 0 else ""
        for left_out in (Kind.REMOVED, Kind.ADDED):
            side = [n for n in range(start, end) if lines[n].kind in SIDES and lines[n].kind is not left_out]
            found = colored("\n".join(lines[n].text for n in side), path)
            for n, spans in zip(side, found or (), strict=False):
                if not lines[n].marks and "".join(text for text, _ in spans) == lines[n].text:
                    self._lines[n] = spans


def warm(patch: Patch) -> Patch:
    """Load what colours the first files of a patch, for a thread that has just read it; the patch."""
    for file in patch.files[:FIRST]:
        colored("\n", file.path)
    return patch


def _sections(lines: Sequence[PatchLine]) -> Iterator[int]:
    """Where hunks begin, and parts of long ones."""
    start = -SECTION
    for index, line in enumerate(lines):
        if line.kind in (Kind.HUNK, Kind.FILE) or index - start >= SECTION:
            start = index
            yield index


def _pairs(lines: Sequence[PatchLine]) -> Iterator[tuple[int, int]]:
    """Each line of a run of removed lines with its partner among as many added ones after it, both ways."""
    removed: list[int] = []
    added: list[int] = []
    for n in range(len(lines) + 1):
        kind = lines[n].kind if n < len(lines) else Kind.HUNK
        if kind is Kind.REMOVED and not added:
            removed.append(n)
        elif kind is Kind.ADDED:
            added.append(n)
        elif kind not in (Kind.NOTE, Kind.COMMENT):
            if len(removed) == len(added):
                for before, after in zip(removed, added, strict=True):
                    yield before, after
                    yield after, before
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
