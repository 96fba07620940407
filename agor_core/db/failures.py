"""The translation of a database's errors into ours."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from agor_core.db.engines import place
from agor_core.errors import AgorError, Conflict, StoreBusy, StoreFull, StoreUnusable, Unavailable

_DISK_FULL = "53100"
_READ_ONLY = "25006"
_LOCK_NOT_AVAILABLE = ("55P03", "57014")
_TOO_MANY_CONNECTIONS = "53300"
_NO_CONNECTION = ("08", "57P")
"""Classes of states: the connection failed, or the server ends it because it stops, starts or restarts."""
_NOT_CONNECTED = "There is no connection to the database server now; try again."


@contextmanager
def translated() -> Iterator[None]:
    """Raise errors of the database as ours within this context."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise meaning(error)  # noqa: B904 - its cause is set already


def meaning(error: Exception) -> Exception:
    """Translate an error of the database into ours, without SQL and parameters; other errors are returned unchanged.

    The database's error is the cause of ours.
    """
    ours = _ours(error)
    if ours is None:
        return error
    ours.__cause__ = error
    return ours


def reason(error: Exception) -> str:
    """The database's own words, on one line, without SQLAlchemy's around them and without a full stop."""
    said = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    first = (str(said).strip() or type(said).__name__).splitlines()[0]
    return re.sub(r"^(?:<class '[^']*'>|\([\w.]+\)):? ", "", first).rstrip(".")


def unusable(url: str, error: Exception) -> StoreUnusable:
    """The error for a server's database that cannot be used at all."""
    return StoreUnusable(f"The PostgreSQL database {place(url)} cannot be used: {reason(error)}.")


def _ours(error: Exception) -> AgorError | None:
    match error:
        case PoolTimeout():
            return StoreBusy("The store is overloaded; try again.")
        case IntegrityError():
            return Conflict(f"The store refuses this: {reason(error)}.")
        case DBAPIError(connection_invalidated=True):
            return Unavailable(_NOT_CONNECTED)
        case DBAPIError():
            return _of_driver(error.orig)
        case sqlite3.Error():
            return _of_driver(error)
        case OSError():
            return Unavailable("The database server cannot be reached.")
        case _:
            return None


def _of_driver(error: BaseException | None) -> AgorError | None:
    name = getattr(error, "sqlite_errorname", "") or ""
    state = getattr(error, "sqlstate", "") or ""
    if state.startswith(_NO_CONNECTION):
        return Unavailable(_NOT_CONNECTED)
    if state == _TOO_MANY_CONNECTIONS:
        return StoreBusy("The database server has no connection left; try again.")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or state in _LOCK_NOT_AVAILABLE:
        return StoreBusy("Another program is holding the database; try again.")
    if name == "SQLITE_FULL" or state == _DISK_FULL:
        return StoreFull("There is no room left on the disk of the database; nothing was changed.")
    if name.startswith("SQLITE_CANTOPEN"):
        return Unavailable("The file of the database cannot be opened; nothing was changed.")
    if name.startswith("SQLITE_IOERR"):
        return Unavailable("The disk of the database reports an error; nothing was changed.")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return Unavailable("The database is damaged; stop the daemon and look at it with: agor db check")
    if name.startswith("SQLITE_READONLY") or state == _READ_ONLY:
        return Unavailable("The database cannot be written to; nothing was changed.")
    return None
