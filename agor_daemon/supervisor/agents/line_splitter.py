"""Lines out of a stream of bytes; of one that is too long only its ends are kept."""

LONGEST = 64 * 1024 * 1024
"""Bytes; agents send whole files in one line."""
KEPT = 4096
"""Bytes of each end of a line that is too long."""


class CutLine(bytes):
    """The beginning of a line that was too long, in its place among the others; ``end`` is the last of it."""

    end: bytes

    @classmethod
    def of(cls, beginning: bytes, end: bytes) -> "CutLine":
        cut = cls(beginning)
        cut.end = end
        return cut


class LineSplitter:
    """Fed with pieces, gives whole lines without their end, and none that is blank."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._pieces: list[bytes] = []
        self._size = 0
        self._cut: CutLine | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that end in this piece."""
        first, *rest = data.split(b"\n")
        self._keep(first)
        if not rest:
            return []
        lines = [*self.rest(), *(line for line in rest[:-1] if line and not line.isspace())]
        self._keep(rest[-1])
        return lines

    def rest(self) -> list[bytes]:
        """What came after the last line end, at the end of the stream."""
        line = self._cut if self._cut is not None else b"".join(self._pieces)
        self._pieces, self._size, self._cut = [], 0, None
        return [line] if line and not line.isspace() else []

    def _keep(self, piece: bytes) -> None:
        if self._cut is not None:
            self._cut.end = (self._cut.end + piece)[-KEPT:]
        elif piece:
            self._pieces.append(piece)
            self._size += len(piece)
            if self._size > self._longest:
                line = b"".join(self._pieces)
                self._pieces, self._size, self._cut = [], 0, CutLine.of(line[:KEPT], line[-KEPT:])
