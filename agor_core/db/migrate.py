"""Prepares a store: creates it, or migrates its schema to this version after a backup."""

import sqlite3
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from agor_core.clock import Clock
from agor_core.db import copies, engines, schema
from agor_core.db.backup import backup
from agor_core.db.failures import reason
from agor_core.errors import AgorError, StoreBusy, StoreDamaged, StoreUnusable

CHECKED_WHOLE = 32 * 2**20
"""Bytes; a larger file is not checked for damage at every start."""


def prepare(url: str, *, backups: Path, clock: Clock, asked: bool = False) -> None:
    """Create or migrate the store; does nothing if it is up to date.

    A SQLite file is copied to the folder ``backups`` before a migration; PostgreSQL, of which no copy is made, is
    migrated only where a person ``asked`` for it. Raises StoreUnusable, and leaves the store as
    it was, if it is newer than this program, damaged, not ours or not writable; StoreBusy if another program holds it.
    """
    file = engines.sqlite_file(url)
    if file is None:
        from agor_core.db import postgres_schema

        postgres_schema.prepare(url, asked=asked)
        return
    _make_room(file)
    try:
        version = schema_version(url)
        if version is not None:
            schema.check_known(version, str(file))
            _check_sound(file)
        _check_writable(file)
    except StoreDamaged as damage:
        raise _with_way_back(damage, backups) from damage.__cause__
    if version == schema.HEAD:
        return
    if version is not None:
        backup(url, into=backups, clock=clock)
    engine = engines.sqlite_writer(url)
    try:
        with engine.begin() as connection:
            schema.upgrade(connection)
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreUnusable(f"The database {file} could not be brought up to date: {reason(error)}.") from error
    finally:
        engine.dispose()


def schema_version(url: str) -> str | None:
    """The version of a store's schema; None if there is no store yet. Raises StoreUnusable."""
    file = engines.sqlite_file(url)
    if file is None:
        from agor_core.db import postgres_schema

        return postgres_schema.schema_version(url)
    if not file.exists() or file.stat().st_size == 0:
        return None
    try:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables:
                return None
            if "alembic_version" not in tables:
                raise StoreUnusable(f"{file} is a database of another program; it was left as it is.")
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _unusable(file, error) from error
    return None if row is None else str(row[0])


def _with_way_back(damage: StoreDamaged, backups: Path) -> StoreDamaged:
    """The same, with the newest good copy and how to restore it."""
    copy = copies.newest_good(backups)
    if copy is None:
        return StoreDamaged(f"{damage} There is no good copy in {backups}.")
    return StoreDamaged(f"{damage} The newest good copy is {copy}; put it in place with: agor db restore --latest")


def _make_room(file: Path) -> None:
    if file.exists():
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
    except OSError as error:
        raise StoreUnusable(f"The database {file} cannot be written: {error.strerror}.") from error


def _check_sound(file: Path) -> None:
    """Raise StoreUnusable for a damaged file; ``agor db check`` alone checks large files."""
    if file.stat().st_size > CHECKED_WHOLE:
        return
    try:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            problems = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(1)")]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _unusable(file, error) from error
    if problems != ["ok"]:
        raise StoreDamaged(f"The database {file} is damaged ({problems[0]}); it was left as it is.")


def _check_writable(file: Path) -> None:
    try:
        connection = sqlite3.connect(file, timeout=engines.BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _unusable(file, error) from error


def _unusable(file: Path, error: sqlite3.Error) -> AgorError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusy(f"Another program is holding the database {file}.")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreDamaged(f"The database {file} is damaged ({error}); it was left as it is.")
    return StoreUnusable(f"The database {file} cannot be used: {error}.")
