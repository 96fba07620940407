"""``python -m agor_daemon db …``: migrate, status, backup, check and restore; each returns an exit code."""

from collections.abc import Callable, Mapping
from pathlib import Path

from agor_core.clock import SystemClock
from agor_core.config.paths import Paths
from agor_core.config.settings import Settings
from agor_core.db import migrate, schema, store_lock
from agor_core.db.backup import backup
from agor_core.db.check import faults_of, integrity_check
from agor_core.db.copies import newest_daily, newest_good
from agor_core.db.engines import place, sqlite_file
from agor_core.db.restore import restore
from agor_core.errors import AlreadyRunning, Unprocessable
from agor_daemon import home, lockfile
from agor_daemon.lifespan import database_url

Write = Callable[[str], object]
Command = Callable[[Settings, Paths, Write], int]


def migrate_database(settings: Settings, paths: Paths, write: Write) -> int:
    """Create the database or migrate it, after a backup. Raises AlreadyRunning while a daemon uses it.

    An up-to-date database that is in use is no error.
    """
    url = database_url(settings, paths)
    home.make(paths)
    try:
        with lockfile.hold(paths.lock), store_lock.hold(url, paths):
            before = migrate.schema_version(url)
            migrate.prepare(url, backups=paths.backups, clock=SystemClock(), asked=True)
    except AlreadyRunning as error:
        before = migrate.schema_version(url)
        if before != schema.HEAD:
            raise AlreadyRunning(f"{error} Stop it first: agor daemon stop") from None
    write(
        f"schema {before or 'none'} -> {schema.HEAD}\n" if before != schema.HEAD else f"schema {before}: up to date\n"
    )
    if before not in (None, schema.HEAD) and sqlite_file(url) is None:
        write(f"no copy was made of {place(url)}; pg_dump makes one\n")
    return 0


def status(settings: Settings, paths: Paths, write: Write) -> int:
    """Write the schema of the database and the one that this program needs; 1 if they differ."""
    version = migrate.schema_version(database_url(settings, paths))
    write(f"database {place(database_url(settings, paths))}\n")
    write(f"schema   {version or 'none'}\nneeded   {schema.HEAD}\n")
    return 0 if version == schema.HEAD else 1


def back_up(settings: Settings, paths: Paths, write: Write) -> int:
    """Copy the database, which may be in use, and write the path of the copy."""
    write(f"{backup(database_url(settings, paths), into=paths.backups, clock=SystemClock())}\n")
    return 0


def check(settings: Settings, paths: Paths, write: Write) -> int:
    """Check the database; 1 and a line for each problem if it is damaged."""
    url = database_url(settings, paths)
    problems = integrity_check(url)
    file, earlier = sqlite_file(url), newest_daily(paths.backups)
    if not problems and file is not None and earlier is not None:
        problems = faults_of(file, earlier)
    write("".join(f"{problem}\n" for problem in problems) or "ok\n")
    return 1 if problems else 0


def restore_database(settings: Settings, paths: Paths, write: Write, given: str | None) -> int:
    """Put a copy in the place of the database, the newest good one if none is given. Raises AlreadyRunning."""
    copy = newest_good(paths.backups) if given is None else Path(given)
    if copy is None:
        raise Unprocessable(f"There is no good copy in {paths.backups}.")
    url = database_url(settings, paths)
    home.make(paths)
    try:
        with lockfile.hold(paths.lock), store_lock.hold(url, paths):
            replaced = restore(url, copy, aside=paths.backups, clock=SystemClock())
    except AlreadyRunning as error:
        raise AlreadyRunning(f"{error} Stop it first: agor daemon stop") from None
    write(f"restored from {copy}\n")
    if replaced is not None:
        write(f"the one before is now {replaced}\n")
    return 0


COMMANDS: Mapping[str, Command] = {
    "migrate": migrate_database,
    "status": status,
    "backup": back_up,
    "check": check,
}
