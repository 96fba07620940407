"""Threads that read from SQLite: a unit of work is one hop to a thread and back, whatever its statements.

An asyncio driver would hop for every statement, which costs more than the statement.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from threading import get_ident
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from agor_core.db.connections import Reader
from agor_core.db.failures import translated
from agor_core.db.totals import Totals
from agor_core.errors import AgorError, StoreClosed
from agor_core.threads import Threads

READERS = 4
"""The most threads, each with a connection, that read at the same time."""


class ReaderThreads:
    """A pool of threads, each with a connection of its own, that run units of work."""

    def __init__(self, engine: Engine, totals: Totals, size: int = READERS) -> None:
        self._engine = engine
        self._totals = totals
        # By thread, and not thread-local: a fork clears the others' thread-locals in the child, which would close their
        # connections there, and wait for a mutex of SQLite whose holder is gone.
        self._connections: dict[int, Connection] = {}
        self._threads = Threads("agor-store-reader", size, leave=self._disconnect)
        self._closed = False

    async def read(self, work: Callable[[Reader], Any]) -> Any:
        """Run a unit of work on one state of the store and return its result, or raise its error.

        Work whose caller is cancelled before a thread takes it is not done.
        """
        if self._closed:
            raise StoreClosed
        return await self._threads.do(lambda: self._do(work))

    async def close(self) -> None:
        """Finish the work that was handed in, then end all threads and close their connections."""
        self._closed = True
        await self._threads.close()
        self._engine.dispose()

    def _do(self, work: Callable[[Reader], Any]) -> Any:
        with translated():
            try:
                connection = self._connection()
                with connection.begin() as transaction:
                    result = work(Reader(connection, self._totals))
                    transaction.rollback()
            except AgorError:
                raise
            except Exception:  # the connection may be the cause, so the next unit gets another
                self._disconnect()
                raise
        return result

    def _connection(self) -> Connection:
        thread = get_ident()
        if (connection := self._connections.get(thread)) is None:
            connection = self._connections[thread] = self._engine.connect()
        return connection

    def _disconnect(self) -> None:
        connection = self._connections.pop(get_ident(), None)
        if connection is not None:
            with suppress(SQLAlchemyError, sqlite3.Error):
                connection.close()
