"""Group commit: what is waiting is committed together, and only the guilty gets an error.

A batch runs without savepoints, which would cost a multiple. When one unit of work fails after it began to write, all
is rolled back and the batch runs again in parts: what stood before it, it alone, what stood after. Nobody hears of
anything before the commit that holds it.
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
from agor_core.db.totals import Totals
from agor_core.errors import AgorError, Unavailable


class Unit:
    """A unit of work and what came of it: its result, or the error that it alone is told."""

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
    """Owns the writing connection, which is opened when needed and anew after it failed. For one thread."""

    def __init__(self, engine: Engine, clock: Clock, totals: Totals) -> None:
        self._engine = engine
        self._totals = totals
        self._clock = clock
        self._connection: Connection | None = None

    def run(self, units: Sequence[U]) -> Iterator[tuple[Sequence[U], list[FeedRow]]]:
        """Do the units of work in order. Yields them as they are settled, with the feed rows of each commit."""
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
        except Exception as error:  # noqa: BLE001 - no transaction could begin, which each of them is told
            self.disconnect()
            for unit in units:
                unit.error = meaning(error)
            yield units, []
        else:
            yield units, rows

    def trim(self, rows: int, age: timedelta) -> bool:
        """Delete old rows of the feed; answers whether there are more. What goes wrong is left for the next time."""
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
        """One transaction. Raises _Failed once it has been rolled back, or what kept it from beginning."""
        if self._connection is None:
            self._connection = self._engine.connect()
        transaction = self._connection.begin()
        index: int | None = None
        try:
            changes: list[RecordChange] = []
            for index, unit in enumerate(units):  # noqa: B007 - the error handler reads it
                changes += self._do(unit, self._connection)
            index = None if len(units) > 1 else 0
            rows = feed_log.append(Writer(self._connection, ""), changes)
            self._check_still_open(self._connection)
            transaction.commit()
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
        """SQLite ends a transaction by itself on some errors; work that swallowed one must not look committed."""
        driver: Any = connection.connection.dbapi_connection
        if not driver.in_transaction:
            raise Unavailable("The database gave the transaction up; nothing was changed.")


def _parts(units: Sequence[U], index: int | None) -> Iterator[Sequence[U]]:
    if index is None:
        yield from ([unit] for unit in units)
    else:
        yield from filter(None, (units[:index], units[index : index + 1], units[index + 1 :]))
