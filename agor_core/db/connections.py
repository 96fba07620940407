"""The connections that a unit of work gets: one that reads, and one that writes and notes which records changed."""

from collections.abc import Generator, Mapping
from contextlib import closing
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, CursorResult, Executable, Result, Row

from agor_core.db.prepared import Prepared
from agor_core.db.totals import RowChange, Totals

_encoder = msgspec.json.Encoder()


class RecordChange(NamedTuple):
    """One record's change by a unit of work; ``record`` is its JSON after it (before it, if removed)."""

    service: str
    event: str
    id: str
    record: bytes
    at: str
    row: RowChange | None = None


ROWS_AT_ONCE = 50
"""Rows of a stream that are in memory at a time."""


class Reader:
    """A consistent view of the store for one unit of work.

    ``totals`` are the store's cached totals; None where the view may hold uncommitted rows.
    """

    def __init__(self, connection: Connection, totals: Totals | None = None) -> None:
        self._connection = connection
        self.totals = totals

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``, for the few statements that differ."""
        return self._connection.dialect.name

    def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Run a Core statement, once for each element of a list of parameters."""
        return self._connection.execute(statement, parameters)

    def stream(self, statement: Executable, parameters: Any = None) -> Generator[Row[Any], None, None]:
        """The rows of a statement, few of them in memory at a time. To be closed by who does not read all."""
        options = {"stream_results": True, "max_row_buffer": ROWS_AT_ONCE}
        with closing(self._connection.execute(statement, parameters, execution_options=options)) as found:
            yield from found


class Writer(Reader):
    """One unit of work that commits as a whole; ``at`` is its timestamp for all records."""

    def __init__(self, connection: Connection, at: str) -> None:
        super().__init__(connection)
        self.at = at
        self.touched = False
        self._changes: dict[tuple[str, str], tuple[str, msgspec.Struct, RowChange | None]] = {}

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        if not statement.is_select:
            self.touched = True
        return self._connection.execute(statement, parameters)

    def run(self, prepared: Prepared, *rows: Mapping[str, Any]) -> int:
        """Run a prepared statement, once for each row of parameters; returns the number of rows written."""
        self.touched = True
        return prepared.run(self._connection, *rows)

    def value(self, prepared: Prepared, row: Mapping[str, Any]) -> Any:
        """Run a prepared statement and return its one value."""
        self.touched = True
        return prepared.value(self._connection, row)

    def changed(
        self,
        service: str,
        event: str,
        id: str,  # noqa: A002 - the feed's word
        record: msgspec.Struct,
        row: RowChange | None = None,
    ) -> None:
        """Note that a record was ``created``, ``updated``, ``patched`` or ``removed``, and how its row changed.

        Several changes of one record become one row of the feed, with the first event and the last record; or with
        ``removed``. A record that is created and removed in one unit of work leaves no row.
        """
        self.touched = True
        key = (service, id)
        first, _, earlier = self._changes.get(key, (None, None, row))
        if row is not None:
            row = earlier and RowChange(earlier.before, row.after)
        if event == "removed":
            self._changes.pop(key, None)
            if first != "created":
                self._changes[key] = (event, record, row)
        elif first == "removed":
            self._changes[key] = ("updated", record, row)
        else:
            self._changes[key] = (first or event, record, row)

    def changes(self) -> list[RecordChange]:
        """The changes so far, in the order of each record's first."""
        return [
            RecordChange(service, event, identifier, _encoder.encode(record), self.at, row)
            for (service, identifier), (event, record, row) in self._changes.items()
        ]
