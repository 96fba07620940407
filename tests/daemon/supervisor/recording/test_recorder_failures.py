"""The recorder when the store refuses, fails, or its caller is cancelled: nothing is lost or doubled."""

import asyncio

import pytest

from agor_core.errors import StoreBusy
from agor_core.events import TitleSuggested
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.recording import write_buffer
from tests.fakes.recording import call, check_all, plan, say_all, text


async def test_a_flush_whose_caller_is_cancelled_is_seen_through(recording):
    task = await recording.begin()
    say_all(recording.recorder)
    recording.store.stall()
    flush = asyncio.create_task(recording.recorder.flush())
    await recording.store.asked.wait()
    flush.cancel()
    await asyncio.wait({flush})
    assert flush.cancelled()
    following = asyncio.create_task(recording.recorder.flush())
    recording.store.ready.set()
    await following
    await check_all(recording, task)
    assert recording.store.writes == 1


async def test_a_caller_that_is_cancelled_during_the_commit_does_not_hide_it(recording):
    task = await recording.begin()
    recording.recorder.record(text("first "))
    recording.store.answering.clear()
    flush = asyncio.create_task(recording.recorder.flush())
    await recording.bench.until(lambda: recording.texts(task), bool)
    flush.cancel()
    await asyncio.wait({flush})
    recording.recorder.record(text("last"))
    recording.store.answering.set()
    await recording.recorder.flush()
    assert await recording.texts(task) == ["first last"]


async def test_a_flush_that_fails_gives_back_what_it_took(recording):
    task = await recording.begin()
    say_all(recording.recorder)
    recording.recorder.record(plan("Old"))
    recording.recorder.record(TitleSuggested("Old"))
    recording.store.failing = RuntimeError("connection lost")
    recording.store.stall()
    flush = asyncio.create_task(recording.recorder.flush())
    await recording.store.asked.wait()
    recording.recorder.record(plan("Look"))
    recording.recorder.record(TitleSuggested("A title"))
    recording.store.ready.set()
    with pytest.raises(RuntimeError, match="connection lost"):
        await flush
    recording.store.failing = None
    await recording.recorder.flush()
    await check_all(recording, task)


async def test_one_message_that_is_refused_does_not_take_the_others_along(recording):
    task = await recording.begin()
    for number in range(9):
        recording.recorder.record(text("\x00" if number == 4 else str(number), str(number)))
    recording.recorder.record(plan("Look"))
    await recording.recorder.flush()
    assert await recording.texts(task) == ["0", "1", "2", "3", "5", "6", "7", "8"]
    assert [entry.content for entry in (await recording.bench.task(task)).plan] == ["Look"]
    writes = recording.store.writes
    await recording.recorder.flush()
    assert recording.store.writes == writes


async def test_what_follows_a_text_that_is_refused_is_kept(recording):
    task = await recording.begin()
    recording.recorder.record(text("bad \x00"))
    await recording.recorder.flush()
    recording.recorder.record(text("good"))
    await recording.recorder.flush()
    assert await recording.texts(task) == ["good"]


async def test_one_message_that_fails_again_and_again_does_not_hold_up_the_others(recording, monkeypatch):
    append = write_buffer.messages.append  # type: ignore[attr-defined]

    def failing(w, message):
        if message.text == "2":
            raise TypeError
        return append(w, message)

    monkeypatch.setattr(write_buffer.messages, "append", failing)  # type: ignore[attr-defined]
    task = await recording.begin()
    for number in range(5):
        recording.recorder.record(text(str(number), str(number)))
    for _ in range(write_buffer.TRIES - 1):
        with pytest.raises(TypeError):
            await recording.recorder.flush()
        assert await recording.texts(task) == ["0", "1"]
    await recording.recorder.flush()
    assert await recording.texts(task) == ["0", "1", "3", "4"]


async def test_what_a_pulse_cannot_store_now_is_stored_later(recording):
    task = await recording.begin()
    recording.store.failing = RuntimeError("connection lost")

    async def later():
        recording.clock.seconds += 1
        return await recording.texts(task)

    async with recording.pulsing():
        say_all(recording.recorder)
        await recording.store.asked.wait()
        assert await later() == []
        recording.store.failing = None
        await recording.bench.until(later, lambda texts: len(texts) == 3)
    await check_all(recording, task)


async def test_a_store_that_fails_is_left_alone_for_a_while(recording):
    task = await recording.begin()
    async with recording.pulsing():
        recording.recorder.record(text("a"))
        await recording.bench.until(lambda: recording.texts(task), bool)
        recording.store.failing = RuntimeError("connection lost")
        writes = recording.store.writes
        for _ in range(4):
            shown = len(recording.deltas)
            recording.recorder.record(TitleSuggested("A title"))
            recording.recorder.record(text("b"))
            await recording.bench.until(lambda: asyncio.sleep(0, len(recording.deltas)), lambda n, s=shown: n > s)
        tried = recording.store.writes - writes
        recording.store.failing = None
    assert tried <= 3
    assert await recording.texts(task) == ["abbbb"]
    assert (await recording.bench.again(recording.session)).title == "A title"


async def test_a_commit_that_nobody_heard_of_counts_a_call_once(recording, monkeypatch):
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.001)
    task = await recording.begin()
    recording.store.unheard = StoreBusy("The answer got lost.")
    recording.recorder.record(call("c", "completed"))
    await recording.recorder.flush()
    assert recording.store.writes == 2
    assert (await recording.bench.task(task)).tool_use_count == 1
    assert len(await recording.bench.messages(task)) == 1
