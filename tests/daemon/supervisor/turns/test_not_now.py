"""Sessions while the store takes no write, or not the one that ends a task: agents end, and no session is stuck."""

import asyncio
import contextlib
import time

import msgspec
import pytest
from sqlalchemy import text

from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.errors import InvalidInput, StoreFull, Unavailable
from agor_core.ids import TaskId, new_id, short_id
from agor_core.repositories import sessions, tasks
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.turns import session_runner, settling
from tests.daemon.supervisor.conftest import children
from tests.fakes.agent_scripts import deaf


class Disk:
    """The disk of the bench's store, which is full for the writes that ``of`` names while ``full`` is set.

    Without ``answers`` such a write hangs instead of being refused, and is done when there are any.
    """

    def __init__(self, store):
        self.full = False
        self.of = ""
        self.asked = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self._write = store.write

    async def write(self, work):
        if self.full and self.of in getattr(work, "func", work).__qualname__:
            self.asked += 1
            if self.answers.is_set():
                raise StoreFull("No room on the disk.")
            await self.answers.wait()
        return await self._write(work)

    async def was_asked(self, bench):
        await bench.until(lambda: asyncio.sleep(0, self.asked), bool)


@pytest.fixture
def disk(bench, monkeypatch):
    monkeypatch.setattr(retrying, "LONGEST_PAUSE", 0.05)
    made = Disk(bench.store)
    monkeypatch.setattr(bench.store, "write", made.write)
    return made


async def prompted(bench, agent="deaf"):
    """A session whose agent is at work on a first task, with a second in the queue."""
    session = await bench.session(agent=agent)
    first = await bench.supervisor.prompt(session.session_id, "hello")
    second = await bench.supervisor.prompt(session.session_id, "say: later")
    await bench.until(lambda: bench.again(session), lambda found: found.agent_sessions)
    return session, first, second


async def test_a_stop_reaches_the_agent_before_the_queue_can_be_ended(bench, disk):
    bench.scripted("deaf", deaf())
    await bench.supervisor.close(grace=1)
    bench.start(Limits(cancel=0.2, end=1))
    before = children()
    session, first, second = await prompted(bench)
    disk.full = True
    stopping = asyncio.create_task(bench.supervisor.stop(session.session_id))
    await bench.until(lambda: asyncio.to_thread(children), lambda found: found <= before, seconds=10)
    assert not stopping.done()
    disk.full = False
    await stopping
    first, second = await bench.task(first), await bench.task(second)
    assert (first.status, second.status) == (TaskStatus.CANCELLED, TaskStatus.QUEUED)
    assert second.started_at is None


async def test_a_stop_reaches_the_agent_while_a_prompt_waits_for_the_store(bench, disk):
    bench.scripted("deaf", deaf())
    await bench.supervisor.close(grace=1)
    bench.start(Limits(cancel=0.2, end=1))
    before = children()
    session, first, second = await prompted(bench)
    disk.full, disk.of = True, "store_new"
    disk.answers.clear()
    prompting = asyncio.create_task(bench.supervisor.prompt(session.session_id, "one more"))
    await disk.was_asked(bench)
    stopping = asyncio.create_task(bench.supervisor.stop(session.session_id))
    await bench.until(lambda: asyncio.to_thread(children), lambda found: found <= before, seconds=10)
    disk.full = False
    disk.answers.set()
    await stopping
    assert (await bench.task(first)).status is TaskStatus.CANCELLED
    for task in (second, await prompting):
        assert (await bench.task(task)).status is TaskStatus.QUEUED


async def test_the_daemon_stops_in_time_whoever_waits_for_the_store(bench, disk):
    bench.scripted("deaf", deaf())
    before = children()
    _, other, _ = await prompted(bench)
    session, first, second = await prompted(bench)
    disk.full = True
    stopping = asyncio.create_task(bench.supervisor.stop(session.session_id))
    await disk.was_asked(bench)
    began = time.monotonic()
    async with asyncio.timeout(20):
        await bench.supervisor.close(grace=2)
    assert time.monotonic() - began < 6
    assert await asyncio.to_thread(children) <= before
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await stopping
    assert (await bench.task(first)).status is TaskStatus.RUNNING
    disk.full = False
    assert (await bench.ended(first)).status is TaskStatus.CANCELLED
    assert (await bench.ended(other)).status is TaskStatus.CANCELLED
    assert (await bench.task(second)).status is TaskStatus.QUEUED


async def test_the_queue_stays_when_the_daemon_stops_while_a_task_waits_to_be_settled(bench, disk, tmp_path):
    session = await bench.session()
    gate = tmp_path / "gate"
    first = await bench.supervisor.prompt(session.session_id, f"run: while [ ! -e {gate} ]; do sleep 0.05; done")
    second = await bench.supervisor.prompt(session.session_id, "say: later")
    disk.full, disk.of = True, "SessionRunner"
    gate.touch()
    await disk.was_asked(bench)
    closing = asyncio.create_task(bench.supervisor.close(grace=8))
    runner = bench.supervisor._runners[session.session_id]
    await bench.until(lambda: asyncio.sleep(0, runner._closing), bool)
    disk.full = False
    await closing
    first, second = await bench.task(first), await bench.task(second)
    assert (first.status, second.status) == (TaskStatus.COMPLETED, TaskStatus.QUEUED)


def losing_an_answer(bench, monkeypatch):
    """Have the next end of a task be stored without an answer; the list that is returned fills when it was."""
    write, lost = bench.store.write, []

    async def losing(work):
        done = await write(work)
        if not lost and "_end_and_take_next" in repr(work):
            lost.append(work)
            raise Unavailable("There is no connection.")
        return done

    monkeypatch.setattr(bench.store, "write", losing)
    return lost


async def test_an_end_that_is_stored_twice_as_its_answer_got_lost_begins_one_task(bench, monkeypatch):
    lost = losing_an_answer(bench, monkeypatch)
    session = await bench.session()
    prompted = [await bench.supervisor.prompt(session.session_id, f"say: {n}\nsleep: 0.2") for n in range(3)]
    for task in prompted:
        assert (await bench.ended(task, 20)).status is TaskStatus.COMPLETED
    assert lost


async def test_a_queue_that_cannot_go_on_yet_keeps_nobody_waiting(bench, disk):
    _, _, second = await prompted(bench, "demo")
    await bench.ended(second)
    waiting = await bench.store.write(lambda w: tasks.insert(w, made_again(second)))
    disk.full, disk.of = True, "SessionRunner"
    bench.start()
    async with asyncio.timeout(10):
        assert await bench.supervisor.settle() == 0
    disk.full = False
    assert (await bench.ended(waiting)).status is TaskStatus.COMPLETED


def made_again(task):
    """A task like another, that waits in the queue."""
    made = TaskId(new_id())
    return msgspec.structs.replace(
        task,
        task_id=made,
        short_id=short_id(made),
        position=0,
        status=TaskStatus.QUEUED,
        started_at=None,
        completed_at=None,
    )


async def test_a_task_is_settled_in_the_end_though_the_store_fails_for_no_known_reason(bench, monkeypatch):
    monkeypatch.setattr(session_runner, "PAUSES", (0.01, 0.01))
    failures, ended = [RuntimeError("first"), RuntimeError("second")], settling.ended

    def failing(*given):
        if failures:
            raise failures.pop()
        return ended(*given)

    monkeypatch.setattr(settling, "ended", failing)
    session = await bench.session()
    first = await bench.supervisor.prompt(session.session_id, "say: one")
    second = await bench.supervisor.prompt(session.session_id, "say: two")
    first, second = await bench.ended(first, 10), await bench.ended(second, 10)
    assert (first.status, second.status) == (TaskStatus.COMPLETED, TaskStatus.COMPLETED)
    assert failures == []


@pytest.mark.parametrize(
    ("error", "pause"), [(InvalidInput("error: this is no text."), 3600), (RuntimeError("never"), 0.01)]
)
async def test_a_task_whose_end_cannot_be_stored_fails_where_the_user_sees_it(bench, monkeypatch, error, pause):
    monkeypatch.setattr(session_runner, "PAUSES", (pause, pause))
    ended = settling.ended

    def failing(task, ending, at):
        if ending.stop_reason is not None:
            raise error
        return ended(task, ending, at)

    monkeypatch.setattr(settling, "ended", failing)
    session = await bench.session()
    task = await bench.supervisor.prompt(session.session_id, "say: one")
    task = await bench.ended(task, 10)
    assert task.status is TaskStatus.FAILED
    assert "could not be stored" in task.error
    assert type(error).__name__ in task.error
    assert (await bench.again(session)).status is SessionStatus.FAILED
    assert not bench.supervisor.running


@pytest.mark.parametrize("error", [InvalidInput("error: this is no text."), RuntimeError("never")])
async def test_a_task_that_has_no_end_that_can_be_stored_is_left_to_the_next_start(bench, monkeypatch, caplog, error):
    monkeypatch.setattr(session_runner, "PAUSES", (0.01, 0.01))
    ended = settling.ended

    def failing(task, *given):
        if task.full_prompt == "say: one":
            raise error
        return ended(task, *given)

    monkeypatch.setattr(settling, "ended", failing)
    session = await bench.session()
    first = await bench.supervisor.prompt(session.session_id, "say: one")
    await bench.until(lambda: asyncio.sleep(0, bench.supervisor.running), lambda running: not running, seconds=10)
    assert f"task {first.task_id} is left as it is" in caplog.text
    said = await bench.messages(first)
    lost = losing_an_answer(bench, monkeypatch)
    assert (await bench.run(session, "say: two")).status is TaskStatus.COMPLETED
    await bench.until(lambda: asyncio.sleep(0, bench.supervisor.running), lambda running: not running, seconds=10)
    assert lost
    assert (await bench.task(first)).status is TaskStatus.RUNNING
    assert await bench.messages(first) == said
    await bench.supervisor.close(grace=2)
    monkeypatch.setattr(settling, "ended", ended)
    assert await bench.start().settle() == 1
    assert (await bench.task(first)).status is TaskStatus.FAILED


async def test_what_was_taken_is_found_again_whatever_the_tasks_before_look_like(bench, monkeypatch):
    session = await bench.session()
    before = await bench.run(session, "say: zero")
    spoil = text("UPDATE tasks SET data = '{' WHERE task_id = :id")
    first = await bench.supervisor.prompt(session.session_id, "say: one\nsleep: 0.3")
    second = await bench.supervisor.prompt(session.session_id, "say: two")
    await bench.running(first)
    await bench.store.write(lambda w: w.execute(spoil, {"id": before.task_id}))
    lost = losing_an_answer(bench, monkeypatch)
    for task in (first, second):
        assert (await bench.ended(task, 20)).status is TaskStatus.COMPLETED
    assert lost


async def test_a_task_that_is_gone_is_settled(bench, tmp_path):
    session = await bench.session()
    gate = tmp_path / "gate"
    await bench.supervisor.prompt(session.session_id, f"run: while [ ! -e {gate} ]; do sleep 0.05; done")
    runner = bench.supervisor._runners[session.session_id]
    await bench.store.write(lambda w: sessions.remove(w, session.session_id))
    gate.touch()
    await bench.until(lambda: asyncio.sleep(0, runner.running), lambda running: not running, seconds=10)
