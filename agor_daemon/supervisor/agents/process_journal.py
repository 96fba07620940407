"""The list on disk of the agent processes that run, so that those a crash leaves behind can be ended safely."""

import contextlib
from pathlib import Path

import msgspec

from agor_core.config import pidfile, private_file


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One process; start time and boot id tell a reused pid from ours."""

    pid: int
    started: str
    boot_id: str
    session_id: str


class ProcessJournal:
    """Kept in ``agents.json`` under the home, written as a whole at each change."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries: dict[int, Entry] = {}

    def add(self, pid: int, started: str, session_id: str) -> None:
        """Note a process that was just started."""
        self._entries[pid] = Entry(pid=pid, started=started, boot_id=pidfile.boot_id(), session_id=session_id)
        self._write()

    def remove(self, pid: int) -> None:
        """Forget a process that has ended."""
        if self._entries.pop(pid, None) is not None:
            self._write()

    def left_behind(self) -> list[Entry]:
        """What an earlier daemon noted in this boot of the machine and did not take back."""
        try:
            entries = msgspec.json.decode(self._file.read_bytes(), type=list[Entry])
        except (OSError, msgspec.DecodeError):
            return []
        boot = pidfile.boot_id()
        return [entry for entry in entries if entry.boot_id == boot and entry.pid not in self._entries]

    def clear(self) -> None:
        """Forget what earlier daemons noted."""
        self._write()

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            private_file.write(self._file, msgspec.json.encode(list(self._entries.values())))
