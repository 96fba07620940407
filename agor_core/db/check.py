"""The integrity check of a store: the database's own, its foreign keys, and the numbering of the feed.

The database's own check sees its structure and not what is written in it. So a store is compared with an earlier copy:
the feed names every record that changed since, and the others must be the same.
"""

import sqlite3
from pathlib import Path

from agor_core.db.engines import sqlite_file
from agor_core.db.tables import approvals, boards, checks, comments, messages, races, repos, sessions, tasks, worktrees
from agor_core.errors import Unprocessable

RECORDS = (boards, repos, worktrees, races, sessions, tasks, messages, approvals, comments, checks)
MOST_NAMED = 5
PLACES = ("main", "earlier")


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


def faults_of(file: Path, earlier: Path) -> list[str]:
    """The records that differ from those of an earlier copy though nothing changed them, one sentence a table.

    Empty where the two cannot be compared: another feed, another schema, or changes that the feed does not keep any
    more.
    """
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        connection.execute("ATTACH ? AS earlier", (f"{earlier.absolute().as_uri()}?mode=ro&immutable=1",))
        if (then := _comparable_since(connection)) is None:
            return []
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute(
            "CREATE TEMP TABLE changed AS SELECT DISTINCT service, id FROM main.feed WHERE seq > ?", (then,)
        )
        return [fault for table in RECORDS if (fault := _differences(connection, table.name))]
    except sqlite3.DatabaseError as error:
        return [f"The database cannot be compared with {earlier.name}: {error}."]
    finally:
        connection.close()


def _comparable_since(connection: sqlite3.Connection) -> int | None:
    """The head of the earlier feed, if the later one has every change since."""
    ((epoch, head),) = connection.execute("SELECT epoch, seq FROM main.feed_head")
    ((earlier_epoch, then),) = connection.execute("SELECT epoch, seq FROM earlier.feed_head")
    version = "SELECT version_num FROM {}.alembic_version"
    versions = [connection.execute(version.format(place)).fetchone() for place in PLACES]
    first = connection.execute("SELECT min(seq) FROM main.feed").fetchone()[0]
    complete = head == then or (first is not None and first <= then + 1)
    return then if epoch == earlier_epoch and versions[0] == versions[1] and head >= then and complete else None


def _differences(connection: sqlite3.Connection, table: str) -> str | None:
    columns = connection.execute(f"PRAGMA main.table_info({table})").fetchall()
    key = next(name for _, name, _, _, _, is_key in columns if is_key)
    same = " AND ".join(f'now."{name}" IS old."{name}"' for _, name, *_ in columns)
    differing = connection.execute(
        f"SELECT old.{key} FROM earlier.{table} AS old WHERE"  # noqa: S608 - names of our own tables
        f" old.{key} NOT IN (SELECT id FROM temp.changed WHERE service = ?)"
        f" AND NOT EXISTS (SELECT 1 FROM main.{table} AS now WHERE now.{key} = old.{key} AND {same})",
        (table,),
    ).fetchall()
    if not differing:
        return None
    named = ", ".join(str(found) for (found,) in differing[:MOST_NAMED])
    more = f" and {len(differing) - MOST_NAMED} more" if len(differing) > MOST_NAMED else ""
    return f"These {table} differ from the copy before though nothing changed them: {named}{more}."
