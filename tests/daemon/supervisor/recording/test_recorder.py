"""The recorder: what an agent says is of the right task and in its place, whenever it comes."""

import asyncio

from agor_core.agents.acp import AcpAdapter
from agor_core.domain.figures import Usage
from agor_core.domain.message import ToolStatus
from agor_core.events import UsageChanged
from agor_core.ids import TaskId, new_id
from agor_daemon.supervisor.recording import recorder
from tests.fakes.recording import call, plan, say_all, text


async def test_a_session_that_is_gone_is_no_error(recording):
    await recording.begin()
    recording.recorder.begin(TaskId(new_id()))
    say_all(recording.recorder)
    await recording.recorder.flush()
    assert (await recording.bench.again(recording.session)).message_count == 0


async def test_what_comes_between_two_turns_is_of_the_first(recording):
    first = await recording.begin()
    await recording.recorder.finish(interrupted=False)
    recording.recorder.record(plan("Of the first"))
    recording.recorder.record(UsageChanged(Usage(input_tokens=1)))
    second = await recording.begin()
    recording.recorder.record(UsageChanged(Usage(input_tokens=2)))
    await recording.recorder.flush()
    first, second = await recording.bench.task(first), await recording.bench.task(second)
    assert ([entry.content for entry in first.plan], second.plan) == (["Of the first"], ())
    assert (first.usage.input_tokens, second.usage.input_tokens) == (1, 2)
    assert (await recording.bench.again(recording.session)).usage.input_tokens == 3


def cost(amount):
    return {"update": {"sessionUpdate": "usage_update", "cost": {"amount": amount, "currency": "USD"}}}


async def test_a_cost_that_is_told_before_the_prompt_is_of_the_turn_before(recording):
    first = await recording.begin()
    recording.recorder.update(cost(1.0))
    second = await recording.task()
    recording.recorder.begin(second.task_id)
    recording.recorder.update(cost(1.5))
    recording.recorder.begin_prompt()
    recording.recorder.update(cost(1.75))
    await recording.recorder.flush()
    assert (await recording.bench.task(first)).usage.cost_usd == 1.5
    assert (await recording.bench.task(second)).usage.cost_usd == 0.25


async def test_what_another_process_says_of_its_past_is_of_no_task(recording):
    first = await recording.begin()
    recording.recorder.update(cost(1.0))
    recording.recorder.attach(AcpAdapter())
    recording.recorder.update(cost(3.0))
    await recording.recorder.flush()
    assert (await recording.bench.task(first)).usage.cost_usd == 1.0


async def test_late_words_are_complete_when_no_more_come(recording, monkeypatch):
    monkeypatch.setattr(recorder, "STORE_EVERY", 0.05)
    task = await recording.begin()
    async with recording.pulsing():
        await recording.recorder.finish(interrupted=False)
        recording.recorder.record(text("late "))
        recording.recorder.record(text("words"))
        said = await recording.bench.until(
            lambda: recording.bench.messages(task), lambda found: found and all(m.complete for m in found)
        )
        assert [message.text for message in said] == ["late words"]


async def test_late_words_are_complete_when_the_next_turn_begins(recording):
    first = await recording.begin()
    await recording.recorder.finish(interrupted=False)
    recording.recorder.record(text("late words"))
    await recording.begin()
    await recording.recorder.flush()
    [late] = await recording.bench.messages(first)
    assert (late.text, late.complete) == ("late words", True)


async def test_what_comes_during_the_last_write_is_stored_too(recording):
    task = await recording.begin()
    recording.store.stall()
    recording.recorder.open()
    pulse = asyncio.create_task(recording.recorder.pulse())
    recording.recorder.record(text("one ", "1"))
    await recording.store.asked.wait()
    recording.recorder.record(text("two", "2"))
    recording.recorder.record(call("c"))
    recording.recorder.close()
    recording.store.ready.set()
    await pulse
    said = await recording.bench.messages(task)
    assert [message.text for message in said] == ["one ", "two", ""]
    assert all(message.complete for message in said)
    assert said[2].tool.status is ToolStatus.FAILED
