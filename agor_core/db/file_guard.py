"""Notice that the files of an open SQLite database are not what they were: removed, replaced, or written by another.

SQLite works on with the files that it has open, so that what it commits to a removed one is lost; and SQLite before
3.51.3 can damage a database that several programs write (https://www.sqlite.org/wal.html#walreset). The daemon is the
only writer, so any other write is foreign. All of this is asked of the one connection that writes.
"""

import sqlite3
from pathlib import Path
from typing import NamedTuple

from agor_core.errors import StoreLost


class _Place(NamedTuple):
    device: int
    inode: int


class _Content(NamedTuple):
    size: int
    changed: int


class FileGuard:
    """For one connection at a time, in its thread. Once the files are lost, they stay lost."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._with_it = (file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm"))
        self._places: dict[Path, _Place] = {}
        self._content: _Content | None = None
        self._version: int | None = None
        self._lost: str | None = None

    def opened(self) -> None:
        """After a connection was opened, which counts the versions anew."""
        self._version = None

    def check(self, connection: sqlite3.Connection) -> None:
        """Within a transaction, before it writes. Raises StoreLost."""
        self._check_places()
        version = _data_version(connection)
        if self._version is not None and version != self._version:
            self._lose(f"Another program wrote into the database {self._file}")
        self._version = version
        if self._content is not None and self._content != _content(self._file):
            self._lose(f"The database {self._file} was written over")

    def committed(self) -> None:
        """After a commit, before its acknowledgement: it may have gone to files that are no more. Raises StoreLost."""
        self._check_places()
        self._content = _content(self._file)
        for file in (self._file, *self._with_it):
            if file not in self._places and (place := _place(file)) is not None:
                self._places[file] = place

    def _check_places(self) -> None:
        if self._lost is not None:
            raise StoreLost(self._lost)
        for file, place in self._places.items():
            found = _place(file)
            if found is None:
                self._lose(f"{file} was removed")
            elif found != place:
                self._lose(f"{file} was replaced")

    def _lose(self, what: str) -> None:
        self._lost = (
            f"{what} while the daemon ran. Nothing more is written; start the daemon again, and if it is damaged: "
            "agor db restore --latest"
        )
        raise StoreLost(self._lost)


def _place(file: Path) -> _Place | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return _Place(found.st_dev, found.st_ino)


def _content(file: Path) -> _Content:
    try:
        found = file.stat()
    except OSError:
        return _Content(0, 0)
    return _Content(found.st_size, found.st_mtime_ns)


def _data_version(connection: sqlite3.Connection) -> int:
    """Changes when another connection commits: https://www.sqlite.org/pragma.html#pragma_data_version."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
