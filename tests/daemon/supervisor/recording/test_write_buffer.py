"""What waits to be stored, when the store fails now and then: only what fails again and again is given up."""

import pytest

from agor_core.domain.message import Message, Role, ToolCall
from agor_core.domain.task import TaskStatus
from agor_core.ids import MessageId, new_id
from agor_core.repositories import tasks
from agor_daemon.supervisor.recording import write_buffer
from agor_daemon.supervisor.recording.message_drafts import MessageDraft
from agor_daemon.supervisor.recording.write_buffer import TRIES, WriteBuffer
from tests.builders.records import make_task


class Waiting:
    """What waits of one session, on the bench's store."""

    def __init__(self, bench, session):
        self.bench = bench
        self.session = session
        self.deltas = []
        self.buffer = WriteBuffer(bench.store, session.session_id, self.deltas.append)

    async def task(self):
        task = make_task(session_id=self.session.session_id, position=0, status=TaskStatus.RUNNING)
        return await self.bench.store.write(lambda w: tasks.insert(w, task))

    def say(self, task, *pieces, **fields):
        draft = MessageDraft(
            Message(
                message_id=MessageId(new_id()),
                session_id=self.session.session_id,
                task_id=task.task_id,
                index=0,
                created_at=self.session.created_at,
                **{"role": Role.ASSISTANT, "complete": False, **fields},
            )
        )
        for piece in pieces:
            draft.append(piece)
        self.buffer.put(draft)
        return draft


@pytest.fixture
async def waiting(bench):
    return Waiting(bench, await bench.session())


@pytest.fixture
def refusing(monkeypatch):
    """The ids of the tasks whose changes fail for no known reason."""
    update, refused = tasks.update, set()

    def failing(w, task):
        if task.task_id in refused:
            raise RuntimeError(f"no luck with {task.task_id}")
        return update(w, task)

    monkeypatch.setattr(write_buffer.tasks, "update", failing)  # type: ignore[attr-defined]
    return refused


async def test_failures_with_a_success_between_do_not_add_up(waiting, refusing):
    task = await waiting.task()
    for number in range(2 * TRIES):
        waiting.buffer.change(task.task_id, mode=f"mode {number}")
        refusing.add(task.task_id)
        with pytest.raises(RuntimeError):
            await waiting.buffer.store()
        refusing.clear()
        await waiting.buffer.store()
        assert (await waiting.bench.task(task)).mode == f"mode {number}"


async def test_what_fails_again_and_again_is_given_up_though_the_rest_is_stored(waiting, refusing):
    task = await waiting.task()
    refusing.add(task.task_id)
    waiting.buffer.change(task.task_id, mode="bad")
    for number in range(TRIES - 1):
        waiting.say(task, f"{number}", complete=True)
        with pytest.raises(RuntimeError):
            await waiting.buffer.store()
    waiting.say(task, "last", complete=True)
    await waiting.buffer.store()
    assert not waiting.buffer.waiting
    refusing.clear()
    assert (await waiting.bench.task(task)).mode != "bad"
    assert [message.text for message in await waiting.bench.messages(task)] == ["0", "1", "last"]


async def test_the_failures_of_one_task_are_not_those_of_another(waiting, refusing):
    first, second = await waiting.task(), await waiting.task()
    for task in (first, second):
        waiting.buffer.change(task.task_id, mode="new")
    refusing.update({first.task_id, second.task_id})
    for _ in range(TRIES):  # with the last of these the first is given up, and then the second fails for once
        with pytest.raises(RuntimeError):
            await waiting.buffer.store()
    refusing.clear()
    await waiting.buffer.store()
    assert (await waiting.bench.task(first)).mode != "new"
    assert (await waiting.bench.task(second)).mode == "new"


async def test_a_commit_whose_answer_got_lost_keeps_no_newer_text_away(waiting, monkeypatch):
    task = await waiting.task()
    tool = ToolCall(call_id="c", title="A tool")
    said, called = waiting.say(task, "first "), waiting.say(task, role=Role.TOOL, tool=tool)
    write = waiting.bench.store.write

    async def unheard(work):
        monkeypatch.undo()
        await write(work)
        raise RuntimeError("the answer got lost")

    monkeypatch.setattr(waiting.bench.store, "write", unheard)
    await waiting.buffer.store()  # then one by one, with the same result
    assert [message.text for message in await waiting.bench.messages(task)] == ["first ", ""]
    assert (await waiting.bench.task(task)).tool_use_count == 1
    assert (said.stored, called.stored) == (True, True)
    third = waiting.say(task, "alone ")
    monkeypatch.setattr(waiting.bench.store, "write", unheard)
    with pytest.raises(RuntimeError, match="got lost"):
        await waiting.buffer.store()
    third.append("and more")
    third.finish()
    await waiting.buffer.store()
    assert not waiting.buffer.waiting
    last = (await waiting.bench.messages(task))[-1]
    assert (last.text, last.complete, last.index) == ("alone and more", True, 2)
