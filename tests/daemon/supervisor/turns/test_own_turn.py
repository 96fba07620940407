"""Work of an agent that no prompt began is a task of its own: asked about, stopped, and kept as any other."""

import json
import sys

import pytest

from agor_core.agents.registry import AgentSpec
from agor_core.domain.message import Role
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.repositories import tasks
from agor_daemon.supervisor.agents import late_work
from agor_daemon.supervisor.turns import own_turn
from tests.daemon.supervisor.turns.test_grants import LEDGER_AGENT, OPTIONS

SAYS = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "the build is done"}}
ASKED = {"toolCall": {"toolCallId": "c", "title": "Push", "rawInput": {"command": "git push"}}, "options": OPTIONS}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(late_work, "GRACE", 0.2)
    monkeypatch.setattr(own_turn, "QUIET", 0.6)


def register(bench, ledger, *later):
    command = (sys.executable, str(LEDGER_AGENT), str(ledger), json.dumps({"updates": [SAYS], "later": later}))
    bench.agents["own"] = AgentSpec("own", "Own", command, ask_unset=True)


async def second(bench, session):
    """The session's second task, once there is one."""
    return await bench.until(lambda: bench.store.read(lambda r: tasks.at(r, session.session_id, 2)), bool)


async def test_it_is_recorded_as_a_task_of_its_own(bench, tmp_path):
    usage = {"sessionUpdate": "usage_update", "used": 1, "size": 2}
    register(bench, tmp_path / "ledger", 0.5, [usage, SAYS, SAYS], [])
    session = await bench.session(agent="own")
    first = await bench.run(session, "build it")
    ended = await bench.ended(await second(bench, session))
    assert (ended.status, ended.full_prompt) == (TaskStatus.COMPLETED, "(went on by itself)")
    assert ended.created_by == f"session:{session.session_id}"
    assert [(m.role, m.text) for m in await bench.messages(ended)] == [
        (Role.SYSTEM, "The agent went on by itself, without a prompt."),
        (Role.ASSISTANT, "the build is donethe build is done"),
    ]
    assert await bench.said(first) == "the build is done"
    assert (await bench.run(session, "next")).position == 3


async def test_what_it_asks_then_waits_for_a_person(bench, tmp_path):
    ledger = tmp_path / "ledger"
    register(bench, ledger, 0.5, [], [["session/request_permission", ASKED]])
    session = await bench.session(agent="own")
    await bench.run(session, "build it")
    question = await bench.question(session)
    assert (await bench.again(session)).status is SessionStatus.AWAITING_PERMISSION
    own = await second(bench, session)
    assert question.task_id == own.task_id
    await bench.supervisor.answer(question.approval_id, "deny", by="ada")
    await bench.ended(own)
    assert '"optionId": "no"' in ledger.read_text()


async def test_it_is_stopped_as_any_other(bench, tmp_path):
    call = {"sessionUpdate": "tool_call", "toolCallId": "t", "title": "make", "status": "in_progress"}
    register(bench, tmp_path / "ledger", 0.5, [call], [])
    session = await bench.session(agent="own")
    await bench.run(session, "build it")
    own = await second(bench, session)
    stopped = await bench.supervisor.stop(session.session_id)
    assert stopped.status is SessionStatus.IDLE
    assert (await bench.task(own)).status is TaskStatus.CANCELLED


async def test_an_agent_with_work_in_the_background_is_not_ended_as_idle(bench, monkeypatch):
    from agor_daemon.supervisor.limits import Limits
    from agor_daemon.supervisor.turns import warm_agent

    monkeypatch.setattr(warm_agent, "LOOK", 0.1)
    await bench.supervisor.close(grace=1)
    bench.start(Limits(start=20, cancel=5, end=3, idle=0.3))
    session = await bench.session()
    await bench.run(session, "run: setsid -f sleep 2 > /dev/null 2>&1")
    agent = bench.supervisor._runners[session.session_id].agent
    assert await agent.works_on()
    await bench.until(lambda: agent.works_on(), lambda works: not works)
    await bench.until(lambda: _alive(agent), lambda alive: not alive)


async def _alive(agent):
    return agent.alive
