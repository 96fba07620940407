"""What a unit of work is given: a connection to read by, and one to write by that takes note of what changed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, CursorResult, Executable

from agor_core.db.insertion import Insertion
from agor_core.db.totals import Totals

_encoder = msgspec.json.Encoder()


class Change(NamedTuple):
    """What a unit of work did to one record; ``record`` is its JSON afterwards (before, when removed)."""

    service: str
    event: str
    id: str
    record: bytes
    at: str


class Reader:
    """A consistent view of the store, for the time of one unit of work.

    ``totals`` are those that the store remembers; None where some of what is seen may not be committed.
    """

    def __init__(self, connection: Connection, totals: Totals | None = None) -> None:
        self._connection = connection
        self.totals = totals

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``, for the few things that they do not have in common."""
        return self._connection.dialect.name

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run a Core statement; a list of parameters runs it once for each."""
        return self._connection.execute(statement, parameters)


class Writer(Reader):
    """One unit of work that commits as a whole; ``at`` is its time, for all that it stamps."""

    def __init__(self, connection: Connection, at: str) -> None:
        super().__init__(connection)
        self.at = at
        self.touched = False
        self._changes: dict[tuple[str, str], tuple[str, msgspec.Struct]] = {}

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        if not statement.is_select:
            self.touched = True
        return super().execute(statement, parameters)

    def insert(self, insertion: Insertion, values: Mapping[str, Any]) -> bool:
        """Insert a row; answers False when there is one with this key."""
        self.touched = True
        return insertion.run(self._connection, values)

    def changed(self, service: str, event: str, id: str, record: msgspec.Struct) -> None:  # noqa: A002 - the feed's word
        """Say that a record was ``created``, ``updated``, ``patched`` or ``removed``.

        Several changes of one record are one change of the feed: with the first event and the last record. What is
        removed is ``removed``; what was created in the same unit of work as well never was.
        """
        self.touched = True
        key = (service, id)
        first = self._changes[key][0] if key in self._changes else None
        if event == "removed":
            self._changes.pop(key, None)
            if first != "created":
                self._changes[key] = (event, record)
        elif first == "removed":
            self._changes[key] = ("updated", record)
        else:
            self._changes[key] = (first or event, record)

    def changes(self) -> list[Change]:
        """What changed so far, in the order in which it first did."""
        return [
            Change(service, event, identifier, _encoder.encode(record), self.at)
            for (service, identifier), (event, record) in self._changes.items()
        ]
