"""Reads of SQLite by aiosqlite: each statement of a unit of work is one hop to its connection's thread and back.

SQLAlchemy compiles the statement and shapes the result; its own asyncio dialect takes four hops for a statement.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Executable, Result, Row
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import await_only, greenlet_spawn

from agor_core.bounded_map import BoundedMap
from agor_core.db.connections import ROWS_AT_ONCE, Reader
from agor_core.db.engines import BUSY_SECONDS
from agor_core.db.failures import translated
from agor_core.db.totals import Totals
from agor_core.errors import AgorError, StoreClosed

T = TypeVar("T")

CONNECTIONS = 2
"""The most units of work that read at the same time."""
_DIALECT = sqlite_dialect(paramstyle="qmark")


class AwaitedReads:
    """A pool of aiosqlite's connections, made when they are needed; each serves one unit of work at a time."""

    def __init__(self, file: str, totals: Totals, size: int = CONNECTIONS) -> None:
        self._file = file
        self._totals = totals
        self._size = size
        self._free: list[aiosqlite.Connection] = []
        self._turns = asyncio.Semaphore(size)
        self._closed = False

    async def read(self, work: Callable[[Reader], T]) -> T:
        """Run a unit of work on one state of the store and return its result, or raise its error."""
        if self._closed:
            raise StoreClosed
        with translated():
            async with self._turns, self._connection() as connection:
                await connection.execute_fetchall("BEGIN")
                result: T = await greenlet_spawn(work, AwaitedReader(connection, self._totals))
                await connection.execute_fetchall("ROLLBACK")
                return result

    async def close(self) -> None:
        """Finish the work that was handed in, then close all connections."""
        self._closed = True
        for _ in range(self._size):
            await self._turns.acquire()
        while self._free:
            await self._free.pop().close()
        for _ in range(self._size):
            self._turns.release()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosqlite.Connection]:
        """A connection of the pool; one whose work failed is closed, as it may be the cause."""
        connection = self._free.pop() if self._free else await self._connect()
        try:
            yield connection
        except AgorError:
            await connection.execute_fetchall("ROLLBACK")
            self._free.append(connection)
            raise
        except BaseException:
            await asyncio.shield(connection.close())
            raise
        self._free.append(connection)

    async def _connect(self) -> aiosqlite.Connection:
        connection = aiosqlite.connect(self._file, timeout=BUSY_SECONDS, isolation_level=None)
        connection._thread.daemon = True  # noqa: SLF001 - else a process that fails before it closes the store stays
        await connection
        await connection.execute_fetchall("PRAGMA query_only=ON")
        return connection


class AwaitedReader(Reader):
    """A consistent view of the store for one unit of work, which waits in a greenlet for each statement."""

    def __init__(self, connection: aiosqlite.Connection, totals: Totals) -> None:
        self._driver = connection
        self.totals = totals

    @property
    def dialect(self) -> str:
        """``sqlite``."""
        return "sqlite"

    def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Run a Core statement."""
        compiled = _compiled(statement)
        sql, values = compiled.bound(parameters)
        if compiled.names is None:
            return await_only(self._described(sql, values))
        return compiled.result(await_only(self._driver.execute_fetchall(sql, values)))

    def stream(self, statement: Executable, parameters: Any = None) -> Generator[Row[Any], None, None]:
        """The rows of a statement, few of them in memory at a time. To be closed by who does not read all."""
        compiled = _compiled(statement)
        cursor = await_only(self._begun(*compiled.bound(parameters)))
        try:
            while rows := await_only(cursor.fetchmany(ROWS_AT_ONCE)):
                yield from compiled.result(rows)
        finally:
            await_only(cursor.close())

    async def _begun(self, sql: str, values: Sequence[Any]) -> aiosqlite.Cursor:
        return await self._driver.execute(sql, values)

    async def _described(self, sql: str, values: Sequence[Any]) -> Result[Any]:
        """The result of a statement in plain SQL; only its cursor knows the names of its columns."""
        async with self._driver.execute(sql, values) as cursor:
            names = [name for name, *_ in cursor.description or ()]
            return IteratorResult(SimpleResultMetaData(names), iter(await cursor.fetchall()))


class _Compiled:
    """A statement as SQL, with what turns parameters into its values and its rows into a result."""

    def __init__(self, statement: Any) -> None:
        self._compiled = statement.compile(dialect=_DIALECT)
        self._sql = str(self._compiled)
        self._expands = bool(self._compiled.post_compile_params)
        columns = getattr(statement, "selected_columns", None)
        self.names = None if columns is None else tuple(columns.keys())
        """The names of the columns; None where the statement does not know them."""
        found = [_converter(column.type) for column in columns or ()]
        self._converters = found if any(found) else None

    def bound(self, parameters: Mapping[str, Any] | None) -> tuple[str, Sequence[Any]]:
        """Its text, which may depend on how many values a parameter has, and the values of the place holders."""
        if self._expands:
            state = self._compiled.construct_expanded_state(parameters)
            return state.statement, state.positional_parameters
        values = self._compiled.construct_params(parameters)
        return self._sql, [values[name] for name in self._compiled.positiontup or ()]

    def result(self, rows: Iterable[Any]) -> Result[Any]:
        """The rows as SQLAlchemy gives them."""
        if self._converters is not None:
            rows = map(self._converted, rows)
        return IteratorResult(SimpleResultMetaData(self.names or ()), iter(rows))

    def _converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        pairs = zip(self._converters or (), row, strict=True)
        return tuple(value if convert is None else convert(value) for convert, value in pairs)


def _converter(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)


_KEPT: BoundedMap[Executable, _Compiled] = BoundedMap(512)
"""Statements are composed once and kept by the repositories, most of them; the same is compiled once."""


def _compiled(statement: Executable) -> _Compiled:
    found = _KEPT.get(statement)
    if found is None:
        found = _Compiled(statement)
        _KEPT.put(statement, found)
    return found
