"""The drivers of the feed: order, breaks, regular ends."""

import asyncio
import logging
import threading
from functools import partial
from logging.handlers import BufferingHandler
from typing import Any

import pytest
from websockets.sync import client

from agor_core.config.paths import Paths
from agor_core.wire.feed import Change, Delta, Frame, Hello, Resync
from agor_tui.client import launch
from agor_tui.client.connection import NOT_ANSWERING
from agor_tui.client.errors import DaemonError, NoDaemon, NotAnswering
from agor_tui.client.feed import Connected, Lost, follow, stream
from tests.fakes.scripted_daemon import Close, Drop, ScriptedDaemon


def hello(number: int) -> dict[str, Any]:
    return {"type": "hello", "cursor": f"e:{number}", "version": "0.1.0"}


def change(number: int) -> dict[str, Any]:
    return {
        "type": "change",
        "cursor": f"e:{number}",
        "service": "tasks",
        "event": "patched",
        "id": f"t{number}",
        "record": {},
        "at": "2026-01-01T00:00:00.000Z",
    }


DELTA = {"type": "delta", "service": "messages", "id": "m", "offset": 0, "text": "ö"}


def test_frames_come_in_order_and_a_break_is_bridged_by_the_cursor(scripted: ScriptedDaemon, paths: Paths) -> None:
    frames = follow(paths, services=("tasks", "messages"))
    seen: list[Frame] = []
    for turn in ((hello(4), change(5), DELTA), (Drop(), hello(5), change(6)), (Close(1012), hello(6), change(7))):
        for sent in turn:
            scripted.frames.put(sent)
        seen += [next(frames) for sent in turn if isinstance(sent, dict)]
    frames.close()
    assert [type(frame) for frame in seen] == [Hello, Change, Delta, Hello, Change, Hello, Change]
    assert [frame.id for frame in seen if isinstance(frame, Change)] == ["t5", "t6", "t7"]
    assert [dict(call.query) for call in scripted.feeds] == [
        {"service": "tasks,messages"},
        {"since": "e:5", "service": "tasks,messages"},
        {"since": "e:6", "service": "tasks,messages"},
    ]


def test_a_daemon_that_hangs_is_given_up_with_our_sentence_alone(
    scripted: ScriptedDaemon, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(_: Paths) -> None:
        raise NotAnswering(NOT_ANSWERING)

    impatient = partial(client.unix_connect, ping_interval=0.01, ping_timeout=0.01)
    monkeypatch.setattr(client, "unix_connect", impatient)
    monkeypatch.setattr(launch, "start", hangs)
    scripted.hung = True
    scripted.frames.put(hello(1))
    before = set(threading.enumerate())
    heard = BufferingHandler(100)
    monkeypatch.setattr(logging.getLogger(), "handlers", [heard])
    frames = follow(paths)
    next(frames)
    with pytest.raises(NotAnswering):
        next(frames)
    for thread in {one for one in threading.enumerate() if one.daemon} - before:
        thread.join()
    assert [record.getMessage() for record in heard.buffer] == []


def test_a_resync_is_handed_on_and_goes_on_from_its_cursor(scripted: ScriptedDaemon, paths: Paths) -> None:
    resync = {"type": "resync", "reason": "expired", "cursor": "new:9"}
    frames = follow(paths, since="old:1")
    scripted.frames.put(hello(1))
    scripted.frames.put(resync)
    assert [type(next(frames)) for _ in range(2)] == [Hello, Resync]  # type: ignore[list-item]
    scripted.frames.put(Drop())
    scripted.frames.put(hello(9))
    assert isinstance(next(frames), Hello)
    frames.close()
    assert [dict(call.query).get("since") for call in scripted.feeds] == ["old:1", "new:9"]


def test_a_frame_of_another_version_is_an_error_not_a_crash(scripted: ScriptedDaemon, paths: Paths) -> None:
    scripted.frames.put({"type": "dance"})
    with pytest.raises(DaemonError, match="does not know"):
        next(follow(paths))


def test_without_a_daemon_following_says_so(paths: Paths) -> None:
    with pytest.raises(NoDaemon, match="agor daemon start"):
        next(follow(paths))


def test_a_daemon_that_was_stopped_and_stays_away_is_given_up(
    scripted: ScriptedDaemon, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agor_tui.client.feed_resumption.RETURN_SECONDS", 0.2)
    scripted.frames.put(hello(1))
    frames = follow(paths)
    next(frames)
    scripted.frames.put(Close(1001))
    paths.socket.rename(paths.home / "away")
    try:
        with pytest.raises(NoDaemon, match="has not come back"):
            next(frames)
    finally:
        (paths.home / "away").rename(paths.socket)


async def test_the_stream_tells_of_breaks_and_goes_on(
    scripted: ScriptedDaemon, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Paths] = []

    def start(of: Paths) -> bool:
        started.append(of)
        return False

    monkeypatch.setattr(launch, "start", start)
    scripted.frames.put(hello(4))
    scripted.frames.put(change(5))
    seen: list[object] = []
    frames = stream(paths, services=("tasks",))
    async with asyncio.timeout(10):
        async for frame in frames:
            seen.append(frame)
            if isinstance(frame, Change) and frame.id == "t5":
                for sent in (Drop(), hello(5), change(6)):
                    scripted.frames.put(sent)
            if len(seen) == 7:
                break
    await frames.aclose()
    assert [type(frame) for frame in seen] == [Connected, Hello, Change, Lost, Connected, Hello, Change]
    assert [dict(call.query).get("since") for call in scripted.feeds] == [None, "e:5"]
    assert started == [paths]
