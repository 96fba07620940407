"""What a person allows from now on and Agor keeps, and what an agent is told with a refusal."""

import json
import sys
from pathlib import Path

import pytest

from agor_core.agents.registry import AgentSpec
from agor_core.domain.approval import ApprovalStatus, Granted
from agor_core.domain.message import Role
from agor_core.domain.task import TaskStatus
from agor_core.errors import Conflict, InvalidInput
from agor_core.repositories import base, tasks
from agor_core.repositories.mappings import APPROVALS

LEDGER_AGENT = Path(__file__).parents[3] / "fakes" / "ledger_agent.py"
OPTIONS = [
    {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
    {"optionId": "no", "name": "No", "kind": "reject_once"},
]


def asks(bench, ledger: Path, *commands: str) -> None:
    """Register an agent that asks for these commands in each turn, and offers nothing for good."""
    asked = [{"toolCallId": command, "kind": "execute", "rawInput": {"command": command}} for command in commands]
    calls = [["session/request_permission", {"toolCall": one, "options": OPTIONS}] for one in asked]
    command = (sys.executable, str(LEDGER_AGENT), str(ledger), json.dumps({"calls": calls}))
    bench.agents["asks"] = AgentSpec("asks", "Asks", command, ask_unset=True)


def told(ledger: Path) -> list[str]:
    """What the agent was told, in order."""
    notes = map(json.loads, ledger.read_text().splitlines())
    return [note["answer"]["result"]["outcome"]["optionId"] for note in notes if "answer" in note]


async def test_a_grant_answers_for_the_same_call_until_it_is_taken_back(bench, tmp_path):
    ledger = tmp_path / "ledger"
    asks(bench, ledger, "make test")
    session = await bench.session(agent="asks")
    first = await bench.supervisor.prompt(session.session_id, "one")
    question = await bench.question(session)
    kept = await bench.supervisor.answer(question.approval_id, "always", by="ada")
    assert (kept.granted, kept.decision) == (Granted.KEPT, "yes")
    with pytest.raises(Conflict, match="already answered"):
        await bench.supervisor.answer(question.approval_id, "allow", by="bob")
    await bench.ended(first)
    await bench.supervisor.close(grace=1)
    bench.start()
    second = await bench.run(session, "two")
    found = await bench.store.read(lambda r: base.matching(r, APPROVALS, APPROVALS.table.c.task_id == second.task_id))
    assert [(a.status, a.decided_by) for a in found] == [(ApprovalStatus.ALLOWED, f"grant:{question.approval_id}")]
    assert told(ledger) == ["yes", "yes"]
    other = await bench.session(agent="asks")
    await bench.supervisor.prompt(other.session_id, "elsewhere it is asked")
    await bench.question(other)
    await bench.supervisor.take_back(question.approval_id)
    await bench.supervisor.prompt(session.session_id, "three")
    await bench.question(session)
    with pytest.raises(Conflict, match="keeps no grant"):
        await bench.supervisor.take_back((await bench.question(session)).approval_id)


async def test_the_reason_of_a_refusal_joins_the_turn_where_the_agent_takes_that(bench):
    session = await bench.session()
    task = await bench.supervisor.prompt(session.session_id, "ask: May I?\nwrite: a.txt yes\nsleep: 1\nsay: done")
    question = await bench.question(session)
    with pytest.raises(InvalidInput, match="with a refusal"):
        await bench.supervisor.answer(question.approval_id, "allow", by="ada", reason="why not")
    denied = await bench.supervisor.answer(question.approval_id, "deny", by="ada", reason="use b.txt")
    assert denied.reason == "use b.txt"
    await bench.ended(task)
    said = [message.text for message in await bench.messages(task) if message.role is Role.USER]
    assert said[1:] == ["I denied this: May I?\nuse b.txt"]
    assert (await bench.again(session)).task_count == 1


async def test_else_it_is_the_next_prompt(bench, tmp_path):
    asks(bench, tmp_path / "ledger", "make")
    session = await bench.session(agent="asks")
    await bench.supervisor.prompt(session.session_id, "one")
    waiting = await bench.supervisor.prompt(session.session_id, "two")
    question = await bench.question(session)
    await bench.supervisor.answer(question.approval_id, "deny", by="ada", reason="use ninja")
    found = await bench.store.read(lambda r: tasks.of_session(r, session.session_id))
    assert [task.full_prompt.partition("\n")[2] or task.full_prompt for task in found] == ["one", "use ninja", "two"]
    assert [task.position for task in found] == [1, 2, 3]
    await bench.supervisor.stop(session.session_id, drop=True)
    assert (await bench.task(waiting)).status is TaskStatus.CANCELLED
    assert (await bench.again(session)).current.position in (1, 2, 3)
