"""Threads that read: how many there are, who waits for whom, and what becomes of work that nobody waits for."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from agor_core.db import engines
from agor_core.db.connections import Reader
from agor_core.db.reader_threads import READERS, ReaderThreads
from agor_core.db.totals import Totals
from agor_core.errors import Conflict, StoreClosed, Unavailable
from agor_core.threads import Threads

PATIENCE = 20


@pytest.fixture
async def readers(tmp_path: Path) -> AsyncIterator[ReaderThreads]:
    connection = sqlite3.connect(tmp_path / "agor.db")
    connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE things (number); INSERT INTO things VALUES (1)")
    connection.close()
    threads = ReaderThreads(engines.sqlite_readers(engines.sqlite_url(tmp_path / "agor.db")), Totals())
    yield threads
    await threads.close()


def number(reader: Reader) -> int:
    return int(reader.execute(text("SELECT number FROM things")).scalar_one())


def names() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("agor-store-reader")}


def until(event: threading.Event) -> Callable[[Reader], bool]:
    return lambda reader: event.wait(PATIENCE)


async def test_threads_are_started_when_they_are_needed_and_are_few(readers: ReaderThreads) -> None:
    assert names() == set()
    for _ in range(5):
        assert await readers.read(number) == 1
    assert len(names()) == 1
    assert await asyncio.gather(*(readers.read(number) for _ in range(50))) == [1] * 50
    assert len(names()) == READERS


async def test_a_slow_one_holds_nobody_up(readers: ReaderThreads) -> None:
    go_on = threading.Event()
    slow = [asyncio.create_task(readers.read(until(go_on))) for _ in range(READERS - 1)]
    for _ in range(20):
        assert await readers.read(number) == 1
    assert not any(task.done() for task in slow)
    go_on.set()
    assert await asyncio.gather(*slow) == [True] * len(slow)


async def test_work_that_nobody_waits_for_any_more_is_not_begun(readers: ReaderThreads) -> None:
    go_on = threading.Event()
    slow = [asyncio.create_task(readers.read(until(go_on))) for _ in range(READERS)]
    begun: list[int] = []
    waiting = asyncio.create_task(readers.read(lambda reader: begun.append(number(reader))))
    await asyncio.sleep(0)
    waiting.cancel()
    slow[0].cancel()
    go_on.set()
    outcomes = await asyncio.gather(*slow, waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(asyncio.CancelledError) == 2
    assert await readers.read(number) == 1
    assert begun == []


async def test_an_error_is_its_callers_and_the_next_goes_on(readers: ReaderThreads) -> None:
    def conflict(reader: Reader) -> None:
        raise Conflict(f"not {number(reader)}")

    with pytest.raises(Conflict, match="not 1"):
        await readers.read(conflict)
    with pytest.raises(ZeroDivisionError):
        await readers.read(lambda reader: 1 // 0)
    with pytest.raises(Unavailable, match="cannot be written"):
        await readers.read(lambda reader: reader.execute(text("DELETE FROM things")))
    assert await readers.read(number) == 1
    assert len(names()) == 1


async def test_closing_does_what_was_asked_for_and_no_more(readers: ReaderThreads) -> None:
    asked = [asyncio.create_task(readers.read(number)) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.gather(readers.close(), readers.close())
    assert await asyncio.gather(*asked) == [1] * 20
    assert names() == set()
    with pytest.raises(StoreClosed):
        await readers.read(number)


async def test_threads_that_were_let_go_take_nothing_more() -> None:
    threads = Threads("agor-store-reader-let-go", 1)
    assert await threads.do(lambda: 1) == 1
    threads.dismiss()
    with pytest.raises(Unavailable, match="stopping"):
        await threads.do(lambda: 2)
