"""The recorder: nothing that an agent said is lost, doubled or put in a wrong place, whatever the store does."""

import asyncio
import contextlib

import pytest

from agor_core.agents.acp import AcpAdapter
from agor_core.clock import SystemClock
from agor_core.domain.figures import Usage
from agor_core.domain.message import FileDiff, Role, ToolStatus
from agor_core.domain.task import PlanEntry, Task, TaskStatus
from agor_core.errors import StoreBusy, StoreFull
from agor_core.events import PlanChanged, TextChunk, TitleSuggested, ToolCallChanged, UsageChanged
from agor_core.ids import TaskId, new_id, short_id
from agor_core.repositories import tasks
from agor_daemon.supervisor import persistence, recorder, remembered_calls, unstored
from agor_daemon.supervisor.recorder import MOST_UNSTORED, Recorder


class Fickle:
    """The bench's store, which stalls and fails as it is told."""

    def __init__(self, store):
        self.store = store
        self.ready = asyncio.Event()
        self.ready.set()
        self.asked = asyncio.Event()
        self.writes = 0
        self.failing = None
        self.unheard = None
        self.answering = asyncio.Event()
        self.answering.set()

    async def write(self, work):
        self.asked.set()
        await self.ready.wait()
        self.writes += 1
        if self.failing is not None:
            raise self.failing
        result = await self.store.write(work)
        await self.answering.wait()
        if self.unheard is not None:
            unheard, self.unheard = self.unheard, None
            raise unheard
        return result

    def stall(self):
        self.ready.clear()
        self.asked.clear()


class Still(SystemClock):
    """A clock that is moved by hand."""

    def __init__(self):
        self.seconds = 100.0

    def monotonic(self):
        return self.seconds


class Recording:
    """A recorder on a fickle store, with tasks to record for."""

    def __init__(self, bench, session):
        self.bench = bench
        self.session = session
        self.store = Fickle(bench.store)
        self.clock = Still()
        self.deltas = []
        self.recorder = Recorder(self.store, self.clock, session.session_id, self.deltas.append, AcpAdapter())

    async def task(self):
        task_id = TaskId(new_id())
        task = Task(
            task_id=task_id,
            short_id=short_id(task_id),
            session_id=self.session.session_id,
            position=0,
            status=TaskStatus.RUNNING,
            full_prompt="do it",
            created_at=self.session.created_at,
        )
        return await self.bench.store.write(lambda w: tasks.insert(w, task))

    async def begin(self):
        task = await self.task()
        self.recorder.begin(task.task_id)
        self.recorder.prompted()
        return task

    @contextlib.asynccontextmanager
    async def pulsing(self):
        self.recorder.open()
        pulse = asyncio.create_task(self.recorder.pulse())
        try:
            yield
        finally:
            self.recorder.close()
            await pulse

    async def texts(self, task):
        return [message.text for message in await self.bench.messages(task)]


@pytest.fixture
async def recording(bench):
    return Recording(bench, await bench.session())


def text(words, identifier=None):
    return TextChunk(Role.ASSISTANT, words, identifier)


def plan(*entries):
    return PlanChanged(tuple(PlanEntry(content=entry) for entry in entries))


def call(identifier, status="in_progress", **more):
    return ToolCallChanged(identifier, status=ToolStatus(status), **more)


def say_all(it):
    it.take(text("first", "1"))
    it.take(call("c", "completed", title="A tool"))
    it.take(plan("Look"))
    it.take(UsageChanged(Usage(input_tokens=7)))
    it.take(TitleSuggested("A title"))
    it.take(text("last", "2"))


async def check_all(recording, task):
    found = await recording.bench.task(task)
    assert [entry.content for entry in found.plan] == ["Look"]
    assert (found.usage.input_tokens, found.tool_use_count) == (7, 1)
    assert (await recording.bench.again(recording.session)).title == "A title"
    assert await recording.texts(task) == ["first", "", "last"]
    assert [message.index for message in await recording.bench.messages(task)] == [0, 1, 2]


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
    recording.recorder.take(text("first "))
    recording.store.answering.clear()
    flush = asyncio.create_task(recording.recorder.flush())
    await recording.bench.until(lambda: recording.texts(task), bool)
    flush.cancel()
    await asyncio.wait({flush})
    recording.recorder.take(text("last"))
    recording.store.answering.set()
    await recording.recorder.flush()
    assert await recording.texts(task) == ["first last"]


async def test_a_flush_that_fails_gives_back_what_it_took(recording):
    task = await recording.begin()
    say_all(recording.recorder)
    recording.recorder.take(plan("Old"))
    recording.recorder.take(TitleSuggested("Old"))
    recording.store.failing = RuntimeError("connection lost")
    recording.store.stall()
    flush = asyncio.create_task(recording.recorder.flush())
    await recording.store.asked.wait()
    recording.recorder.take(plan("Look"))
    recording.recorder.take(TitleSuggested("A title"))
    recording.store.ready.set()
    with pytest.raises(RuntimeError, match="connection lost"):
        await flush
    recording.store.failing = None
    await recording.recorder.flush()
    await check_all(recording, task)


async def test_one_message_that_is_refused_does_not_take_the_others_along(recording):
    task = await recording.begin()
    for number in range(9):
        recording.recorder.take(text("\x00" if number == 4 else str(number), str(number)))
    recording.recorder.take(plan("Look"))
    await recording.recorder.flush()
    assert await recording.texts(task) == ["0", "1", "2", "3", "5", "6", "7", "8"]
    assert [entry.content for entry in (await recording.bench.task(task)).plan] == ["Look"]
    writes = recording.store.writes
    await recording.recorder.flush()
    assert recording.store.writes == writes


async def test_what_follows_a_text_that_is_refused_is_kept(recording):
    task = await recording.begin()
    recording.recorder.take(text("bad \x00"))
    await recording.recorder.flush()
    recording.recorder.take(text("good"))
    await recording.recorder.flush()
    assert await recording.texts(task) == ["good"]


async def test_one_message_that_fails_again_and_again_does_not_hold_up_the_others(recording, monkeypatch):
    append = unstored.messages.append

    def failing(w, message):
        if message.text == "2":
            raise TypeError
        return append(w, message)

    monkeypatch.setattr(unstored.messages, "append", failing)
    task = await recording.begin()
    for number in range(5):
        recording.recorder.take(text(str(number), str(number)))
    for _ in range(unstored.TRIES - 1):
        with pytest.raises(TypeError):
            await recording.recorder.flush()
        assert await recording.texts(task) == ["0", "1"]
    await recording.recorder.flush()
    assert await recording.texts(task) == ["0", "1", "3", "4"]


async def test_a_session_that_is_gone_is_no_error(recording):
    await recording.begin()
    recording.recorder.begin(TaskId(new_id()))
    say_all(recording.recorder)
    await recording.recorder.flush()
    assert (await recording.bench.again(recording.session)).message_count == 0


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
        recording.recorder.take(text("a"))
        await recording.bench.until(lambda: recording.texts(task), bool)
        recording.store.failing = RuntimeError("connection lost")
        writes = recording.store.writes
        for _ in range(4):
            shown = len(recording.deltas)
            recording.recorder.take(TitleSuggested("A title"))
            recording.recorder.take(text("b"))
            await recording.bench.until(lambda: asyncio.sleep(0, len(recording.deltas)), lambda n, s=shown: n > s)
        tried = recording.store.writes - writes
        recording.store.failing = None
    assert tried <= 3
    assert await recording.texts(task) == ["abbbb"]
    assert (await recording.bench.again(recording.session)).title == "A title"


async def test_what_comes_between_two_turns_is_of_the_first(recording):
    first = await recording.begin()
    await recording.recorder.finish(interrupted=False)
    recording.recorder.take(plan("Of the first"))
    recording.recorder.take(UsageChanged(Usage(input_tokens=1)))
    second = await recording.begin()
    recording.recorder.take(UsageChanged(Usage(input_tokens=2)))
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
    recording.recorder.prompted()
    recording.recorder.update(cost(1.75))
    await recording.recorder.flush()
    assert (await recording.bench.task(first)).usage.cost_usd == 1.5
    assert (await recording.bench.task(second)).usage.cost_usd == 0.25


async def test_what_another_process_says_of_its_past_is_of_no_task(recording):
    first = await recording.begin()
    recording.recorder.update(cost(1.0))
    recording.recorder.listen(AcpAdapter())
    recording.recorder.update(cost(3.0))
    await recording.recorder.flush()
    assert (await recording.bench.task(first)).usage.cost_usd == 1.0


async def test_late_words_are_complete_when_no_more_come(recording, monkeypatch):
    monkeypatch.setattr(recorder, "STORE_EVERY", 0.05)
    task = await recording.begin()
    async with recording.pulsing():
        await recording.recorder.finish(interrupted=False)
        recording.recorder.take(text("late "))
        recording.recorder.take(text("words"))
        said = await recording.bench.until(
            lambda: recording.bench.messages(task), lambda found: found and all(m.complete for m in found)
        )
        assert [message.text for message in said] == ["late words"]


async def test_late_words_are_complete_when_the_next_turn_begins(recording):
    first = await recording.begin()
    await recording.recorder.finish(interrupted=False)
    recording.recorder.take(text("late words"))
    await recording.begin()
    await recording.recorder.flush()
    [late] = await recording.bench.messages(first)
    assert (late.text, late.complete) == ("late words", True)


async def test_what_comes_during_the_last_write_is_stored_too(recording):
    task = await recording.begin()
    recording.store.stall()
    recording.recorder.open()
    pulse = asyncio.create_task(recording.recorder.pulse())
    recording.recorder.take(text("one ", "1"))
    await recording.store.asked.wait()
    recording.recorder.take(text("two", "2"))
    recording.recorder.take(call("c"))
    recording.recorder.close()
    recording.store.ready.set()
    await pulse
    said = await recording.bench.messages(task)
    assert [message.text for message in said] == ["one ", "two", ""]
    assert all(message.complete for message in said)
    assert said[2].tool.status is ToolStatus.FAILED


async def test_a_commit_that_nobody_heard_of_counts_a_call_once(recording, monkeypatch):
    monkeypatch.setattr(persistence, "FIRST_PAUSE", 0.001)
    task = await recording.begin()
    recording.store.unheard = StoreBusy("The answer got lost.")
    recording.recorder.take(call("c", "completed"))
    await recording.recorder.flush()
    assert recording.store.writes == 2
    assert (await recording.bench.task(task)).tool_use_count == 1
    assert len(await recording.bench.messages(task)) == 1


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
        recording.recorder.take(event(number))
        waiting = asyncio.create_task(recording.recorder.room())
        await asyncio.sleep(0)
        if not waiting.done():
            break
    assert not waiting.done()
    recording.store.ready.set()
    await waiting


async def test_what_cannot_be_stored_does_not_fill_the_memory(recording):
    task = await recording.begin()
    recording.store.failing = RuntimeError("connection lost")
    recording.recorder.take(text("x" * (MOST_UNSTORED + 1), "1"))
    recording.recorder.take(text("before", "2"))
    with pytest.raises(RuntimeError, match="connection lost"):
        await recording.recorder.flush()
    await recording.recorder.room()
    recording.store.failing = None
    recording.recorder.take(text("after", "2"))
    await recording.recorder.flush()
    assert await recording.texts(task) == ["after"]


async def test_a_full_disk_makes_the_agent_wait_and_loses_nothing(recording, monkeypatch):
    monkeypatch.setattr(persistence, "FIRST_PAUSE", 0.001)
    task = await recording.begin()
    recording.store.failing = StoreFull("No room on the disk.")
    words = "x" * (MOST_UNSTORED + 1)
    recording.recorder.take(text(words))
    waiting = asyncio.create_task(recording.recorder.room())
    await recording.store.asked.wait()
    assert not waiting.done()
    recording.store.failing = None
    await waiting
    assert await recording.texts(task) == [words]


async def test_calls_that_never_end_do_not_pile_up(recording):
    task = await recording.begin()
    for number in range(remembered_calls.MOST + 100):
        recording.recorder.take(call(f"call {number}"))
    await recording.recorder.flush()
    assert len(recording.recorder._unstored.drafts) == remembered_calls.MOST
    assert sum(message.complete for message in await recording.bench.messages(task)) == 100


async def test_of_calls_that_have_ended_only_so_much_is_kept_in_memory(recording):
    task = await recording.begin()
    recording.recorder.take(call("open"))
    for number in range(100):
        recording.recorder.take(call(f"call {number}", "completed", output="x" * 100_000))
        await recording.recorder.room()
    recording.recorder.take(call("open", "completed", output="done"))
    recording.recorder.take(ToolCallChanged("call 99", title="A late title"))
    await recording.recorder.flush()
    kept = recording.recorder._calls._drafts.values()
    assert sum(len(draft.message.tool.output) for draft in kept) <= remembered_calls.LARGEST
    assert not recording.recorder._unstored.drafts
    said = await recording.bench.messages(task)
    assert len(said) == 101
    assert (said[0].tool.output, said[100].tool.title) == ("done", "A late title")


async def test_running_output_of_a_tool_is_not_stored_with_each_pulse(recording):
    task = await recording.begin()
    async with recording.pulsing():
        recording.recorder.take(call("c", output="."))
        recording.recorder.take(text("a"))
        await recording.bench.until(lambda: recording.bench.messages(task), lambda found: len(found) == 2)
        writes = recording.store.writes
        for number in range(2, 6):
            recording.recorder.take(call("c", output="." * number))
            shown = len(recording.deltas)
            recording.recorder.take(text("b"))
            await recording.bench.until(lambda: asyncio.sleep(0, len(recording.deltas)), lambda n, s=shown: n > s)
        assert recording.store.writes == writes
        recording.clock.seconds += 10
        recording.recorder.take(call("c", output="." * 6))
        await recording.bench.until(
            lambda: recording.bench.messages(task), lambda found: found[0].tool.output == "......"
        )
