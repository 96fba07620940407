"""Turns with the demo agent: its events are recorded in order, and the task is settled."""

from dataclasses import replace

from agor_core.domain.message import Role, ToolStatus
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import PlanStatus, TaskStatus
from agor_core.ids import TaskId, new_id
from agor_core.repositories import sessions
from agor_daemon.supervisor.turns.turn import WAITS
from tests.daemon.supervisor.conftest import QUICK


async def test_a_turn_is_recorded_in_order(bench):
    session = await bench.session()
    task = await bench.run(
        session, "plan: Look | Write", "think: hm", "say: I begin", "write: a.txt hello", "step:", "say: Done"
    )
    assert (task.status, task.stop_reason, task.error) == (TaskStatus.COMPLETED, "end_turn", None)
    said = await bench.messages(task)
    assert [m.role for m in said] == [Role.USER, Role.THOUGHT, Role.ASSISTANT, Role.TOOL, Role.ASSISTANT]
    assert [m.index for m in said] == [0, 1, 2, 3, 4]
    assert all(m.complete for m in said)
    assert said[0].text.startswith("plan: Look | Write\n")
    assert said[3].tool.status is ToolStatus.COMPLETED
    assert [entry.status for entry in task.plan] == [PlanStatus.COMPLETED, PlanStatus.IN_PROGRESS]
    assert task.tool_use_count == 1
    assert "Done" in task.report
    assert task.started_at <= task.completed_at
    assert (bench.folder / "a.txt").read_text().strip() == "hello"
    session = await bench.again(session)
    assert session.status is SessionStatus.IDLE
    assert (session.task_count, session.message_count, session.tool_use_count) == (1, 5, 1)
    assert session.title == "Look | Write"
    assert len(session.agent_sessions) == 1
    assert session.agent_version


async def test_the_process_is_kept_warm_and_remembers(bench):
    session = await bench.session()
    await bench.run(session, "say: one")
    await bench.run(session, "say: two")
    task = await bench.run(session, "recall:")
    said = await bench.said(task)
    assert "say: one" in said
    assert "say: two" in said
    assert len((await bench.again(session)).agent_sessions) == 1


async def test_it_is_taken_up_again_after_a_restart(bench):
    session = await bench.session()
    await bench.run(session, "say: before")
    await bench.supervisor.close(grace=4)
    bench.start()
    task = await bench.run(session, "recall:")
    assert "say: before" in await bench.said(task)
    assert len((await bench.again(session)).agent_sessions) == 1


async def test_prompts_wait_in_the_queue_and_go_on_after_a_failure(bench):
    session = await bench.session()
    first = await bench.supervisor.prompt(session.session_id, "sleep: 0.3\nfail: no luck")
    second = await bench.supervisor.prompt(session.session_id, "say: second")
    third = await bench.supervisor.prompt(session.session_id, "say: third")
    assert (first.status, second.status, third.status) == (TaskStatus.RUNNING, TaskStatus.QUEUED, TaskStatus.QUEUED)
    assert (first.position, second.position, third.position) == (1, 2, 3)
    third = await bench.ended(third)
    first, second = await bench.task(first), await bench.task(second)
    assert (first.status, second.status, third.status) == (
        TaskStatus.FAILED,
        TaskStatus.COMPLETED,
        TaskStatus.COMPLETED,
    )
    assert "no luck" in first.error
    assert first.completed_at <= second.started_at
    assert second.completed_at <= third.started_at


async def test_a_task_id_makes_a_prompt_repeatable(bench):
    session = await bench.session()
    given = TaskId(new_id())
    once = await bench.supervisor.prompt(session.session_id, "say: once", task_id=given)
    again = await bench.supervisor.prompt(session.session_id, "say: once", task_id=given)
    assert once.task_id == again.task_id == given
    await bench.ended(once)
    later = await bench.supervisor.prompt(session.session_id, "say: once", task_id=given)
    assert later.status is TaskStatus.COMPLETED
    assert (await bench.again(session)).task_count == 1


async def test_a_prompt_brings_an_archived_session_back_and_its_repetition_does_not(bench):
    session = await bench.session()
    await bench.store.write(lambda w: sessions.archive(w, session.session_id))
    given = TaskId(new_id())
    task = await bench.supervisor.prompt(session.session_id, "say: hi", task_id=given)
    assert (await bench.again(session)).archived_at is None
    await bench.ended(task)
    await bench.store.write(lambda w: sessions.archive(w, session.session_id))
    await bench.supervisor.prompt(session.session_id, "say: hi", task_id=given)
    assert (await bench.again(session)).archived_at is not None


async def test_stop_ends_the_turn_and_the_queue_if_it_is_to(bench):
    session = await bench.session()
    first = await bench.supervisor.prompt(session.session_id, "say: begun\nsleep: 60")
    second = await bench.supervisor.prompt(session.session_id, "say: never")
    await bench.running(first)
    stopped = await bench.supervisor.stop(session.session_id, drop=True)
    assert (stopped.status, stopped.queue_paused) == (SessionStatus.IDLE, False)
    assert stopped.current.task_id == first.task_id
    assert (await bench.task(first)).status is TaskStatus.CANCELLED
    assert (await bench.task(second)).status is TaskStatus.CANCELLED
    assert (await bench.run(session, "say: again")).status is TaskStatus.COMPLETED


async def test_stop_is_fine_when_nothing_runs(bench):
    session = await bench.session()
    assert (await bench.supervisor.stop(session.session_id)).status is SessionStatus.IDLE


async def test_a_flood_is_few_writes(bench):
    session = await bench.session()
    writes = 0

    def count(rows):
        nonlocal writes
        writes += 1

    unsubscribe = bench.store.on_commit(count)
    task = await bench.run(session, "flood: 10000")
    unsubscribe()
    assert task.status is TaskStatus.COMPLETED
    assert writes < 100
    assert len(bench.deltas) < 600
    assert len(await bench.said(task)) >= 10_000


async def test_no_more_turns_run_at_once_than_the_settings_say(bench):
    await bench.supervisor.close(grace=1)
    bench.start(replace(QUICK, turns=1))
    first, second, third = [await bench.session() for _ in range(3)]
    runs = await bench.supervisor.prompt(first.session_id, "say: begun\nsleep: 60")
    await bench.running(runs)
    waits = await bench.supervisor.prompt(second.session_id, "say: second")
    stopped = await bench.supervisor.prompt(third.session_id, "say: third")
    await bench.until(lambda: bench.task(waits), lambda task: task.notice == WAITS)
    await bench.supervisor.stop(third.session_id)
    assert (await bench.task(stopped)).status == "cancelled"
    assert (await bench.task(waits)).status == "running"
    await bench.supervisor.stop(first.session_id)
    assert ((await bench.ended(waits)).status, await bench.said(waits)) == ("completed", "second")
    assert (await bench.task(waits)).notice is None
