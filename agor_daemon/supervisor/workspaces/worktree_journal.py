"""The journal of worktrees in the making: the next daemon removes what a crash leaves of one.

A worktree without an entry here is never removed, even if the store does not know it.
"""

from pathlib import Path

import msgspec

from agor_daemon.supervisor.journal import Journal


class WorktreeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A worktree, from before git makes it until its record is stored."""

    repo: str
    path: str
    branch: str
    start: str


class WorktreeJournal(Journal[WorktreeEntry]):
    """Kept in ``worktrees.json`` under the home, by path."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, WorktreeEntry, key=lambda entry: entry.path)
