"""One daemon per store: a lock beside the SQLite file, or in the PostgreSQL database, that names its holder.

The home's own lock does not suffice: the databases of two homes can be the same.
"""

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec

from agor_core.config import private_file
from agor_core.config.paths import Paths
from agor_core.db import engines
from agor_core.db.store_holder import Hold, Holder, refused
from agor_core.errors import CannotStart, StoreUnusable


@contextlib.contextmanager
def hold(url: str, paths: Paths) -> Iterator[Hold]:
    """Hold the lock of the store at an address. Raises CannotStart, naming the daemon that holds it.

    Only a PostgreSQL server can give the lock to another daemon meanwhile, when it has ended the session with it.
    """
    holder = Holder(socket.gethostname(), os.getpid(), str(paths.home))
    file = engines.sqlite_file(url)
    if file is not None:
        with _sqlite(file.resolve(), holder):
            yield Hold()
        return
    from agor_core.db import postgres_lock

    with postgres_lock.hold(url, holder) as held:
        yield held


@contextlib.contextmanager
def _sqlite(database: Path, holder: Holder) -> Iterator[None]:
    """Hold an flock on a file beside the database; as with the home's lock, the file stays."""
    file = database.with_name(f"{database.name}.lock")
    try:
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = private_file.open_regular(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
    except OSError as error:
        raise StoreUnusable(f"The database {database} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refused(str(database), _named(lock.read())) from None
        except OSError as error:
            raise CannotStart(f"The lock {file} cannot be taken: {error.strerror}.") from None
        with contextlib.suppress(OSError):  # without the name the lock holds as well
            lock.truncate(0)
            lock.write(msgspec.json.encode(holder))
            lock.flush()
        yield


def _named(text: bytes) -> str:
    try:
        return str(msgspec.json.decode(text, type=Holder))
    except msgspec.DecodeError:
        return "another program, which has not said its name"
