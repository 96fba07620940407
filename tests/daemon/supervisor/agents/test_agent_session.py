"""An agent's process from its start to its end, when others fail or lose patience in between."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agor_core.config import pidfile
from agor_core.domain.task import TaskStatus
from agor_core.errors import StoreFull, Unavailable
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.limits import Limits
from tests.daemon.supervisor.conftest import children
from tests.fakes.agent_scripts import STUBBORN, deaf

LEDGER_AGENT = Path(__file__).parents[3] / "fakes" / "ledger_agent.py"

CHATTERING = """
import json, sys, threading, time
def say(**message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n")
    sys.stdout.flush()
def chatter():
    while True:
        say(method="session/update", params={"sessionId": "s", "update": {"sessionUpdate": "heartbeat"}})
        time.sleep(0.02)
for line in sys.stdin:
    request = json.loads(line)
    if request["method"] == "session/load":
        threading.Thread(target=chatter, daemon=True).start()
    capabilities = {"loadSession": True}
    result = {"protocolVersion": 1, "sessionId": "s", "stopReason": "end_turn", "agentCapabilities": capabilities}
    say(id=request["id"], result=result)
"""


def without_room(bench, monkeypatch):
    """The store's disk is full; answers what ends that."""
    write = bench.store.write

    async def refuse(work):
        raise StoreFull("No room on the disk.")

    monkeypatch.setattr(bench.store, "write", refuse)
    return lambda: monkeypatch.setattr(bench.store, "write", write)


async def test_an_agent_is_told_to_stop_also_while_the_disk_is_full(bench, monkeypatch, tmp_path):
    told = tmp_path / "told"
    bench.scripted("deaf", deaf(told))
    await bench.supervisor.close(grace=1)
    bench.start(Limits(cancel=0.5, end=1))
    session = await bench.session(agent="deaf")
    before = children()
    task = await bench.supervisor.prompt(session.session_id, "hello")
    await bench.until(lambda: bench.again(session), lambda found: found.agent_sessions)
    room_again = without_room(bench, monkeypatch)
    closing = asyncio.create_task(bench.supervisor.close(grace=2))
    await bench.until(lambda: asyncio.to_thread(told.exists), bool)
    await bench.until(lambda: asyncio.to_thread(children), lambda found: found <= before)
    assert not closing.done()
    room_again()
    await closing
    assert (await bench.task(task)).status is TaskStatus.CANCELLED


async def test_an_end_is_seen_through_when_its_caller_is_cancelled(bench):
    bench.scripted("stubborn", STUBBORN)
    session = await bench.session(agent="stubborn")
    await bench.run(session, "hello")
    agent = bench.supervisor._runners[session.session_id].agent
    agent.grace = 0.3
    pids = await asyncio.to_thread(with_children, agent._connection.process.root.pid)
    assert len(pids) == 2
    ending = asyncio.create_task(agent.end())
    await asyncio.sleep(0)
    ending.cancel()
    await asyncio.wait({ending})
    assert ending.cancelled()
    assert [pid for pid in pids if pidfile.start_time(pid) is not None] == []


def with_children(pid):
    """A process and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


async def test_one_that_chatters_for_ever_after_a_load_is_prompted_all_the_same(bench):
    bench.scripted("chatty", CHATTERING)
    session = await bench.session(agent="chatty")
    await bench.run(session, "one")
    await bench.supervisor.close(grace=2)
    bench.start(Limits(start=2, end=1))
    task = await bench.run(session, "two")
    assert task.status is TaskStatus.COMPLETED


async def test_a_stop_whose_question_cannot_be_cancelled_is_a_stop_all_the_same(bench, monkeypatch, caplog):
    session = await bench.session()
    task = await bench.supervisor.prompt(session.session_id, "say: begun\nsleep: 60")
    await bench.running(task)

    async def failing(session_id):
        raise RuntimeError("no luck")

    monkeypatch.setattr(bench.supervisor._approvals, "cancel", failing)
    await bench.supervisor.stop(session.session_id)
    task = await bench.task(task)
    assert (task.status, task.error) == (TaskStatus.CANCELLED, "It was stopped.")
    assert "no luck" in caplog.text
    assert all(message.complete for message in await bench.messages(task))


async def test_questions_are_over_also_when_the_agent_cannot_be_told_to_stop(bench, monkeypatch):
    session = await bench.session()
    task = await bench.supervisor.prompt(session.session_id, "ask: May I?\nsay: done")
    await bench.question(session)
    agent = bench.supervisor._runners[session.session_id].agent

    async def failing(agent_session):
        raise RuntimeError("no luck")

    monkeypatch.setattr(agent._connection, "cancel", failing)
    with pytest.raises(RuntimeError, match="no luck"):
        await agent.cancel()
    assert await bench.pending(session) == []
    await bench.ended(task)


async def test_a_turn_outlives_a_connection_to_the_store_that_is_lost_for_a_moment(bench, monkeypatch, tmp_path):
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.01)
    options = json.dumps({"lost_after": 1, "capabilities": {"loadSession": True}})
    command = (sys.executable, str(LEDGER_AGENT), str(tmp_path / "ledger"), options)
    bench.agents["opencode"] = replace(bench.agents["opencode"], command=command, ask_mode=None)
    session = await bench.session(agent="opencode")
    await bench.run(session, "one")
    met = []

    def blinking(do):
        async def once(work):
            name = getattr(work, "__qualname__", "")
            if name.startswith(("Turn._session", "AgentSession.prompt")) and met.count(name) < 2:
                met.append(name)
                raise Unavailable("There is no connection.")
            return await do(work)

        return once

    monkeypatch.setattr(bench.store, "read", blinking(bench.store.read))
    monkeypatch.setattr(bench.store, "write", blinking(bench.store.write))
    task = await bench.run(session, "two")
    assert (task.status, task.error) == (TaskStatus.COMPLETED, None)
    assert {name.partition(".<")[0] for name in met} == {"Turn._session", "AgentSession.prompt"}
