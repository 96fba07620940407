"""An outbox: bounded, in order, without doubles."""

import asyncio

import pytest

from agor_daemon.feed import outbox
from agor_daemon.feed.frames import EncodedFrame
from agor_daemon.feed.outbox import Outbox
from agor_daemon.feed.selection import FeedSelection


def numbered(seq: int, service: str = "sessions", size: int = 1) -> EncodedFrame:
    return EncodedFrame(seq, service, f"{seq}".ljust(size))


async def taken(box: Outbox, count: int) -> list[str]:
    return [str(await box.take()).strip() for _ in range(count)]


async def test_frames_that_the_client_has_seen_or_does_not_follow_are_skipped() -> None:
    box = Outbox(FeedSelection(frozenset({"sessions"})))
    box.start(5)
    assert all(box.offer(numbered(seq)) for seq in (4, 5, 6, 6))
    box.offer(numbered(7, "tasks"))
    box.offer(numbered(8))
    box.end(1001)
    assert await taken(box, 2) == ["6", "8"]
    assert await box.take() is None
    assert (box.position, box.announced) == (8, 8)


async def test_it_has_room_for_so_many_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_FRAMES", 3)
    box = Outbox(FeedSelection())
    assert [box.offer(numbered(seq)) for seq in (1, 2, 3, 4)] == [True, True, True, False]


async def test_it_has_room_for_so_much_text_but_always_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_CHARACTERS", 10)
    box = Outbox(FeedSelection())
    assert box.offer(numbered(1, size=50))
    assert not box.offer(numbered(2))
    await box.take()
    assert box.offer(numbered(3, size=6))
    assert not box.offer(numbered(4, size=6))


async def test_live_text_gives_way_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FRAMES_BEFORE_DELTAS_DROP", 2)
    box = Outbox(FeedSelection())
    for text in ("a", "b", "dropped"):
        assert box.offer(EncodedFrame(None, "messages", text))
    assert box.offer(numbered(1))
    assert await taken(box, 3) == ["a", "b", "1"]


async def test_a_waiting_reader_is_woken() -> None:
    box = Outbox(FeedSelection())
    reading = asyncio.create_task(box.take())
    await asyncio.sleep(0)
    box.offer(numbered(1))
    assert await reading == "1"
    reading = asyncio.create_task(box.take())
    await asyncio.sleep(0)
    box.end(4409, drop=True)
    assert await reading is None
    assert box.ended.is_set()
