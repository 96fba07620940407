"""Lines out of a stream of bytes; one that is too long is dropped as a whole."""

LONGEST = 64 * 1024 * 1024
"""Bytes; agents send whole files in one line."""


class LineSplitter:
    """Fed with pieces, gives whole lines without their end."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._pieces: list[bytes] = []
        self._size = 0
        self._skipping = False
        self.dropped = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that end in this piece."""
        first, *rest = data.split(b"\n")
        if not rest:
            self._keep(first)
            return []
        self._keep(first)
        lines = [*self._take(), *rest[:-1]]
        self._keep(rest[-1])
        return lines

    def rest(self) -> list[bytes]:
        """What came after the last line end, at the end of the stream."""
        return [line for line in self._take() if line]

    def _keep(self, piece: bytes) -> None:
        if self._skipping or not piece:
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._longest:
            self._pieces, self._size, self._skipping = [], 0, True
            self.dropped += 1

    def _take(self) -> list[bytes]:
        line = b"".join(self._pieces)
        skipped, self._skipping = self._skipping, False
        self._pieces, self._size = [], 0
        return [] if skipped else [line]
