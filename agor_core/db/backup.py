"""Backup copies of a SQLite store, which may be in use."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from agor_core.clock import Clock, timestamp
from agor_core.config.private_file import sync_folder
from agor_core.db.engines import sqlite_file
from agor_core.errors import Unprocessable


def backup(url: str, *, into: Path, clock: Clock, kind: str | None = None) -> Path:
    """Copy the store, as one consistent state, to a new file in the folder ``into``; returns that file.

    ``kind`` is part of its name.

    An interrupted copy keeps a temporary name. Raises Unprocessable for PostgreSQL, a missing file or a failed copy.
    """
    file = sqlite_file(url)
    if file is None:
        raise Unprocessable("A PostgreSQL database is backed up with its own tools: pg_dump.")
    if not file.exists():
        raise Unprocessable(f"There is no database to back up: {file} does not exist.")
    moment = timestamp(clock.now()).replace(":", "").replace(".", "")
    target = into / f"{'-'.join(filter(None, (file.stem, kind, moment)))}.db"
    unfinished = target.with_suffix(".part")
    try:
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
        _copy(file, unfinished)
        unfinished.replace(target)
        sync_folder(into)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise Unprocessable(f"The database could not be copied to {target}: {error}.") from error
    return target


def _copy(file: Path, target: Path) -> None:
    target.touch(mode=0o600)
    source = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        copy = sqlite3.connect(target)
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
    finally:
        source.close()
    with target.open("rb") as written:
        os.fsync(written.fileno())
