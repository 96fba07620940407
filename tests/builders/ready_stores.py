"""Stores that are ready at once: the migrations run once for all tests of a process, and their file is copied.

``tests/core/db/test_migrate.py`` tests the migrations; other tests only need an empty store of the present version.
"""

import secrets
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from agor_core.clock import Clock, SystemClock
from agor_core.db import engines, migrate

EPOCH_BYTES = 8


def prepare(url: str, *, backups: Path, clock: Clock) -> None:
    """As ``migrate.prepare``; a new SQLite store is a copy, with an epoch of its own."""
    file = engines.sqlite_file(url)
    if file is not None and not file.exists():
        place(file)
    else:
        migrate.prepare(url, backups=backups, clock=clock)


def place(file: Path) -> None:
    """Put an empty store of this version there."""
    content, epoch = _migrated()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)
    file.write_bytes(content.replace(epoch, secrets.token_hex(EPOCH_BYTES).encode()))


@cache
def _migrated() -> tuple[bytes, bytes]:
    """An empty store as bytes, and those of its epoch in them."""
    with tempfile.TemporaryDirectory(prefix="agor-ready-store-") as folder:
        file = Path(folder) / "agor.db"
        migrate.prepare(engines.sqlite_url(file), backups=Path(folder), clock=SystemClock())
        with closing(sqlite3.connect(file)) as connection:
            ((epoch,),) = connection.execute("SELECT epoch FROM feed_head")
        content = file.read_bytes()
    epoch = epoch.encode()
    assert content.count(epoch) == 1
    return content, epoch
