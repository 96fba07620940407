"""An INSERT of one whole row, compiled once: what is written most often is not put together anew each time."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert


class Insertion:
    """Into one table, whose key may be taken already: then nothing is inserted, and no error ends a transaction."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._prepared: dict[str, tuple[str, tuple[str, ...]]] = {}

    @cached_property
    def _key(self) -> str:
        return next(iter(self._table.primary_key)).name

    def run(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        """Insert a row with a value for each column; answers False when there is one with this key."""
        name = connection.dialect.name
        if name not in self._prepared:
            self._prepared[name] = self._compiled(connection.dialect)
        statement, order = self._prepared[name]
        return connection.exec_driver_sql(statement, tuple([values[column] for column in order])).rowcount == 1

    def _compiled(self, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
        columns = [column.name for column in self._table.c]
        compiled: Any = insert(self._table).compile(dialect=dialect, column_keys=columns)
        return f"{compiled} ON CONFLICT ({self._key}) DO NOTHING", tuple(compiled.positiontup)
