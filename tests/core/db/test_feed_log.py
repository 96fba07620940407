"""The feed log: reading on from a place, knowing which places are gone, and what is kept."""

import msgspec
import pytest

from agor_core.db import feed_log, writer_thread
from agor_core.db.connections import Writer
from agor_core.db.feed_log import Retention
from agor_core.db.store import Store
from agor_core.wire.feed import Cursor
from tests.builders.stores import HeldClock, opened


class Thing(msgspec.Struct):
    number: int


def grow(store: Store, amount: int, service: str = "things") -> "object":
    def work(writer: Writer) -> None:
        for number in range(amount):
            writer.changed(service, "patched", f"{service}-{writer.at}-{number}", Thing(number))

    return store.write(work)


async def seqs(store: Store) -> list[int]:
    return await store.read(lambda r: [row.seq for row in feed_log.since(r, 0, limit=10_000)])


async def test_an_empty_feed(store: Store) -> None:
    assert await store.head() == Cursor(store.epoch, 0)
    assert await store.read(feed_log.oldest) == 1
    assert await store.read(lambda r: feed_log.resync_reason(r, Cursor(store.epoch, 0))) is None


async def test_reading_on(store: Store) -> None:
    await grow(store, 3)
    await grow(store, 2, "others")
    assert [row.seq for row in await store.read(lambda r: feed_log.since(r, 1, limit=2))] == [2, 3]
    only = await store.read(lambda r: feed_log.since(r, 0, services=["others"]))
    assert [(row.seq, row.service) for row in only] == [(4, "others"), (5, "others")]
    assert (await store.head()).seq == 5


async def test_the_oldest_go_by_number_and_by_age(store: Store, clock: HeldClock) -> None:
    await grow(store, 5)
    clock.forward(days=1)
    await grow(store, 5)

    def trim(rows: int, older: str) -> "object":
        return store.write(lambda w: feed_log.trim(w, Retention(rows, older)))

    assert await trim(100, "2026-01-01") == 0
    assert await trim(8, "2026-01-01") == 2
    assert await seqs(store) == list(range(3, 11))
    assert await trim(8, "2026-02-01") == 3
    assert await seqs(store) == list(range(6, 11))
    assert await trim(8, "2027-01-01") == 5
    assert await seqs(store) == []
    await grow(store, 1)
    assert await seqs(store) == [11]


async def test_cursors_that_lead_nowhere_are_told(store: Store) -> None:
    await grow(store, 10)
    await store.write(lambda w: feed_log.trim(w, Retention(4, "")))

    async def unknown(epoch: str, seq: int) -> str | None:
        return await store.read(lambda r: feed_log.resync_reason(r, Cursor(epoch, seq)))

    assert await unknown(store.epoch, 5) == "expired"
    assert await unknown(store.epoch, 6) is None
    assert await unknown(store.epoch, 10) is None
    assert await unknown(store.epoch, 11) == "foreign"
    assert await unknown("elsewhere", 7) == "foreign"


async def test_the_writer_trims_now_and_then(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_thread, "ROWS_BETWEEN_TRIMS", 50)
    monkeypatch.setattr("agor_core.db.postgres.ROWS_BETWEEN_TRIMS", 50)
    async with opened(url, feed_rows=20) as store:
        for _ in range(12):
            await grow(store, 10)
        await store.write(lambda writer: None)
        kept = await seqs(store)
        assert kept[-1] == 120
        assert kept == list(range(kept[0], 121))
        assert 20 <= len(kept) < 80


async def test_the_epoch_survives_and_is_its_own(url: str) -> None:
    async with opened(url) as store:
        first = store.epoch
        await grow(store, 3)
    async with opened(url) as store:
        assert (store.epoch, (await store.head()).seq) == (first, 3)
