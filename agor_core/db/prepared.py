"""Statements that are compiled once for each kind of database: what runs most often is not put together anew."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Table, UpdateBase, insert


class Prepared:
    """A statement with named parameters, each of them once; ``columns`` are those of an INSERT of whole rows."""

    def __init__(self, statement: UpdateBase, columns: list[str] | None = None, *, end: str = "") -> None:
        self._statement = statement
        self._columns = columns
        self._end = end
        self._compiled: dict[str, tuple[str, tuple[str, ...]]] = {}

    def run(self, connection: Connection, *rows: Mapping[str, Any]) -> CursorResult[Any]:
        """Run it with these parameters, once for each."""
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = self._compile(dialect)
        text, order = self._compiled[dialect.name]
        values = [tuple([row[name] for name in order]) for row in rows]
        return connection.exec_driver_sql(text, values[0] if len(values) == 1 else values)

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
        return f"{compiled}{self._end}", tuple(compiled.positiontup)


def insertion(table: Table) -> Prepared:
    """An INSERT of whole rows."""
    return Prepared(insert(table), [column.name for column in table.c])


def insertion_of_new(table: Table) -> Prepared:
    """The same where the key may be taken already: then nothing is inserted, and no error ends a transaction."""
    key = next(iter(table.primary_key)).name
    return Prepared(insert(table), [column.name for column in table.c], end=f" ON CONFLICT ({key}) DO NOTHING")
