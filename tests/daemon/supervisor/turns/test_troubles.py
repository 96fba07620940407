"""Turns in trouble: an error fails the task, a retry and a long silence are shown while they last."""

import json
import sys
from dataclasses import replace

from agor_core.agents.registry import AgentSpec
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from tests.daemon.supervisor.agents.test_protocol import AGENT
from tests.daemon.supervisor.conftest import QUICK


def told(**codex):
    return {"sessionUpdate": "session_info_update", "_meta": {"codex": codex}}


def said(text):
    return {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}


def register(bench, tmp_path, **options):
    command = (sys.executable, str(AGENT), str(tmp_path / "ledger"), json.dumps(options))
    bench.agents["mine"] = AgentSpec("mine", "Mine", command, "nothing", ask_unset=True)


async def test_a_turn_that_ended_by_an_error_has_failed(bench, tmp_path):
    register(bench, tmp_path, updates=[told(threadStatus={"type": "systemError"}), said("last status: 429\n\n")])
    session = await bench.session(agent="mine")
    task = await bench.run(session, "one")
    assert (task.status, task.stop_reason, task.error) == (TaskStatus.FAILED, "end_turn", "last status: 429")
    assert (await bench.again(session)).status is SessionStatus.FAILED


async def test_a_retry_is_shown_until_the_agent_goes_on(bench, tmp_path):
    retry = told(error={"message": "Reconnecting... 1/5", "willRetry": True})
    ask = [["session/request_permission", {"toolCall": {"toolCallId": "t"}, "options": []}]]
    register(bench, tmp_path, updates=[retry], calls=ask)
    session = await bench.session(agent="mine")
    task = await bench.supervisor.prompt(session.session_id, "one")
    shown = await bench.until(lambda: bench.again(session), lambda now: now.current and now.current.notice)
    assert shown.current.notice == "Reconnecting... 1/5"
    await bench.supervisor.stop(session.session_id)
    assert (await bench.task(task)).notice is None
    register(bench, tmp_path, updates=[retry, said("on")], calls=ask)
    other = await bench.session(agent="mine")
    task = await bench.supervisor.prompt(other.session_id, "one")
    await bench.question(other)
    assert (await bench.said(task), (await bench.task(task)).notice) == ("on", None)


async def test_a_silent_turn_says_for_how_long(bench):
    await bench.supervisor.close(grace=1)
    bench.start(replace(QUICK, silence=0.2))
    session = await bench.session()
    await bench.supervisor.prompt(session.session_id, "say: hello\nhang:")
    shown = await bench.until(lambda: bench.again(session), lambda now: now.current and now.current.notice)
    assert shown.current.notice == "nothing heard for 0 s"
    assert (await bench.supervisor.stop(session.session_id)).current.notice is None


async def test_a_question_that_waits_is_no_silence(bench):
    await bench.supervisor.close(grace=1)
    bench.start(replace(QUICK, silence=0.05))
    session = await bench.session()
    task = await bench.supervisor.prompt(session.session_id, "ask: May I?\nsay: yes")
    question = await bench.question(session)
    runner = bench.supervisor._runners[session.session_id]
    before = runner.agent.recorder.heard
    await bench.until(lambda: _same(runner.agent.recorder.heard), lambda heard: heard > before + 0.1)
    assert (await bench.task(task)).notice is None
    await bench.supervisor.answer(question.approval_id, "allow", by="ada")
    assert (await bench.ended(task)).status is TaskStatus.COMPLETED


async def _same(value):
    return value
