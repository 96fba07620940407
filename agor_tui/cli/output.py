"""Stdout, which no other module writes to: records as JSON, or lines of text with or without colour."""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from agor_tui.state.clean import cut, width
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

if TYPE_CHECKING:
    from agor_tui.cli.tables import TableColumn

WIDE = 200
"""Cells of a line if stdout is no terminal."""

_SGR = {
    Tone.MUTED: "2",
    Tone.STRONG: "1",
    Tone.ACCENT: "36",
    Tone.SUCCESS: "32",
    Tone.WARNING: "1;33",
    Tone.ERROR: "31",
}
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class Output:
    """The command's stdout; ``json`` is whether it prints records or text."""

    def __init__(self, *, json: bool, color: bool | None) -> None:
        self.json = json
        self._terminal = sys.stdout.isatty()
        self._color = self._terminal and _colour_wanted() if color is None else color

    @property
    def cells(self) -> int:
        """The width of a line."""
        if self._terminal or os.environ.get("COLUMNS", "").isdecimal():
            return shutil.get_terminal_size().columns
        return WIDE

    def record(self, value: object) -> None:
        """Print a record, or a list, as JSON; on a terminal indented, with control characters escaped."""
        data = msgspec.json.encode(value)
        if self._terminal:
            text = msgspec.json.format(data, indent=2).decode()
            data = _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", text).encode()
        self._bytes(data + b"\n")

    def json_line(self, value: object) -> None:
        """Print a record as one line of JSON, and flush."""
        self._bytes(msgspec.json.encode(value) + b"\n")

    def text(self, text: str = "") -> None:
        """Print a line of text that is clean."""
        self._write(f"{text}\n")

    def piece(self, text: str) -> None:
        """Print a part of a line, and flush."""
        self._write(text)
        sys.stdout.flush()

    def raw(self, data: bytes) -> None:
        """Print bytes as they are: only for text that is not foreign, or if stdout is no terminal."""
        self._bytes(data)

    def line(self, segments: Iterable[Segment], *, indent: int = 0) -> None:
        """Print a line of segments, truncated to the width."""
        room = self.cells
        parts = [" " * indent]
        room -= indent
        for segment in segments:
            piece = cut(segment.text, room)
            room -= width(piece)
            parts.append(self.styled(piece, segment.tone))
            if piece != segment.text:
                break
        self._write("".join(parts).rstrip() + "\n")

    def table(self, columns: "Sequence[TableColumn]", rows: Sequence[Sequence[Segment]], *, indent: int = 0) -> None:
        """Print a table in the width that there is."""
        from agor_tui.cli.tables import table

        for segments in table(columns, rows, self.cells - indent):
            self.line(segments, indent=indent)

    def styled(self, text: str, tone: Tone) -> str:
        """The text in the colour of its tone, if the output has colour."""
        code = _SGR.get(tone)
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and code is not None and text.strip() else text

    def heading(self, word: str, note: str = "") -> None:
        """Print a heading after a blank line."""
        self.text()
        self.line([Segment(word, Tone.STRONG), Segment(f"  {note}" if note else "", Tone.MUTED)])

    @property
    def terminal(self) -> bool:
        """Whether stdout is a terminal."""
        return self._terminal

    def _write(self, text: str) -> None:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))

    def _bytes(self, data: bytes) -> None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _colour_wanted() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
