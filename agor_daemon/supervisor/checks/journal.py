"""The journal of checks that run: the next daemon ends their processes, and removes the working trees of some."""

from pathlib import Path

import msgspec

from agor_daemon.supervisor.journal import Journal


class CheckEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One check; ``path`` is a working tree of the repository ``repo`` that was made for it alone."""

    check_id: str
    repo: str | None = None
    path: str | None = None


class CheckJournal(Journal[CheckEntry]):
    """Kept in ``checks.json`` under the home, by check."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, CheckEntry, key=lambda entry: entry.check_id)
