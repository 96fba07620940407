"""Durable inserts: one, many at once, and many in one unit of work."""

import asyncio
import itertools
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path
from typing import Any

from agor_core.db import tables
from agor_core.db.engines import PRAGMAS, sqlite_url
from agor_core.db.store import Store
from agor_core.domain.session import Session, SessionStatus
from agor_core.ids import new_id
from agor_core.repositories import sessions
from agor_core.repositories.mappings import SESSIONS
from tests.benchmarks.store.timing import MS, Figure
from tests.builders.records import make_session
from tests.builders.stores import opened

FILLER = "A session that works on one thing. " * 40
CLIENTS = 100
MANY = 1_000
_number = itertools.count()


async def measure(folder: Path) -> list[Figure]:
    """Inserts beside those of ``sqlite3`` into the same table, in turn, since a disk is not always as quick."""
    raw = _Raw(folder / "raw.db")
    async with opened(sqlite_url(folder / "written.db")) as store:
        one = await _in_turn(raw.insert, lambda: _insert(store), 300)
        together = await _in_turn(lambda: [raw.insert() for _ in range(CLIENTS)], lambda: _together(store), 15)
        many = await _in_turn(raw.insert_many, lambda: _insert_many(store), 9)
    raw.close()
    a_second = [CLIENTS / together[0], CLIENTS / together[1]]
    return [
        ("raw sqlite3 insert into the same table, durable", one[0] * MS, "ms", None, "the baseline"),
        ("insert a session, durable, with its feed row", one[1] * MS, "ms", one[1] / one[0], "<= 4x raw, < 5 ms"),
        ("raw inserts a second, a commit each", a_second[0], "1/s", None, "the baseline"),
        (f"inserts a second, {CLIENTS} clients", a_second[1], "1/s", a_second[1] / a_second[0], ">= 2x raw"),
        ("raw executemany of 1,000", many[0] * MS, "ms", None, "the baseline"),
        ("insert 1,000 sessions in one unit of work", many[1] * MS, "ms", many[1] / many[0], "<= 4x raw"),
    ]


async def _in_turn(raw: Callable[[], object], ours: Callable[[], Awaitable[float]], times: int) -> tuple[float, float]:
    """Medians, in seconds, of both; ``ours`` says itself how long it took."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        start = time.perf_counter()
        raw()
        taken[0].append(time.perf_counter() - start)
        taken[1].append(await ours())
    return statistics.median(taken[0]), statistics.median(taken[1])


def session() -> Session:
    """A session of about 2 KB; every tenth runs."""
    identifier = new_id()
    status = SessionStatus.RUNNING if next(_number) % 10 == 0 else SessionStatus.IDLE
    return make_session(session_id=identifier, status=status, title="Add sessions to the board", description=FILLER)


class _Raw:
    """The table of sessions as ``sqlite3`` alone writes it: the same columns, indexes and pragmas, no feed."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(pragma)
        self._connection.execute("PRAGMA foreign_keys=OFF")
        for statement in definitions(tables.sessions):
            self._connection.execute(statement)
        names = [column.name for column in tables.sessions.c]
        self._statement = f"INSERT INTO sessions ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        self._names = names
        self._prepared: list[list[Any]] = []

    def insert(self) -> None:
        (row,) = self._rows(1)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(self._statement, row)
        self._connection.execute("COMMIT")

    def insert_many(self) -> None:
        rows = self._rows(MANY)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(self._statement, rows)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()

    def _rows(self, amount: int) -> list[list[Any]]:
        """Rows that were made beforehand, a cheap copy with a new id each."""
        if not self._prepared:
            values = SESSIONS.values(session())
            self._prepared = [[values[name] for name in self._names]]
        return [[new_id(), new_id()[-12:], *self._prepared[0][2:]] for _ in range(amount)]


def definitions(table: Any) -> list[str]:
    """The statements that make a table and its indexes."""
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.schema import CreateIndex, CreateTable

    made = [CreateTable(table), *(CreateIndex(index) for index in table.indexes)]
    return [str(statement.compile(dialect=sqlite.dialect())) for statement in made]  # type: ignore[attr-defined]


async def _insert(store: Store) -> float:
    made = session()
    start = time.perf_counter()
    await store.write(lambda w: sessions.insert(w, made))
    return time.perf_counter() - start


async def _insert_many(store: Store) -> float:
    made = [session() for _ in range(MANY)]
    start = time.perf_counter()
    await store.write(lambda w: [sessions.insert(w, one) for one in made])
    return time.perf_counter() - start


async def _together(store: Store) -> float:
    """Seconds for each client's insert when each does several, its next when the last is acknowledged."""
    each = 5
    made = iter([session() for _ in range(CLIENTS * each)])

    async def client() -> None:
        for one in islice(made, each):
            await store.write(lambda w, one=one: sessions.insert(w, one))

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return (time.perf_counter() - start) / each
