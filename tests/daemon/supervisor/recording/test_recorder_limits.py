"""The recorder's bounds: an agent that floods waits, and memory stays small."""

import asyncio

import pytest

from agor_core.domain.message import FileDiff, Role, ToolStatus
from agor_core.errors import StoreFull
from agor_core.events import ToolCallChanged
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.recording import task_bound
from agor_daemon.supervisor.recording.recorder import LARGEST_CALLS, MOST_CALLS, MOST_UNSTORED
from tests.fakes.recording import call, text


@pytest.mark.parametrize(
    ("event", "times"),
    [
        (lambda n: call(f"call {n}"), 2_000),
        (lambda n: text(".", f"message {n}"), 2_000),
        (lambda n: text("."), 20_000),
        (lambda n: call(f"call {n}", diff=FileDiff(path="a", new_text="." * 100_000)), 20),
        (lambda n: call(f"call {n}", input={"a": ["." * 100_000]}), 20),
    ],
    ids=["calls", "messages", "pieces", "diffs", "inputs"],
)
async def test_an_agent_that_floods_has_to_wait(recording, event, times):
    await recording.begin()
    recording.store.stall()
    waiting = None
    for number in range(times):
        recording.recorder.record(event(number))
        waiting = asyncio.create_task(recording.recorder.wait_for_room())
        await asyncio.sleep(0)
        if not waiting.done():
            break
    assert not waiting.done()
    recording.store.ready.set()
    await waiting


async def test_what_cannot_be_stored_does_not_fill_the_memory(recording):
    task = await recording.begin()
    recording.store.failing = RuntimeError("connection lost")
    recording.recorder.record(text("x" * (MOST_UNSTORED + 1), "1"))
    recording.recorder.record(text("before", "2"))
    with pytest.raises(RuntimeError, match="connection lost"):
        await recording.recorder.flush()
    await recording.recorder.wait_for_room()
    recording.store.failing = None
    recording.recorder.record(text("after", "2"))
    await recording.recorder.flush()
    assert await recording.texts(task) == ["after"]


async def test_a_full_disk_makes_the_agent_wait_and_loses_nothing(recording, monkeypatch):
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.001)
    task = await recording.begin()
    recording.store.failing = StoreFull("No room on the disk.")
    words = "x" * (MOST_UNSTORED + 1)
    recording.recorder.record(text(words))
    waiting = asyncio.create_task(recording.recorder.wait_for_room())
    await recording.store.asked.wait()
    assert not waiting.done()
    recording.store.failing = None
    await waiting
    assert await recording.texts(task) == [words]


async def test_calls_that_never_end_do_not_pile_up(recording):
    task = await recording.begin()
    for number in range(MOST_CALLS + 100):
        recording.recorder.record(call(f"call {number}"))
    await recording.recorder.flush()
    assert len(recording.recorder._buffer.drafts) == MOST_CALLS
    assert sum(message.complete for message in await recording.bench.messages(task)) == 100


async def test_of_calls_that_have_ended_only_so_much_is_kept_in_memory(recording):
    task = await recording.begin()
    recording.recorder.record(call("open"))
    for number in range(100):
        recording.recorder.record(call(f"call {number}", "completed", output="x" * 100_000))
        await recording.recorder.wait_for_room()
    recording.recorder.record(call("open", "completed", output="done"))
    recording.recorder.record(ToolCallChanged("call 99", title="A late title"))
    await recording.recorder.flush()
    kept = recording.recorder._calls.values()
    assert sum(len(draft.message.tool.output) for draft in kept) <= LARGEST_CALLS
    assert not recording.recorder._buffer.drafts
    said = await recording.bench.messages(task)
    assert len(said) == 101
    assert (said[0].tool.output, said[100].tool.title) == ("done", "A late title")


async def test_running_output_of_a_tool_is_not_stored_with_each_pulse(recording):
    task = await recording.begin()
    async with recording.pulsing():
        recording.recorder.record(call("c", output="."))
        recording.recorder.record(text("a"))
        await recording.bench.until(lambda: recording.bench.messages(task), lambda found: len(found) == 2)
        writes = recording.store.writes
        for number in range(2, 6):
            recording.recorder.record(call("c", output="." * number))
            shown = len(recording.deltas)
            recording.recorder.record(text("b"))
            await recording.bench.until(lambda: asyncio.sleep(0, len(recording.deltas)), lambda n, s=shown: n > s)
        assert recording.store.writes == writes
        recording.clock.seconds += 10
        recording.recorder.record(call("c", output="." * 6))
        await recording.bench.until(
            lambda: recording.bench.messages(task), lambda found: found[0].tool.output == "......"
        )


async def test_of_a_flood_so_much_is_kept_and_the_rest_is_counted(recording, monkeypatch):
    monkeypatch.setattr(task_bound, "MOST_OF_TASK", 1_000)
    task = await recording.begin()
    recording.recorder.record(call("early"))
    recording.recorder.record(text("x" * 2_000))
    for _ in range(500):
        recording.recorder.record(text("y" * 10))
    recording.recorder.record(call("late", output="z" * 7))
    recording.recorder.record(call("early", output="z" * 100, status=ToolStatus.COMPLETED))
    await recording.recorder.finish(interrupted=False)
    recording.recorder.record(text("after the end"))
    await recording.recorder.flush()
    assert await recording.texts(task) == ["", "x" * 2_000, "… 5,107 more characters were not kept."]
    [early, _, note] = await recording.bench.messages(task)
    assert (early.tool.status, early.tool.output) == (ToolStatus.COMPLETED, None)
    assert (note.role, note.complete) == (Role.SYSTEM, True)
    following = await recording.begin()
    recording.recorder.record(text("kept again"))
    await recording.recorder.finish(interrupted=False)
    assert await recording.texts(following) == ["kept again"]
