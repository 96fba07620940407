"""The queue as people change it: paused by a stop, edited, put in order, dropped, sent now, over a restart."""

import json
import sys

import pytest

from agor_core.agents.registry import AgentSpec
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.errors import Conflict, InvalidInput
from agor_core.ids import TaskId, new_id
from agor_core.repositories import tasks
from tests.daemon.supervisor.turns.test_grants import LEDGER_AGENT


async def queue_of(bench, session):
    return [task.full_prompt for task in await bench.store.read(lambda r: tasks.queued(r, session.session_id))]


async def busy(bench, *prompts, agent="demo"):
    """A session at work, with prompts that wait."""
    session = await bench.session(agent=agent)
    running = await bench.supervisor.prompt(session.session_id, "say: begun\nsleep: 60")
    waiting = [await bench.supervisor.prompt(session.session_id, prompt) for prompt in prompts]
    await bench.running(running)
    return session, running, waiting


async def test_a_stop_pauses_the_queue_over_a_restart_until_it_goes_on(bench):
    session, running, (second, third) = await busy(bench, "say: two", "say: three")
    stopped = await bench.supervisor.stop(session.session_id)
    assert (stopped.status, stopped.queue_paused) == (SessionStatus.IDLE, True)
    assert (stopped.current.task_id, stopped.current.status) == (running.task_id, TaskStatus.CANCELLED)
    await bench.supervisor.close(grace=2)
    bench.start()
    await bench.supervisor.settle()
    between = await bench.run(session, "say: between")
    assert (between.status, between.position) == (TaskStatus.COMPLETED, 2)
    assert await queue_of(bench, session) == ["say: two", "say: three"]
    assert (await bench.again(session)).queue_paused
    await bench.supervisor.queue.resume(session.session_id)
    assert (await bench.ended(third)).status is TaskStatus.COMPLETED
    assert [(await bench.task(task)).position for task in (second, third)] == [3, 4]
    assert not (await bench.again(session)).queue_paused


async def test_it_is_edited_put_in_order_and_dropped(bench):
    session, running, (second, third, fourth) = await busy(bench, "say: two", "say: three", "say: four")
    queue = bench.supervisor.queue
    await queue.edit(third.task_id, "say: THREE")
    await queue.move(fourth.task_id, 1)
    assert await queue_of(bench, session) == ["say: four", "say: two", "say: THREE"]
    await queue.move(fourth.task_id, 99)
    await queue.drop(second.task_id)
    assert await queue_of(bench, session) == ["say: THREE", "say: four"]
    assert (await bench.again(session)).current.task_id == running.task_id
    for refused in (
        queue.edit(running.task_id, "x"), queue.drop(running.task_id), queue.move(second.task_id, 1),
        queue.send_now(second.task_id, interrupt=False), queue.retried(third.task_id),
    ):  # fmt: skip
        with pytest.raises(Conflict):
            await refused
    with pytest.raises(InvalidInput):
        await queue.edit(third.task_id, "  ")
    with pytest.raises(InvalidInput):
        await queue.move(third.task_id, 0)
    assert (await queue.retried(second.task_id)).full_prompt == "say: two"
    await bench.supervisor.stop(session.session_id)
    for task in (third, fourth):
        await queue.drop(task.task_id)
    assert not (await bench.again(session)).queue_paused


async def test_one_is_sent_into_the_running_turn(bench):
    session, running, (second, _) = await busy(bench, "say: joined", "say: three")
    sent = await bench.supervisor.queue.send_now(second.task_id, interrupt=False)
    assert (sent.status, sent.error) == (TaskStatus.CANCELLED, "It was sent into task 1 while that ran.")
    await bench.until(lambda: bench.messages(running), lambda found: any(m.text == "say: joined" for m in found))
    assert await queue_of(bench, session) == ["say: three"]


async def test_where_the_agent_takes_none_it_interrupts_if_it_is_to(bench, tmp_path):
    options = json.dumps({"updates": [{"sessionUpdate": "agent_message_chunk", "content": "hi"}] * 99, "pause": 0.5})
    command = (sys.executable, str(LEDGER_AGENT), str(tmp_path / "ledger"), options)
    bench.agents["plain"] = AgentSpec("plain", "Plain", command, ask_unset=True)
    session, running, (second, third) = await busy(bench, "two", "three", agent="plain")
    with pytest.raises(Conflict, match=r"takes no message.*--interrupt"):
        await bench.supervisor.queue.send_now(third.task_id, interrupt=False)
    now = await bench.supervisor.queue.send_now(third.task_id, interrupt=True)
    assert (now.status, now.position) == (TaskStatus.RUNNING, 2)
    assert (await bench.task(running)).status is TaskStatus.CANCELLED
    assert (await bench.task(second)).position == 3
    await bench.supervisor.stop(session.session_id, drop=True)


async def test_one_of_a_paused_queue_runs_alone(bench):
    session, _, (second, third) = await busy(bench, "say: two", "say: three")
    await bench.supervisor.stop(session.session_id)
    await bench.supervisor.queue.send_now(third.task_id, interrupt=False)
    assert (await bench.ended(third)).position == 2
    assert (await bench.task(second)).status is TaskStatus.QUEUED


async def test_a_prompt_that_waits_is_not_begun_by_its_repetition(bench):
    session, _, _ = await busy(bench)
    given = TaskId(new_id())
    await bench.supervisor.prompt(session.session_id, "say: once", task_id=given)
    await bench.supervisor.stop(session.session_id)
    again = await bench.supervisor.prompt(session.session_id, "say: once", task_id=given)
    assert again.status is TaskStatus.QUEUED
