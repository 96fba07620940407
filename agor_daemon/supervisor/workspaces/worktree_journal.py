"""The list on disk of the worktrees that are being made, so that what a crash leaves of one can be taken away again.

Whatever is not on it is nobody's to take away, also if the store does not know it.
"""

import contextlib
from pathlib import Path

import msgspec

from agor_core.config import private_file


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A worktree from before it is begun until the store knows it."""

    repo: str
    path: str
    branch: str
    start: str


class WorktreeJournal:
    """Kept in ``worktrees.json`` under the home, written as a whole at each change."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries: dict[str, Entry] = {}

    def begin(self, entry: Entry) -> None:
        """Note a worktree that is about to be made."""
        self._entries[entry.path] = entry
        self._write()

    def end(self, path: str) -> None:
        """Forget one that is in the store now, or gone again."""
        if self._entries.pop(path, None) is not None:
            self._write()

    def left_behind(self) -> list[Entry]:
        """What an earlier daemon was making when it was killed."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=list[Entry])
        except (OSError, msgspec.DecodeError):
            return []

    def clear(self) -> None:
        """Forget what earlier daemons noted."""
        self._write()

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            private_file.write(self._file, msgspec.json.encode(list(self._entries.values())))
