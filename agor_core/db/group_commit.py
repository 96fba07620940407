"""Group commit: waiting units of work are committed together, and only the one that fails gets an error.

A batch runs without savepoints, which would cost a multiple. When a unit of work fails after it began to write, the
batch is rolled back and runs again in parts: the units before it, the unit itself, the units after it. No result is
returned before its commit.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from agor_core.clock import Clock, timestamp
from agor_core.db import feed_log
from agor_core.db.connections import RecordChange, Writer
from agor_core.db.failures import meaning
from agor_core.db.feed_log import FeedRow, Retention
from agor_core.db.file_guard import FileGuard
from agor_core.db.totals import Totals
from agor_core.errors import AgorError, Unavailable


class Unit:
    """A unit of work with its result or its error."""

    def __init__(self, work: Callable[[Writer], Any]) -> None:
        self.work = work
        self.result: Any = None
        self.error: Exception | None = None


U = TypeVar("U", bound=Unit)


class _Failed(Exception):
    """The batch was rolled back, because of the unit at ``index`` if that is known."""

    def __init__(self, index: int | None) -> None:
        super().__init__(index)
        self.index = index


class GroupCommit:
    """Owns the writing connection, opens it when needed and again after it failed. For one thread."""

    def __init__(self, engine: Engine, clock: Clock, totals: Totals, guard: FileGuard) -> None:
        self._engine = engine
        self._guard = guard
        self._totals = totals
        self._clock = clock
        self._connection: Connection | None = None

    def run(self, units: Sequence[U]) -> Iterator[tuple[Sequence[U], list[FeedRow]]]:
        """Run the units of work in order. Yields the settled ones with the feed rows of each commit."""
        try:
            rows = self._commit(units)
        except _Failed as failure:
            cause = failure.__cause__
            if len(units) == 1 and isinstance(cause, Exception):
                units[0].error = meaning(cause)
                yield units, []
            else:
                for part in _parts(units, failure.index):
                    yield from self.run(part)
        except Exception as error:  # noqa: BLE001 - no transaction could begin; each unit gets the error
            self.disconnect()
            for unit in units:
                unit.error = meaning(error)
            yield units, []
        else:
            yield units, rows

    def trim(self, rows: int, age: timedelta) -> bool:
        """Delete old rows of the feed; returns whether there are more. After an error the next trim tries again."""
        retention = Retention(rows, timestamp(self._clock.now() - age))
        unit = Unit(lambda writer: feed_log.trim(writer, retention))
        for _ in self.run([unit]):
            pass
        return bool(unit.result == feed_log.TRIM_AT_ONCE)

    def disconnect(self) -> None:
        """Close the connection; the next batch opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _commit(self, units: Sequence[Unit]) -> list[FeedRow]:
        """Run one transaction. Raises _Failed after a rollback, or the error that kept it from beginning."""
        if self._connection is None:
            self._connection = self._engine.connect()
            self._guard.opened()
        transaction = self._connection.begin()
        index: int | None = None
        try:
            self._guard.check(_driver(self._connection))
            changes: list[RecordChange] = []
            for index, unit in enumerate(units):  # noqa: B007 - the error handler reads it
                changes += self._do(unit, self._connection)
            index = None if len(units) > 1 else 0
            rows = feed_log.append(Writer(self._connection, ""), changes)
            self._check_still_open(self._connection)
            transaction.commit()
            self._guard.committed()
        except Exception as error:
            self._roll_back()
            raise _Failed(index) from error
        if rows:
            self._totals.follow(rows[0].seq, changes)
        return rows

    def _do(self, unit: Unit, connection: Connection) -> list[RecordChange]:
        writer = Writer(connection, timestamp(self._clock.now()))
        unit.error = None
        try:
            unit.result = unit.work(writer)
        except AgorError as error:
            if writer.touched:
                raise
            unit.error = error
            return []
        return writer.changes()

    def _roll_back(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            if transaction := connection.get_transaction():
                transaction.rollback()
        except Exception:  # noqa: BLE001 - closing the connection rolls back as well
            self.disconnect()

    @staticmethod
    def _check_still_open(connection: Connection) -> None:
        """Raise if SQLite has ended the transaction by itself, after an error that the work may have caught."""
        if not _driver(connection).in_transaction:
            raise Unavailable("The database ended the transaction; nothing was changed.")


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _parts(units: Sequence[U], index: int | None) -> Iterator[Sequence[U]]:
    if index is None:
        yield from ([unit] for unit in units)
    else:
        yield from filter(None, (units[:index], units[index : index + 1], units[index + 1 :]))
