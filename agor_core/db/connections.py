"""What a unit of work is given: a connection to read by, and one to write by that takes note of what changed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, CursorResult, Executable

from agor_core.db.prepared import Prepared
from agor_core.db.totals import Move, Totals

_encoder = msgspec.json.Encoder()


class RecordChange(NamedTuple):
    """What a unit of work did to one record; ``record`` is its JSON afterwards (before, when removed)."""

    service: str
    event: str
    id: str
    record: bytes
    at: str
    move: Move | None = None


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
        self._changes: dict[tuple[str, str], tuple[str, msgspec.Struct, Move | None]] = {}

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        if not statement.is_select:
            self.touched = True
        return super().execute(statement, parameters)

    def run(self, prepared: Prepared, *rows: Mapping[str, Any]) -> int:
        """Run a statement that was compiled before, once for each of the parameters; how many rows it wrote."""
        self.touched = True
        return prepared.run(self._connection, *rows)

    def value(self, prepared: Prepared, row: Mapping[str, Any]) -> Any:
        """The one value that a statement returns that was compiled before."""
        self.touched = True
        return prepared.value(self._connection, row)

    def changed(
        self,
        service: str,
        event: str,
        id: str,  # noqa: A002 - the feed's word
        record: msgspec.Struct,
        move: Move | None = None,
    ) -> None:
        """Say that a record was ``created``, ``updated``, ``patched`` or ``removed``, and how its row moved.

        Several changes of one record are one change of the feed: with the first event and the last record. What is
        removed is ``removed``; what was created in the same unit of work as well never was.
        """
        self.touched = True
        key = (service, id)
        first, _, moved = self._changes.get(key, (None, None, move))
        if move is not None:
            move = moved and Move(moved.before, move.after)
        if event == "removed":
            self._changes.pop(key, None)
            if first != "created":
                self._changes[key] = (event, record, move)
        elif first == "removed":
            self._changes[key] = ("updated", record, move)
        else:
            self._changes[key] = (first or event, record, move)

    def changes(self) -> list[RecordChange]:
        """What changed so far, in the order in which it first did."""
        return [
            RecordChange(service, event, identifier, _encoder.encode(record), self.at, move)
            for (service, identifier), (event, record, move) in self._changes.items()
        ]
