"""The copies of a SQLite store in the backups folder: one a day, those made by hand, and the newest that is good."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from agor_core.clock import Clock
from agor_core.db.backup import backup
from agor_core.db.check import faults_of, integrity_check
from agor_core.db.engines import sqlite_file, sqlite_url
from agor_core.errors import AgorError

DAILY, REPLACED = "daily", "replaced"
KEPT = 7
"""Daily copies; those that were made by hand or before a migration stay."""
A_DAY = timedelta(hours=24)
DAMAGED = ".damaged"
"""The suffix of a copy that was found to be damaged when it was made."""


def due(url: str, into: Path, clock: Clock) -> bool:
    """Whether there is a SQLite store to copy whose last daily copy is older than a day."""
    file = sqlite_file(url)
    if file is None or not file.exists():
        return False
    newest = newest_daily(into)
    return newest is None or clock.now().timestamp() - newest.stat().st_mtime > A_DAY.total_seconds()


def make_daily(url: str, into: Path, clock: Clock) -> list[str]:
    """Make and check today's copy, and drop those beyond KEPT; returns the faults of the store, one sentence each.

    A damaged copy gets another suffix, and nothing is dropped then. Raises Unprocessable if it cannot be made.
    """
    earlier = newest_daily(into)
    made = backup(url, into=into, clock=clock, kind=DAILY)
    faults = integrity_check(sqlite_url(made)) or (faults_of(made, earlier) if earlier is not None else [])
    if faults:
        made.replace(made.with_name(f"{made.name}{DAMAGED}"))
        return faults
    for old in list(_daily(into))[KEPT:]:
        old.unlink(missing_ok=True)
    return []


def newest_good(into: Path) -> Path | None:
    """The newest copy that the check finds whole; None if there is none. One that a restore put aside is not meant."""
    return next((copy for copy in copies(into) if f"-{REPLACED}-" not in copy.name and _is_whole(copy)), None)


def newest_daily(into: Path) -> Path | None:
    """The last daily copy; None if there is none."""
    return next(_daily(into), None)


def copies(into: Path) -> list[Path]:
    """All copies, newest first."""
    return sorted(into.glob("*.db"), key=lambda copy: copy.stat().st_mtime, reverse=True)


def _daily(into: Path) -> Iterator[Path]:
    return (copy for copy in copies(into) if f"-{DAILY}-" in copy.name)


def _is_whole(copy: Path) -> bool:
    try:
        return integrity_check(sqlite_url(copy)) == []
    except (AgorError, sqlite3.Error):
        return False
