"""Stores with very many sessions, in seconds: rows are written by the driver, past the repositories."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from agor_core.clock import parse_timestamp, timestamp
from agor_core.config.paths import Paths
from agor_core.db import migrate
from agor_core.db.store import sqlite_url
from agor_core.repositories.mappings import SESSIONS
from tests.builders.records import CREATED, make_session
from tests.builders.stores import HeldClock

DESCRIPTION = "A session that works on one thing, and on nothing else. " * 4
STATUSES = ("idle", "idle", "idle", "completed", "failed")


def identity(number: int) -> tuple[str, str]:
    """The id and short id of the session of this number; none is the same as another's, or as one made at random."""
    short = f"{number:08x}"[::-1]
    return f"0190f3c4-{number >> 16:04x}-7{number & 0xFFF:03x}-8{number >> 12 & 0xFFF:03x}-{short}0000", short


def big_store(paths: Paths, count: int) -> None:
    """Make the store of a home, with so many sessions, one a minute."""
    url = sqlite_url(paths.database)
    paths.home.mkdir(parents=True, exist_ok=True)
    migrate.prepare(url, backups=paths.backups, clock=HeldClock())
    template = SESSIONS.values(make_session(agent="demo", description=DESCRIPTION))
    names = list(template)
    connection = sqlite3.connect(paths.database, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        places = ", ".join("?" * len(names))
        connection.executemany(f"INSERT INTO sessions ({', '.join(names)}) VALUES ({places})", _rows(template, count))
        connection.execute("COMMIT")
        connection.execute("PRAGMA optimize=0x10002")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _rows(template: dict[str, Any], count: int) -> Iterator[list[Any]]:
    first = parse_timestamp(CREATED)
    for number in range(count):
        full, short = identity(number)
        at = timestamp(first + timedelta(minutes=number))
        row = {
            **template,
            "session_id": full,
            "short_id": short,
            "title": f"Session {number}",
            "status": STATUSES[number % len(STATUSES)],
            "created_at": at,
            "updated_at": at,
        }
        yield list(row.values())
