"""A page of a long patch: whole files, cut out of git's output while it is read."""

import re
from collections.abc import AsyncIterable
from dataclasses import dataclass, field

_FILE = re.compile(rb"^diff --git ", re.MULTILINE)
"""Only a file's first line begins so: those of contents begin with a sign."""


@dataclass(slots=True)
class BytesPage:
    """``files`` whole files of a patch; with ``cut``, the beginning of one."""

    text: bytes = b""
    files: int = 0
    cut: bool = False


@dataclass(slots=True)
class _Reading:
    """What was read of a patch: ``begun`` files, and the ``text`` of those from ``skip`` on with their ``starts``."""

    skip: int
    limit: int
    begun: int = 0
    text: bytearray = field(default_factory=bytearray)
    starts: list[int] = field(default_factory=list)

    def add(self, some: bytes, *, at_line_start: bool) -> None:
        at = 0
        for found in _FILE.finditer(some):
            if found.start() or at_line_start:
                self._keep(some[at : found.start()])
                at = found.start()
                self.begun += 1
                if self.begun > self.skip:
                    self.starts.append(len(self.text))
        self._keep(some[at:])

    def _keep(self, some: bytes) -> None:
        if self.starts:
            self.text += some

    @property
    def full(self) -> bool:
        return len(self.text) > self.limit

    def page(self) -> BytesPage:
        if not self.full:
            return BytesPage(bytes(self.text), len(self.starts))
        fitting = [start for start in self.starts if start <= self.limit]
        if len(fitting) > 1:
            return BytesPage(bytes(self.text[: fitting[-1]]), len(fitting) - 1)
        end = self.text.rfind(b"\n", 0, self.limit) + 1 or self.limit
        return BytesPage(bytes(self.text[:end]), 1, cut=True)


async def read_page(pieces: AsyncIterable[bytes], skip: int, limit: int) -> BytesPage:
    """The files from the one with the index ``skip`` on, as far as they have ``limit`` bytes together; at least one."""
    reading = _Reading(skip, limit)
    rest, at_line_start = b"", True
    async for piece in pieces:
        held = rest + piece
        end = held.rfind(b"\n") + 1 or (len(held) if len(held) > limit else 0)
        some, rest = held[:end], held[end:]
        if some:
            reading.add(some, at_line_start=at_line_start)
            at_line_start = some.endswith(b"\n")
        if reading.full:
            return reading.page()
    reading.add(rest, at_line_start=at_line_start)
    return reading.page()
