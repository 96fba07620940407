"""Prepared statements: the most frequent ones are compiled once for each kind of database.

On SQLite they go to its driver directly: without SQLAlchemy's cursors around the three statements, storing a session
takes 84 µs of processor time instead of 124; both are two or three times as long in a process that was idle.
"""

import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Dialect, Table, UpdateBase, insert
from sqlalchemy.exc import DBAPIError


class Prepared:
    """A statement with named parameters, each used once; ``columns`` are those of an INSERT of whole rows."""

    def __init__(self, statement: UpdateBase, columns: list[str] | None = None, *, end: str = "") -> None:
        self._statement = statement
        self._columns = columns
        self._end = end
        self._compiled: dict[str, tuple[str, tuple[str, ...]]] = {}

    def run(self, connection: Connection, *rows: Mapping[str, Any]) -> int:
        """Run it once for each row of parameters; returns the number of rows written. Raises SQLAlchemy's errors."""
        text, order = self._for(connection.dialect)
        values = [tuple([row[name] for name in order]) for row in rows]
        if connection.dialect.name == "sqlite":
            return _sqlite(connection, text, values).rowcount
        return connection.exec_driver_sql(text, values[0] if len(values) == 1 else values).rowcount

    def value(self, connection: Connection, row: Mapping[str, Any]) -> Any:
        """Run it and return its one value."""
        text, order = self._for(connection.dialect)
        values = tuple([row[name] for name in order])
        if connection.dialect.name == "sqlite":
            [(value,)] = _sqlite(connection, text, [values]).fetchall()
            return value
        return connection.exec_driver_sql(text, values).scalar_one()

    def _for(self, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
        known = self._compiled.get(dialect.name)
        if known is None:
            compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
            known = self._compiled[dialect.name] = f"{compiled}{self._end}", tuple(compiled.positiontup)
        return known


def _sqlite(connection: Connection, text: str, values: list[tuple[Any, ...]]) -> sqlite3.Cursor:
    driver: Any = connection.connection.dbapi_connection
    try:
        cursor: sqlite3.Cursor = (
            driver.execute(text, values[0]) if len(values) == 1 else driver.executemany(text, values)
        )
    except sqlite3.Error as error:
        raise DBAPIError.instance(text, None, error, sqlite3.Error, dialect=connection.dialect) from error
    return cursor


def insertion(table: Table, *, end: str = "") -> Prepared:
    """An INSERT of whole rows."""
    return Prepared(insert(table), [column.name for column in table.c], end=end)


def insertion_of_numbered(table: Table) -> Prepared:
    """An INSERT without the primary key, which it returns."""
    key = next(iter(table.primary_key))
    return Prepared(insert(table).returning(key), [column.name for column in table.c if column is not key])


def insertion_of_new(table: Table) -> Prepared:
    """An INSERT that does nothing, without an error, if the primary key exists."""
    key = next(iter(table.primary_key)).name
    return Prepared(insert(table), [column.name for column in table.c], end=f" ON CONFLICT ({key}) DO NOTHING")
