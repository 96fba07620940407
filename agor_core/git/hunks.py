"""Some hunks of a unified difference applied to the text that it begins from; pure functions of bytes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_HEAD = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_NEWLINE = b"\\"


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines ``old_count`` from ``old_start`` become ``new_count`` from ``new_start``; ``new`` are those, with ends."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    new: tuple[bytes, ...] = ()

    def touches(self, first: int, last: int) -> bool:
        """Whether it shows a line of the new text from ``first`` to ``last``."""
        return self.new_start <= last and first < self.new_start + max(1, self.new_count)


def hunks(patch: bytes) -> list[Hunk]:
    """The hunks of a unified difference of one file; none of binary contents."""
    found: list[Hunk] = []
    lines: list[bytes] = []
    head: tuple[int, int, int, int] | None = None
    last = b""
    for line in patch.split(b"\n"):
        match = _HEAD.match(line)
        if match is not None:
            if head is not None:
                found.append(Hunk(*head, tuple(lines)))
            old, old_count, new, new_count = (1 if part is None else int(part) for part in match.groups())
            head, lines = (old, old_count, new, new_count), []
        elif head is not None and line:
            if line.startswith(_NO_NEWLINE) and last in (b" ", b"+"):
                lines[-1] = lines[-1].removesuffix(b"\n")
            elif line[:1] in (b" ", b"+"):
                lines.append(line[1:] + b"\n")
            last = line[:1]
    return [*found, Hunk(*head, tuple(lines))] if head is not None else found


def chosen(known: Iterable[Hunk], ranges: Sequence[tuple[int, int]]) -> list[Hunk]:
    """The hunks that show a line of one of these ranges of the new text, first and last line."""
    return [hunk for hunk in known if any(hunk.touches(first, last) for first, last in ranges)]


def applied(text: bytes, some: Iterable[Hunk]) -> bytes:
    """The old text with some of its hunks."""
    lines = _lines(text)
    made: list[bytes] = []
    place = 0
    for hunk in sorted(some, key=lambda one: one.old_start):
        begin = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        made += [*lines[place:begin], *hunk.new]
        place = begin + hunk.old_count
    return b"".join([*made, *lines[place:]])


def _lines(text: bytes) -> list[bytes]:
    """Lines as git counts them: only a line feed ends one."""
    parts = [part + b"\n" for part in text.split(b"\n")]
    parts[-1] = parts[-1].removesuffix(b"\n")
    return [part for part in parts if part]
