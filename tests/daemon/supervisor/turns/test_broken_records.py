"""At a start with records that cannot be read any more: they are left and logged, and everything else is settled."""

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from agor_core.domain.approval import ApprovalStatus
from agor_core.domain.task import TaskStatus
from agor_core.errors import StoreBusy
from agor_core.repositories import approvals, messages, tasks
from agor_daemon.supervisor.turns import recovery
from tests.builders.records import make_approval, make_message, make_task
from tests.builders.stores import clock, store, url

__all__ = ["clock", "store", "url"]


async def interrupted(bench):
    """A session as a crash leaves it: a task at work, with half a message and a question, and one in the queue."""
    session = await bench.session()
    mine = {"session_id": session.session_id}
    task = make_task(**mine, position=1, status=TaskStatus.AWAITING_PERMISSION, started_at=session.created_at)
    said = make_message(task, complete=False)
    question = make_approval(task)
    queued = make_task(**mine, position=2, status=TaskStatus.QUEUED, full_prompt="say: queued")

    def put(w):
        tasks.insert(w, task)
        messages.append(w, said)
        approvals.insert(w, question)
        tasks.insert(w, queued)

    await bench.store.write(put)
    return session, task, said, question, queued


async def spoil(bench, table, identity, identifier):
    statement = text(f"UPDATE {table} SET data = '{{' WHERE {identity} = :id")
    await bench.store.write(lambda w: w.execute(statement, {"id": identifier}))


async def status(bench, task):
    """As it stands in the store, also of a task that cannot be read."""
    statement = text("SELECT status FROM tasks WHERE task_id = :id")
    return await bench.store.read(lambda r: r.execute(statement, {"id": task.task_id}).scalar_one())


@pytest.mark.parametrize(
    ("table", "left"), [("sessions", True), ("tasks", True), ("approvals", True), ("messages", False)]
)
async def test_one_record_that_cannot_be_read_keeps_no_daemon_from_starting(bench, caplog, table, left):
    spoiled, good = await interrupted(bench), await interrupted(bench)
    session, task, said, question, queued = spoiled
    records = {"sessions": session, "tasks": task, "approvals": question, "messages": said}
    identity = f"{table.removesuffix('s')}_id"
    await spoil(bench, table, identity, getattr(records[table], identity))
    assert await bench.supervisor.settle() == 2
    _, task, said, question, later = good
    assert (await bench.task(task)).status is TaskStatus.FAILED
    assert all(message.complete for message in await bench.messages(task))
    over = await bench.store.read(lambda r: approvals.get(r, question.approval_id))
    assert over.status is ApprovalStatus.CANCELLED
    assert (await bench.ended(later)).status is TaskStatus.COMPLETED
    assert spoiled[1].task_id in caplog.text
    if left:
        assert await status(bench, spoiled[1]) == TaskStatus.AWAITING_PERMISSION
        assert await status(bench, queued) == TaskStatus.QUEUED
    else:
        assert (await bench.task(spoiled[1])).status is TaskStatus.FAILED
        assert (await bench.ended(queued)).ended


async def test_a_task_has_failed_also_when_nobody_can_tell_what_became_of_it(bench, monkeypatch):
    _, task, _, _, queued = await interrupted(bench)

    async def failing(*given):
        raise RuntimeError("no luck")

    monkeypatch.setattr(recovery.checkpoints, "take", failing)  # type: ignore[attr-defined]
    assert await bench.supervisor.settle() == 1
    monkeypatch.undo()
    assert (await bench.task(task)).status is TaskStatus.FAILED
    assert (await bench.ended(queued)).ended


async def test_a_queue_whose_session_cannot_be_read_waits(bench):
    session = await bench.session()
    queued = make_task(session_id=session.session_id, position=1, status=TaskStatus.QUEUED)
    await bench.store.write(lambda w: tasks.insert(w, queued))
    await spoil(bench, "sessions", "session_id", session.session_id)
    assert await bench.supervisor.settle() == 0
    assert await status(bench, queued) == TaskStatus.QUEUED


async def test_a_task_that_was_never_queued_is_run(bench):
    session = await bench.session()
    created = make_task(session_id=session.session_id, position=1, status=TaskStatus.CREATED, full_prompt="say: x")
    await bench.store.write(lambda w: tasks.insert(w, replace(created, started_at=None)))
    assert await bench.supervisor.settle() == 0
    assert (await bench.ended(created)).status is TaskStatus.COMPLETED


async def test_a_store_that_takes_nothing_now_is_not_passed_over(bench, monkeypatch):
    _, task, *_ = await interrupted(bench)

    async def busy(work):
        raise StoreBusy("Another program is holding the database.")

    monkeypatch.setattr(bench.store, "write", busy)
    with pytest.raises(StoreBusy):
        await bench.supervisor.settle()
    monkeypatch.undo()
    assert await bench.supervisor.settle() == 1
    assert (await bench.task(task)).status is TaskStatus.FAILED
