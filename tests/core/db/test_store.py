"""Units of work: what commits together, who gets which error, who hears of what."""

import asyncio
import gc
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet

from agor_core.clock import SystemClock
from agor_core.db import engines, feed_log
from agor_core.db.connections import Reader, Writer
from agor_core.db.feed_log import FeedRow
from agor_core.db.store import Store, open_store, sqlite_url
from agor_core.db.tables import feed
from agor_core.errors import Conflict, StoreBusy, StoreClosed, StoreFull, StoreUnusable, Unavailable
from agor_core.query.tree import Query
from agor_core.repositories import sessions
from tests.builders.records import make_session
from tests.builders.stores import HeldClock, opened


class Thing(msgspec.Struct):
    number: int


def says(number: int, event: str = "patched") -> Callable[[Writer], Any]:
    return lambda writer: writer.changed("things", event, str(number), Thing(number))


async def feed_of(store: Store) -> list[FeedRow]:
    return await store.read(lambda reader: feed_log.since(reader, 0))


async def count(store: Store) -> int:
    page = await store.read(lambda reader: sessions.find(reader, Query(limit=0)))
    assert page.total is not None
    return page.total


async def test_a_unit_of_work_commits_as_a_whole(store: Store) -> None:
    first, second = make_session(), make_session()

    def both(writer: Writer) -> str:
        sessions.insert(writer, first)
        return sessions.insert(writer, second).session_id

    assert await store.write(both) == second.session_id
    assert await count(store) == 2
    assert [row.seq for row in await feed_of(store)] == [1, 2]


async def test_an_error_undoes_the_unit_and_reaches_its_caller_alone(store: Store) -> None:
    def fails(writer: Writer) -> None:
        sessions.insert(writer, make_session(title="never"))
        raise Conflict("not so")

    good = [make_session() for _ in range(30)]
    works = [*(lambda w, s=s: sessions.insert(w, s) for s in good)]
    works[10:10], works[20:20] = [fails], [fails]  # type: ignore[list-item]
    outcomes = await asyncio.gather(*(store.write(work) for work in works), return_exceptions=True)
    assert [str(o) for o in outcomes if isinstance(o, BaseException)] == ["not so", "not so"]
    assert [o for o in outcomes if not isinstance(o, BaseException)] == good
    assert await count(store) == 30
    rows = await feed_of(store)
    assert [row.seq for row in rows] == list(range(1, 31))
    assert {row.id for row in rows} == {session.session_id for session in good}


async def test_work_that_fails_in_the_database_is_undone_alone(store: Store) -> None:
    def breaks_a_rule(writer: Writer) -> None:
        writer.execute(text("UPDATE feed_head SET epoch = NULL"))

    outcomes = await asyncio.gather(
        store.write(lambda w: sessions.insert(w, make_session())),
        store.write(breaks_a_rule),
        store.write(lambda w: sessions.insert(w, make_session())),
        return_exceptions=True,
    )
    assert [type(outcome).__name__ for outcome in outcomes] == ["Session", "Conflict", "Session"]


async def test_an_unknown_error_in_the_work_is_not_swallowed(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        await store.write(lambda writer: 1 / 0)
    await store.write(lambda writer: sessions.insert(writer, make_session()))


async def test_concurrent_writers_lose_nothing(store: Store) -> None:
    await asyncio.gather(*(store.write(lambda w: sessions.insert(w, make_session())) for _ in range(250)))
    assert await count(store) == 250
    assert [row.seq for row in await feed_of(store)] == list(range(1, 251))


async def test_a_read_sees_what_was_written_before_it(store: Store) -> None:
    for _ in range(20):
        session = await store.write(lambda w: sessions.insert(w, make_session()))
        assert await store.read(lambda r, s=session: sessions.get(r, s.session_id)) == session


async def test_a_read_cannot_write(store: Store) -> None:
    row = {"seq": 1, "service": "", "event": "", "id": "", "record": "", "at": ""}
    with pytest.raises(Unavailable, match="cannot be written"):
        await store.read(lambda r: r.execute(insert(feed), row))


async def test_cancelling_the_caller_tears_no_batch(store: Store) -> None:
    written = [make_session() for _ in range(40)]
    tasks = [asyncio.create_task(store.write(lambda w, s=s: sessions.insert(w, s))) for s in written]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await store.write(lambda writer: None)
    kept = {outcome.session_id for outcome in outcomes if not isinstance(outcome, BaseException)}
    assert {session.session_id for session in written[1::2]} == kept
    rows = await feed_of(store)
    assert kept <= {row.id for row in rows}
    assert len(rows) == await count(store) == rows[-1].seq


async def test_listeners_hear_every_commit_in_order_before_its_writer_goes_on(store: Store) -> None:
    heard: list[int] = []
    unsubscribe = store.on_commit(lambda rows: heard.extend(row.seq for row in rows))
    await store.write(says(1))
    assert heard == [1]
    await asyncio.gather(*(store.write(says(n)) for n in range(2, 60)))
    assert heard == list(range(1, 60))
    unsubscribe()
    await store.write(says(60))
    assert heard[-1] == 59


async def test_a_listener_that_raises_harms_nobody(store: Store) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context["exception"]))
    heard: list[Sequence[FeedRow]] = []

    def raises(rows: Sequence[FeedRow]) -> None:
        raise ValueError("not my day")

    store.on_commit(raises)
    store.on_commit(heard.append)
    await store.write(says(1))
    assert len(heard) == 1
    assert [str(error) for error in reported] == ["not my day"]


async def test_changes_of_one_record_are_one_change_of_the_feed(store: Store) -> None:
    def work(writer: Writer) -> None:
        writer.changed("things", "created", "a", Thing(1))
        writer.changed("things", "patched", "b", Thing(1))
        writer.changed("things", "patched", "a", Thing(2))
        writer.changed("things", "removed", "b", Thing(2))
        writer.changed("things", "created", "c", Thing(1))
        writer.changed("things", "removed", "c", Thing(1))
        writer.changed("things", "removed", "d", Thing(1))
        writer.changed("things", "created", "d", Thing(2))

    await store.write(work)
    assert [(row.event, row.id, row.record) for row in await feed_of(store)] == [
        ("created", "a", b'{"number":2}'),
        ("removed", "b", b'{"number":2}'),
        ("updated", "d", b'{"number":2}'),
    ]


async def test_the_time_of_a_unit_is_the_clocks(store: Store, clock: HeldClock) -> None:
    clock.forward(seconds=1.5)
    assert await store.write(lambda writer: writer.at) == "2026-01-31T09:05:01.500Z"


async def test_a_closed_store_takes_no_more_work(url: str) -> None:
    async with opened(url) as store:
        pending = [asyncio.create_task(store.write(says(n))) for n in range(20)]
        await asyncio.sleep(0)
        await store.close()
        assert await asyncio.gather(*pending) == [None] * 20
        for asked in (store.write(says(1)), store.read(feed_log.head)):
            with pytest.raises(StoreClosed, match=r"^The store is closed\.$"):
                await asked
        await store.close()


async def test_opening_what_was_not_prepared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="was not migrated"):
        await open_store(sqlite_url(tmp_path / "agor.db"), clock=SystemClock())


async def test_a_foreign_lock_is_busy_while_reads_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.2)
    async with opened(sqlite_url(tmp_path / "agor.db")) as store:
        await store.write(lambda w: sessions.insert(w, make_session()))
        other = sqlite3.connect(tmp_path / "agor.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refused = asyncio.gather(*(store.write(says(n)) for n in range(3)), return_exceptions=True)
        reads = 0
        while not refused.done():
            assert await count(store) == 1
            reads += 1
        assert {type(outcome) for outcome in await refused} == {StoreBusy}
        assert reads > 3
        other.execute("ROLLBACK")
        other.close()
        await store.write(says(1))


async def test_a_full_disk_changes_nothing_and_the_writer_goes_on(tmp_path: Path) -> None:
    async with opened(sqlite_url(tmp_path / "agor.db")) as store:
        kept = await store.write(lambda w: sessions.insert(w, make_session()))
        pages = await store.write(lambda w: w.execute(text("PRAGMA page_count")).scalar_one())
        await store.write(lambda w: w.execute(text(f"PRAGMA max_page_count = {pages + 2}")))
        large = [make_session(description="x" * 100_000) for _ in range(3)]
        outcomes = await asyncio.gather(
            *(store.write(lambda w, s=s: sessions.insert(w, s)) for s in large), return_exceptions=True
        )
        assert {type(outcome) for outcome in outcomes} == {StoreFull}
        await store.write(lambda w: w.execute(text("PRAGMA max_page_count = 1000000")))
        assert await store.write(lambda w: sessions.insert(w, large[0])) == large[0]
        assert await count(store) == 2
        assert await store.read(lambda r: sessions.get(r, kept.session_id)) == kept
        rows = await feed_of(store)
        assert [row.seq for row in rows] == [1, 2]


async def test_a_read_sees_one_state_throughout(store: Store) -> None:
    """The second statement of a unit that reads sees what the first saw, whatever is written in between."""
    begun, written = threading.Event(), threading.Event()

    def twice(reader: Reader) -> tuple[int, int]:
        before = feed_log.head(reader)
        begun.set()
        await_only(asyncio.to_thread(written.wait, 20)) if in_greenlet() else written.wait(20)
        return before, feed_log.head(reader)

    reading = asyncio.create_task(store.read(twice))
    await asyncio.to_thread(begun.wait, 20)
    await store.write(says(1))
    written.set()
    assert await reading == (0, 0)
    assert (await store.head()).seq == 1


async def test_closing_leaves_no_thread_and_no_open_file(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    async with opened(sqlite_url(tmp_path / "agor.db")) as store:
        await asyncio.gather(*(count(store) for _ in range(8)))
        await store.write(says(1))
        assert set(threading.enumerate()) > before
    gc.collect()
    assert set(threading.enumerate()) <= before
    assert not (tmp_path / "agor.db-wal").exists()


async def test_the_feed_is_readable_by_plain_select(store: Store) -> None:
    await store.write(says(7))
    rows = await store.read(lambda r: [tuple(row) for row in r.execute(select(feed.c.seq, feed.c.record))])
    assert rows == [(1, '{"number":7}')]
