"""What ``agor doctor`` checks: one function a check, each with one sentence as its finding.

A check returns what it found. To add one, write a function and put it into CHECKS.
"""

import resource
import shutil
import sqlite3
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from agor_core.config import home_checks, pidfile
from agor_core.config.paths import Paths
from agor_core.config.settings import load
from agor_core.db import copies, migrate, schema, sqlite_version
from agor_core.db.check import faults_of, integrity_check
from agor_core.db.engines import sqlite_file
from agor_core.errors import AgorError
from agor_daemon.access.admission import MOST_OF_ONE_STRANGER, MOST_OF_STRANGERS
from agor_daemon.lifespan import database_url

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LEAST_DESCRIPTORS = 1_024
"""Open files below which strangers, and what is kept for the owner, do not both fit."""


class Finding(msgspec.Struct, frozen=True):
    """``bad`` keeps Agor from working or threatens what it keeps; ``warn`` is worth knowing."""

    check: str
    state: Literal["ok", "warn", "bad"]
    says: str


def home(paths: Paths) -> Finding:
    """Whose it is, who can write to it, where it is, and the room that is left."""
    if not paths.home.exists() and not paths.home.is_symlink():
        return Finding("home", "warn", f"{paths.home} is not there yet; the daemon makes it when it starts.")
    for check in home_checks.CHECKS:
        if (fault := check(paths)) is not None:
            return Finding("home", "bad" if fault.refuses else "warn", fault.sentence)
    free = shutil.disk_usage(paths.home).free / 1e9
    return Finding("home", "ok", f"{paths.home}, private to you, {free:.1f} GB left on its disk")


def config(paths: Paths) -> Finding:
    """Whether the settings can be read."""
    load(paths.config)
    return Finding("config", "ok", f"{paths.config}" if paths.config.exists() else "no config, all as it comes")


def daemon(paths: Paths) -> Finding:
    """Whether it runs, by its pid file."""
    info = pidfile.read(paths.pid)
    if info is None or not pidfile.is_alive(info):
        return Finding("daemon", "ok", "not running; it starts when it is needed")
    return Finding("daemon", "ok", f"running, version {info.version}, pid {info.pid}, port {info.port}")


def database(paths: Paths) -> Finding:
    """Whether it is whole, and of this version."""
    url = database_url(load(paths.config), paths)
    file = sqlite_file(url)
    version = migrate.schema_version(url)
    if version is None:
        return Finding("database", "ok", "none yet")
    schema.check_known(version, "of this home")
    if file is None:
        return Finding("database", "ok", f"PostgreSQL, schema {version}")
    if faults := integrity_check(url):
        return Finding("database", "bad", f"{file} is damaged ({faults[0].rstrip('.')}): agor db restore --latest")
    return Finding("database", "ok", f"{file}, {file.stat().st_size / 1e6:.1f} MB, schema {version}, whole")


def unchanged_records(paths: Paths) -> Finding:
    """Whether what nothing changed is as it was in the last daily copy: damage that SQLite itself does not see."""
    file = sqlite_file(database_url(load(paths.config), paths))
    earlier = copies.newest_daily(paths.backups)
    if file is None or earlier is None or not file.exists():
        return Finding("records", "ok", "nothing to compare with yet")
    if faults := faults_of(file, earlier):
        return Finding("records", "bad", f"{faults[0].rstrip('.')} ({earlier}).")
    return Finding("records", "ok", f"what nothing changed is as in {earlier.name}")


def backups(paths: Paths) -> Finding:
    """The copies, and the age of the newest daily one."""
    if sqlite_file(database_url(load(paths.config), paths)) is None:
        return Finding("backups", "ok", "PostgreSQL is backed up with its own tools: pg_dump")
    damaged = list(paths.backups.glob(f"*{copies.DAMAGED}"))
    if damaged:
        return Finding("backups", "bad", f"{max(damaged).name} was damaged when it was made; see: agor daemon logs")
    newest = copies.newest_daily(paths.backups)
    if newest is None:
        return Finding("backups", "warn", "no daily copy yet; the daemon makes one when it has run for a minute")
    hours = (time.time() - newest.stat().st_mtime) / 3600
    return Finding("backups", "ok", f"{len(copies.copies(paths.backups))}, the last daily one {hours:.0f} hours old")


def sqlite(_: Paths) -> Finding:
    """The version of SQLite and its known fault."""
    warning = sqlite_version.warning()
    return Finding("sqlite", "warn" if warning else "ok", warning or f"version {sqlite3.sqlite_version}")


def strangers(paths: Paths) -> Finding:
    """Who besides the user can reach the daemon, and what room they are left."""
    settings = load(paths.config).daemon
    if settings.host is not None and settings.host not in LOOPBACK:
        said = f"other machines can reach the daemon at {settings.host}; over TCP everybody needs the token"
        return Finding("strangers", "warn", said)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < LEAST_DESCRIPTORS:
        said = f"only {most} open files are allowed, of which strangers can take half; raise the limit (ulimit -Hn)"
        return Finding("strangers", "warn", said)
    room = f"at most {MOST_OF_STRANGERS} connections, {MOST_OF_ONE_STRANGER} a user, and nothing without the token"
    return Finding("strangers", "ok", f"other users of this machine get {room}")


def git(_: Paths) -> Finding:
    """Whether there is a git, for worktrees and checkpoints."""
    program = shutil.which("git")
    if program is None:
        return Finding("git", "warn", "there is no git: no worktrees, no checkpoints, forks share the directory")
    return Finding("git", "ok", program)


CHECKS: tuple[Callable[[Paths], Finding], ...] = (
    home,
    config,
    daemon,
    database,
    unchanged_records,
    backups,
    sqlite,
    strangers,
    git,
)


def examine(paths: Paths) -> list[Finding]:
    """The finding of every check; a check that fails is a finding too. Nothing is changed."""
    return [_finding(check, paths) for check in CHECKS]


def _finding(check: Callable[[Paths], Finding], paths: Paths) -> Finding:
    try:
        return check(paths)
    except (AgorError, OSError, sqlite3.Error) as error:
        return Finding(check.__name__.replace("_", " "), "bad", str(error))
