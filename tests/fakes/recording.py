"""A recorder on a store that stalls and fails on request, and a clock that is moved by hand."""

import asyncio
import contextlib

from agor_core.agents.acp import AcpAdapter
from agor_core.clock import SystemClock
from agor_core.domain.figures import Usage
from agor_core.domain.message import Role, ToolStatus
from agor_core.domain.task import PlanEntry, TaskStatus
from agor_core.events import PlanChanged, TextChunk, TitleSuggested, ToolCallChanged, UsageChanged
from agor_core.repositories import tasks
from agor_daemon.supervisor.recording.recorder import Recorder
from tests.builders.records import make_task


class Fickle:
    """The bench's store, which stalls and fails on request."""

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
        self.recorder = Recorder(self.store, self.clock, session.session_id, self.deltas.append, AcpAdapter())  # type: ignore[arg-type]

    async def task(self):
        task = make_task(self.session.session_id, status=TaskStatus.RUNNING)
        return await self.bench.store.write(lambda w: tasks.insert(w, task))

    async def begin(self):
        task = await self.task()
        self.recorder.begin(task.task_id)
        self.recorder.begin_prompt()
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


def text(words, identifier=None):
    return TextChunk(Role.ASSISTANT, words, identifier)


def plan(*entries):
    return PlanChanged(tuple(PlanEntry(content=entry) for entry in entries))


def call(identifier, status="in_progress", **more):
    return ToolCallChanged(identifier, status=ToolStatus(status), **more)


def say_all(it):
    it.record(text("first", "1"))
    it.record(call("c", "completed", title="A tool"))
    it.record(plan("Look"))
    it.record(UsageChanged(Usage(input_tokens=7)))
    it.record(TitleSuggested("A title"))
    it.record(text("last", "2"))


async def check_all(recording, task):
    found = await recording.bench.task(task)
    assert [entry.content for entry in found.plan] == ["Look"]
    assert (found.usage.input_tokens, found.tool_use_count) == (7, 1)
    assert (await recording.bench.again(recording.session)).title == "A title"
    assert await recording.texts(task) == ["first", "", "last"]
    assert [message.index for message in await recording.bench.messages(task)] == [0, 1, 2]
