"""The integrity check of a store: the database's own, its foreign keys, and the numbering of the feed."""

import sqlite3
from pathlib import Path

from agor_core.db.engines import sqlite_file
from agor_core.errors import Unprocessable


def integrity_check(url: str) -> list[str]:
    """The faults of a SQLite store, one sentence each. Raises Unprocessable for PostgreSQL and a missing file."""
    file = sqlite_file(url)
    if file is None:
        raise Unprocessable("A PostgreSQL database is checked by its server; there is no file to check.")
    if not file.exists():
        raise Unprocessable(f"There is no database to check: {file} does not exist.")
    try:
        return _problems(file)
    except sqlite3.DatabaseError as error:
        return [f"The database cannot be read: {error}."]


def _problems(file: Path) -> list[str]:
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        problems = [str(line) for (line,) in connection.execute("PRAGMA integrity_check") if line != "ok"]
        problems += [
            f"Row {row} of {table} refers to a row of {parent} that does not exist."
            for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check")
        ]
        first, last, rows = connection.execute("SELECT min(seq), max(seq), count(*) FROM feed").fetchone()
        head = connection.execute("SELECT seq FROM feed_head").fetchone()
    finally:
        connection.close()
    if head is None:
        problems.append("The feed has no head.")
    elif rows and (last != head[0] or last - first + 1 != rows):
        problems.append(f"The feed has gaps: {rows} rows from {first} to {last}, its head is {head[0]}.")
    return problems
