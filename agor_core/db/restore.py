"""Put a copy in the place of a SQLite store that no daemon uses; what was there is put aside, not deleted."""

import os
import secrets
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

from agor_core.clock import Clock, timestamp
from agor_core.config.private_file import sync_folder
from agor_core.db import schema
from agor_core.db.check import integrity_check
from agor_core.db.copies import REPLACED
from agor_core.db.engines import sqlite_file, sqlite_url
from agor_core.db.migrate import schema_version
from agor_core.errors import Unprocessable

LOG = ("-wal", "-shm")


def restore(url: str, copy: Path, *, aside: Path, clock: Clock) -> Path | None:
    """Replace the store by a copy; returns where the replaced one is now, None if there was none.

    The feed gets another name, so that clients load afresh. Raises Unprocessable for PostgreSQL, for what is no whole
    store of this version or an earlier one, and if it cannot be written; StoreUnusable for a newer one.
    """
    file = sqlite_file(url)
    if file is None:
        raise Unprocessable("A PostgreSQL database is restored with its own tools: pg_restore.")
    _check(copy)
    fresh = file.with_name(f".{file.name}.restored")
    try:
        _write(copy, fresh)
        replaced = _put_aside(file, aside / f"{file.stem}-{REPLACED}-{_moment(clock)}.db")
        fresh.replace(file)
        sync_folder(file.parent)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise Unprocessable(f"The database could not be restored from {copy}: {error}.") from error
    return replaced


def _check(copy: Path) -> None:
    if not copy.is_file():
        raise Unprocessable(f"There is no copy {copy}.")
    version = schema_version(sqlite_url(copy))
    if version is None:
        raise Unprocessable(f"{copy} holds no database of Agor.")
    schema.check_known(version, str(copy))
    if faults := integrity_check(sqlite_url(copy)):
        raise Unprocessable(f"The copy {copy} is damaged itself ({faults[0].rstrip('.')}); choose another.")


def _write(copy: Path, fresh: Path) -> None:
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    source, target = sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True), sqlite3.connect(fresh)
    try:
        source.backup(target)
        target.execute("UPDATE feed_head SET epoch = ?", (secrets.token_hex(8),))
        target.commit()
        target.execute("PRAGMA journal_mode=DELETE")
    finally:
        target.close()
        source.close()
    with fresh.open("rb") as written:
        os.fsync(written.fileno())


def _put_aside(file: Path, target: Path) -> Path | None:
    """Keep a database elsewhere with its log, which must not meet another one; the file itself stays in its place."""
    if not file.exists():
        return None
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        target.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, target)
    for part in LOG:
        with suppress(FileNotFoundError):
            file.with_name(file.name + part).rename(target.with_name(target.name + part))
    sync_folder(target.parent)
    return target


def _moment(clock: Clock) -> str:
    return timestamp(clock.now()).replace(":", "").replace(".", "")
