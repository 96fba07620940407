"""Archiving and the agent: the store decides first, then an idle agent is ended; a turn is never cancelled by it."""

import asyncio

import pytest

from agor_core.clock import SystemClock
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.errors import Conflict, InvalidInput, NotFound
from agor_core.repositories import tasks
from agor_daemon.services.context import Context
from agor_daemon.services.sessions import SessionService
from tests.builders.records import make_task
from tests.daemon.supervisor.conftest import children

AT = "2026-01-31T09:05:00.000Z"


@pytest.fixture
def service(bench):
    return SessionService(Context(bench.store, bench.supervisor, bench.agents, bench.paths, SystemClock()))


async def warm(bench, **fields):
    """A session whose agent rests."""
    session = await bench.session(**fields)
    await bench.run(session, "say: one")
    assert bench.supervisor._runners[session.session_id].agent.alive
    return await bench.again(session)


async def queued(bench, session):
    """A prompt that waits although nothing runs, as after a restart without the session's agent."""
    task = make_task(session.session_id, status=TaskStatus.QUEUED, full_prompt="say: later")
    return await bench.store.write(lambda w: tasks.insert(w, task))


async def archive_by_put(service, session):
    whole = {"title": session.title, "archived_at": AT}
    await service.update(session.short_id, whole, {})


WAYS = {
    "delete": lambda service, session: service.remove(session.short_id, {}),
    "patch": lambda service, session: service.patch(session.short_id, {"archived_at": AT}, {}),
    "put": archive_by_put,
    "patch many": lambda service, session: service.patch_many({"title": session.title}, {"archived_at": AT}),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_archiving_ends_an_idle_agent(bench, service, way):
    before = children()
    session = await warm(bench, title="Work")
    await way(service, session)
    assert (await bench.again(session)).archived_at is not None
    assert children() == before


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_prompt_that_lands_after_it_was_archived_runs_to_its_end(bench, service, way, monkeypatch):
    session = await warm(bench, title="Work")
    release, begun = bench.supervisor.release, []

    async def late(session_id):
        begun.append(await bench.supervisor.prompt(session_id, "say: two\nask: May I?\nsay: three"))
        await bench.question(session)
        await release(session_id)

    monkeypatch.setattr(bench.supervisor, "release", late)
    await way(service, session)
    assert (await bench.again(session)).archived_at is None  # it was brought back
    question = await bench.question(session)
    await bench.supervisor.answer(question.approval_id, "allow", by="ada")
    assert (await bench.ended(begun[0])).status is TaskStatus.COMPLETED


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_what_runs_is_not_archived(bench, service, way):
    session = await bench.session(title="Work")
    task = await bench.supervisor.prompt(session.session_id, "ask: May I?\nsay: yes")
    question = await bench.question(session)
    with pytest.raises(Conflict, match="stop it first"):
        await way(service, session)
    await bench.supervisor.answer(question.approval_id, "allow", by="ada")
    assert (await bench.ended(task)).status is TaskStatus.COMPLETED
    assert (await bench.again(session)).archived_at is None


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("known", [True, False], ids=["agent", "no such agent any more"])
async def test_what_has_prompts_waiting_is_not_archived_until_it_is_stopped(bench, service, way, known):
    session = await bench.session(title="Work")
    waiting = await queued(bench, session)
    if not known:
        del bench.agents["demo"]
    with pytest.raises(Conflict, match="queued prompts; stop it first"):
        await way(service, session)
    with pytest.raises(Conflict, match="queued prompts; stop it first"):
        await service.remove(session.short_id, {"purge": "true", "force": "true"})
    await bench.supervisor.stop(session.session_id)
    assert (await bench.task(waiting)).status is TaskStatus.QUEUED
    await way(service, session)
    assert (await bench.again(session)).archived_at is not None


async def test_a_change_that_is_refused_leaves_the_agent_warm(bench, service):
    session, other = await warm(bench, title="Work"), await bench.session(title="Work")
    waiting = await queued(bench, other)
    wrong = {"archived_at": AT, "board_id": "nosuch"}
    for refused in (
        service.patch(session.short_id, wrong, {}),
        service.patch(session.short_id, {"archived_at": "yesterday"}, {}),
        service.update(session.short_id, {**wrong, "title": "Work"}, {}),
        service.patch_many({"title": "Work"}, {"archived_at": AT}),
        service.remove_many({"title": "Work", "archived_at": {"$ne": None}, "purge": "false"}),
    ):
        with pytest.raises((Conflict, InvalidInput, NotFound)):
            await refused
    assert (await bench.task(waiting)).status is TaskStatus.QUEUED
    assert bench.supervisor._runners[session.session_id].agent.alive


async def test_a_turn_is_left_alone(bench):
    session = await bench.session()
    task = await bench.supervisor.prompt(session.session_id, "ask: May I?\nsay: yes")
    question = await bench.question(session)
    await bench.supervisor.release(session.session_id)
    await bench.supervisor.answer(question.approval_id, "allow", by="ada")
    assert (await bench.ended(task)).status is TaskStatus.COMPLETED


class Watched(asyncio.Lock):
    """A lock that tells when a caller has to wait for it."""

    def __init__(self):
        super().__init__()
        self.awaited = asyncio.Event()

    async def acquire(self):
        if self.locked():
            self.awaited.set()
        return await super().acquire()


async def test_a_prompt_while_the_agent_is_ended_waits_for_that(bench, monkeypatch, caplog):
    caplog.set_level("INFO", logger="agor.supervisor")
    session = await warm(bench)
    runner, lock = bench.supervisor._runners[session.session_id], Watched()
    monkeypatch.setattr(runner, "_lock", lock)
    agent = runner.agent
    end, ending, may_end = agent.end, asyncio.Event(), asyncio.Event()

    async def slow():
        ending.set()
        await may_end.wait()
        await end()

    with monkeypatch.context() as patched:
        patched.setattr(agent, "end", slow)
        releasing = asyncio.create_task(bench.supervisor.release(session.session_id))
        await ending.wait()
        prompting = asyncio.create_task(bench.supervisor.prompt(session.session_id, "recall:"))
        waiting = asyncio.create_task(lock.awaited.wait())
        done, _ = await asyncio.wait({prompting, waiting}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {waiting}
        may_end.set()
        await releasing
    task = await bench.ended(await prompting)
    assert "say: one" in await bench.said(task)
    happened = [record.getMessage().split()[2] for record in caplog.records if "process" in record.getMessage()]
    assert happened == ["started", "ended", "started"]


async def test_an_archived_session_is_prompted_where_it_left_off(bench, service):
    session = await warm(bench)
    await service.remove(session.short_id, {})
    task = await bench.run(session, "recall:")
    assert "say: one" in await bench.said(task)
    assert (await bench.again(session)).status is SessionStatus.IDLE
