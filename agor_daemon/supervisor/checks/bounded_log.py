"""The log of a check: its output as plain text in a file, the beginning and the end of it where it is long."""

import codecs
import contextlib
import os
import re
from pathlib import Path

HEAD = 2 * 2**20
TAIL = 1 * 2**20
"""Bytes that are kept of the beginning and, of what is beyond it, of the end."""
LONGEST_LINE = 64 * 1024
"""Characters after which a line is written before its end is known."""
LAST_LINES, LAST_CHARACTERS = 40, 4000
"""The most of the output that a record holds."""
LEFT_OUT = "\n[{count} bytes of the output are left out here]\n"

_SEQUENCES = re.compile(
    r"\x1b\[[0-?]{0,256}[ -/]{0,16}[@-~]"  # of control: colours, the cursor
    r"|\x1b[\]PX^_][^\x07\x1b]{0,65536}(?:\x07|\x1b\\)?"  # of strings: titles, links
    r"|\x1b[ -/]{0,16}[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)


def plain(text: str) -> str:
    """The text as a terminal would leave it, without sequences and control characters.

    Of a line that was written over, as by a progress bar, the last state stays.
    """
    text = _SEQUENCES.sub("", text)
    if "\r" not in text:
        return text
    return "\n".join(_last_state(line) for line in text.replace("\r\n", "\n").split("\n"))


def _last_state(line: str) -> str:
    return next((state for state in reversed(line.split("\r")) if state), "")


class BoundedLog:
    """Takes output as it comes; not written where the disk does not take it. ``feed`` runs in one thread."""

    def __init__(self, file: Path) -> None:
        self.taken = 0
        """Bytes of output so far."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._head = 0
        self._beyond = bytearray()
        self._dropped = 0
        self._last = ""
        self._file = None
        with contextlib.suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", buffering=0)

    def feed(self, data: bytes) -> None:
        """Take a piece of output."""
        self.taken += len(data)
        if self._head < HEAD:
            text = self._line + self._decoder.decode(data)
            whole, _, self._line = text.rpartition("\n")
            if whole:
                self._write(plain(f"{whole}\n"))
            if len(self._line) > LONGEST_LINE:
                self._write(plain(self._line))
                self._line = ""
            return
        self._beyond += data
        if len(self._beyond) > 2 * TAIL:
            self._dropped += len(self._beyond) - TAIL
            del self._beyond[:-TAIL]

    def say(self, text: str) -> None:
        """Write a line of our own."""
        self._write(f"{text}\n")

    def tail(self) -> str:
        """The last lines so far."""
        rest = self._line + self._beyond[-4 * LAST_CHARACTERS :].decode("utf-8", "replace")
        return last_lines(self._last + plain(rest))

    def close(self) -> str:
        """Write what is left and close; returns the last lines."""
        rest = self._line + self._decoder.decode(b"", final=not self._beyond)
        if self._beyond:
            self._dropped += max(0, len(self._beyond) - TAIL)
            end = self._beyond[-TAIL:].decode("utf-8", "replace")
            rest += (LEFT_OUT.format(count=self._dropped) if self._dropped else "") + end
        self._write(plain(rest))
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        return last_lines(self._last)

    def _write(self, text: str) -> None:
        self._last = (self._last + text)[-2 * LAST_CHARACTERS :]
        data = text.encode()
        self._head += len(data)
        if self._file is not None:
            try:
                self._file.write(data)
            except OSError:  # a full disk: the last lines are on the record all the same
                with contextlib.suppress(OSError):
                    self._file.close()
                self._file = None


def last_lines(text: str) -> str:
    """The last lines of a text, as many as a record holds, without the empty ones at the end."""
    lines = text.rstrip().splitlines()[-LAST_LINES:]
    kept = "\n".join(lines)
    return kept if len(kept) <= LAST_CHARACTERS else f"…{kept[-LAST_CHARACTERS + 1 :]}"
