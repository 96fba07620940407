"""Lines out of a stream of bytes, up to a limit of length."""

LONGEST = 24 * 1024 * 1024
"""Bytes; agents send whole files in one line."""


class LineSplitter:
    """Takes pieces of the stream, gives whole lines without their end, and no blank ones.

    At a line of more than ``longest`` bytes the stream counts as broken: ``overflowed`` is set, the line and all that
    follows it are discarded.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self.overflowed = False
        self._longest = longest
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that end in this piece."""
        lines: list[bytes] = []
        *ends, last = data.split(b"\n")
        for end in ends:
            self._add(end)
            lines += self.rest()
        self._add(last)
        return lines

    def rest(self) -> list[bytes]:
        """At the end of the stream: the line that has no end, if there is one."""
        line = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return [line] if line and not line.isspace() else []

    def _add(self, piece: bytes) -> None:
        if self.overflowed or not piece:
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._longest:
            self.overflowed = True
            self._pieces, self._size = [], 0
