"""Reads by aiosqlite: results as SQLAlchemy's, one state for a unit of work, and what becomes of a failed one."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, bindparam, func, select, text

from agor_core.db.awaited_reads import CONNECTIONS, AwaitedReads
from agor_core.db.connections import Reader
from agor_core.db.totals import Totals
from agor_core.errors import Conflict, StoreClosed, Unavailable

THINGS = Table("things", MetaData(), Column("number", Integer), Column("name", Text), Column("good", Boolean))
PATIENCE = 20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    connection = sqlite3.connect(tmp_path / "agor.db")
    connection.executescript(
        "PRAGMA journal_mode=WAL; CREATE TABLE things (number INTEGER, name TEXT, good BOOLEAN);"
        "INSERT INTO things VALUES (1, 'one', 1), (2, 'two', 0), (3, 'three', NULL)"
    )
    connection.close()
    return tmp_path / "agor.db"


@pytest.fixture
async def reads(file: Path) -> AsyncIterator[AwaitedReads]:
    pool = AwaitedReads(str(file), Totals())
    yield pool
    await pool.close()
    await pool.close()


async def test_results_are_those_of_sqlalchemy(reads: AwaitedReads) -> None:
    columns = THINGS.c
    by_numbers = select(columns.name).where(columns.number.in_(bindparam("numbers", expanding=True)))
    named = select(THINGS).where(columns.name == bindparam("name"))

    def work(reader: Reader) -> list[object]:
        row = reader.execute(named, {"name": "two"}).one()
        return [
            (row.number, row.name, row.good),
            reader.execute(named, {"name": "none"}).one_or_none(),
            reader.execute(select(columns.good).order_by(columns.number)).scalars().all(),
            reader.execute(by_numbers, {"numbers": [1, 3]}).scalars().all(),
            reader.execute(by_numbers, {"numbers": []}).scalars().all(),
            reader.execute(select(columns.name).where(columns.number.in_([2, 3]))).all(),
            reader.execute(select(func.count()).select_from(THINGS)).scalar_one(),
            reader.execute(text("SELECT number AS n FROM things WHERE name = :name"), {"name": "one"}).one().n,
            reader.dialect,
        ]

    expected = [(2, "two", False), None, [True, False, None], ["one", "three"], [], [("two",), ("three",)], 3, 1]
    assert await reads.read(work) == [*expected, "sqlite"]


async def test_a_unit_sees_one_state_and_the_next_the_present_one(reads: AwaitedReads, file: Path) -> None:
    count = select(func.count()).select_from(THINGS)

    def work(reader: Reader) -> tuple[int, int]:
        first = reader.execute(count).scalar_one()
        with sqlite3.connect(file) as other:
            other.execute("INSERT INTO things VALUES (4, 'four', 1)")
        other.close()
        return first, reader.execute(count).scalar_one()

    assert await reads.read(work) == (3, 3)
    assert await reads.read(lambda reader: reader.execute(count).scalar_one()) == 4


async def test_more_units_than_connections_take_turns(reads: AwaitedReads) -> None:
    before = threading.active_count()
    found = await asyncio.gather(*(reads.read(lambda r: r.execute(select(THINGS.c.number)).all()) for _ in range(50)))
    assert [len(rows) for rows in found] == [3] * 50
    assert threading.active_count() - before == CONNECTIONS


async def test_a_failure_is_told_in_our_words_and_the_next_unit_works(reads: AwaitedReads, file: Path) -> None:
    one = select(THINGS.c.number).limit(1)

    def refuse(reader: Reader) -> None:
        reader.execute(one)
        raise Conflict("no")

    with pytest.raises(Conflict):
        await reads.read(refuse)
    with pytest.raises(Unavailable, match="cannot be written"):
        await reads.read(lambda reader: reader.execute(THINGS.insert().values(number=5)))
    with pytest.raises(ZeroDivisionError):
        await reads.read(lambda _reader: 1 // 0)
    assert await reads.read(lambda reader: reader.execute(one).scalar_one()) == 1
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("INSERT INTO things VALUES (6, 'six', 1)")
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, "none holds the file"
    other.close()


async def test_a_cancelled_caller_harms_nobody(reads: AwaitedReads) -> None:
    forever = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT max(i) FROM n")
    task = asyncio.create_task(reads.read(lambda reader: reader.execute(forever).scalar_one()))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.gather(*(reads.read(lambda r: r.execute(select(THINGS.c.name)).all()) for _ in range(5)))


async def test_what_was_handed_in_is_finished_before_the_end(file: Path) -> None:
    reads = AwaitedReads(str(file), Totals())
    asked = [asyncio.create_task(reads.read(lambda r: r.execute(select(THINGS.c.name)).all())) for _ in range(9)]
    await asyncio.sleep(0)
    await asyncio.wait_for(reads.close(), PATIENCE)
    assert [len(rows) for rows in await asyncio.gather(*asked)] == [3] * 9
    with pytest.raises(StoreClosed):
        await reads.read(lambda r: r.execute(select(THINGS.c.name)).all())
