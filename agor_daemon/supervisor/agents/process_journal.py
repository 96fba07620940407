"""The journal of agent processes: the next daemon ends those that a crash leaves behind, and no others."""

from pathlib import Path

import msgspec

from agor_core.config import pidfile
from agor_daemon.supervisor.journal import Journal


class ProcessEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One process; start time and boot id tell a reused pid from the agent's."""

    pid: int
    started: str
    boot_id: str
    session_id: str


class ProcessJournal(Journal[ProcessEntry]):
    """Kept in ``agents.json`` under the home, by pid."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, ProcessEntry, key=lambda entry: entry.pid)

    def note(self, pid: int, started: str, session_id: str) -> None:
        """Note a process that was just started."""
        self.add(ProcessEntry(pid=pid, started=started, boot_id=pidfile.boot_id(), session_id=session_id))

    def left_behind(self) -> list[ProcessEntry]:
        """The processes that an earlier daemon of this boot of the machine left behind."""
        boot = pidfile.boot_id()
        return [entry for entry in super().left_behind() if entry.boot_id == boot]
