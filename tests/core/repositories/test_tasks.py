"""Tasks, and what follows from them for their session."""

import asyncio

import msgspec
import pytest
from msgspec.structs import replace

from agor_core.db import feed_log
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.approval import ApprovalStatus
from agor_core.domain.figures import Diffstat, Usage
from agor_core.domain.session import CurrentTask, Session, SessionStatus
from agor_core.domain.task import PlanEntry, PlanStatus, Task, TaskGitState, TaskStatus
from agor_core.errors import Conflict, NotFound
from agor_core.query.tree import Compare, Comparison, Query
from agor_core.repositories import approvals, messages, sessions, tasks
from tests.builders.records import make_approval, make_id, make_message, make_session, make_task


@pytest.fixture
async def session(store: Store) -> Session:
    return await store.write(lambda w: sessions.insert(w, make_session()))


async def add(store: Store, session: Session, **fields: object) -> Task:
    return await store.write(lambda w: tasks.insert(w, make_task(session.session_id, **fields)))


async def change(store: Store, task: Task, **fields: object) -> Task:
    return await store.write(lambda w: tasks.update(w, replace(tasks.get(w, task.task_id), **fields)))


async def now(store: Store, session: Session) -> Session:
    return await store.read(lambda r: sessions.get(r, session.session_id))


async def test_positions_count_from_one(store: Store, session: Session) -> None:
    made = [await add(store, session) for _ in range(3)]
    assert [task.position for task in made] == [1, 2, 3]
    assert await store.read(lambda r: tasks.of_session(r, session.session_id)) == made
    assert await store.read(lambda r: tasks.ids(r, session.session_id)) == tuple(task.task_id for task in made)
    assert await store.read(lambda r: tasks.at(r, session.session_id, 2)) == made[1]
    assert await store.read(lambda r: tasks.at(r, session.session_id, 9)) is None
    with pytest.raises(Conflict, match="position 2"):
        await add(store, session, position=2)
    assert (await now(store, session)).task_count == 3


async def test_many_at_once_count_right(store: Store, session: Session) -> None:
    made = await asyncio.gather(*(add(store, session, tool_use_count=1) for _ in range(25)))
    assert sorted(task.position for task in made) == list(range(1, 26))
    after = await now(store, session)
    assert (after.task_count, after.tool_use_count) == (25, 25)
    assert after.current is not None
    assert after.current.position == 25


async def test_creating_again_answers_what_is_stored(store: Store, session: Session) -> None:
    task = await add(store, session)
    await change(store, task, status=TaskStatus.RUNNING)
    again = await store.write(lambda w: tasks.insert(w, replace(task, position=0)))
    assert (again.status, again.position) == (TaskStatus.RUNNING, 1)
    assert (await now(store, session)).task_count == 1
    with pytest.raises(Conflict):
        await store.write(lambda w: tasks.insert(w, replace(task, full_prompt="other")))
    with pytest.raises(NotFound):
        await store.write(lambda w: tasks.insert(w, make_task(make_id())))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([TaskStatus.RUNNING], SessionStatus.RUNNING),
        ([TaskStatus.QUEUED], SessionStatus.IDLE),
        ([TaskStatus.RUNNING, TaskStatus.AWAITING_PERMISSION], SessionStatus.AWAITING_PERMISSION),
        ([TaskStatus.RUNNING, TaskStatus.COMPLETED], SessionStatus.IDLE),
        ([TaskStatus.RUNNING, TaskStatus.FAILED], SessionStatus.FAILED),
        ([TaskStatus.RUNNING, TaskStatus.CANCELLED], SessionStatus.IDLE),
        ([TaskStatus.QUEUED, TaskStatus.CANCELLED], SessionStatus.IDLE),
    ],
)
async def test_the_session_follows(
    store: Store, session: Session, steps: list[TaskStatus], expected: SessionStatus
) -> None:
    task = await add(store, session)
    for status in steps:
        await change(store, task, status=status)
    after = await now(store, session)
    assert after.status is expected
    assert after.current is not None
    assert after.current.status is steps[-1]


async def test_a_queued_task_that_is_cancelled_leaves_the_running_one_alone(store: Store, session: Session) -> None:
    running = await add(store, session, status=TaskStatus.RUNNING)
    queued = await add(store, session, status=TaskStatus.QUEUED)
    await change(store, queued, status=TaskStatus.CANCELLED)
    assert (await now(store, session)).status is SessionStatus.RUNNING
    with pytest.raises(Conflict, match="cannot become"):
        await change(store, queued, status=TaskStatus.RUNNING)
    await change(store, running, status=TaskStatus.COMPLETED)
    assert (await now(store, session)).status is SessionStatus.IDLE


async def test_the_card_shows_the_latest_that_is_not_queued(store: Store, session: Session) -> None:
    async def position() -> int | None:
        current = (await now(store, session)).current
        return current and current.position  # type: ignore[return-value]

    assert await position() is None
    first = await add(store, session, status=TaskStatus.QUEUED)
    second = await add(store, session, status=TaskStatus.QUEUED)
    assert await position() == 1
    await change(store, first, status=TaskStatus.RUNNING)
    assert await position() == 1
    await change(store, first, status=TaskStatus.COMPLETED)
    assert await position() == 1
    await change(store, second, status=TaskStatus.RUNNING)
    assert await position() == 2


async def test_the_card_shows_when_its_task_ran_and_the_beginning_of_its_error(store: Store, session: Session) -> None:
    task = await add(store, session, status=TaskStatus.QUEUED)
    started, ended = "2026-01-31T09:05:01.000Z", "2026-01-31T09:05:02.000Z"
    await change(store, task, status=TaskStatus.RUNNING, started_at=started)
    error = f"\nNo model.\n{'x' * 1_000}"
    await change(store, task, status=TaskStatus.FAILED, completed_at=ended, error=error)
    current = (await now(store, session)).current
    assert current is not None
    assert (current.started_at, current.completed_at) == (started, ended)
    assert current.error == error[1:500] + "…"


async def test_the_card_shows_plan_and_diffstat(store: Store, session: Session) -> None:
    task = await add(store, session, status=TaskStatus.RUNNING)
    plan = tuple(
        PlanEntry(content=name, status=status)
        for name, status in (("A", PlanStatus.COMPLETED), ("B", PlanStatus.IN_PROGRESS), ("C", PlanStatus.PENDING))
    )
    stat = Diffstat(files=1, insertions=2, deletions=3)
    await change(store, task, plan=plan, git_state=TaskGitState(diffstat=stat))
    assert (await now(store, session)).current == CurrentTask(
        task_id=task.task_id, position=1, status=TaskStatus.RUNNING, step="B", plan_done=1, plan_total=3, diffstat=stat
    )


async def test_the_sessions_figures_are_the_sums(store: Store, session: Session) -> None:
    one = await add(store, session, usage=Usage(input_tokens=10, output_tokens=1, cost_usd=0.1), tool_use_count=2)
    two = await add(store, session)
    await change(store, two, usage=Usage(input_tokens=5, output_tokens=2, cost_usd=0.2), tool_use_count=1)
    await change(store, one, usage=Usage(input_tokens=20, output_tokens=1, cost_usd=0.3))
    after = await now(store, session)
    assert (after.usage.input_tokens, after.usage.output_tokens, after.tool_use_count) == (25, 3, 3)
    assert after.usage.cost_usd == pytest.approx(0.5)


async def test_one_change_of_a_task_is_two_rows_of_the_feed(store: Store, session: Session) -> None:
    task = await add(store, session)
    head = await store.head()
    await change(store, task, status=TaskStatus.RUNNING)
    rows = await store.read(lambda r: feed_log.since(r, head.seq))
    assert [(row.service, row.event) for row in rows] == [("tasks", "patched"), ("sessions", "patched")]


async def test_what_never_changes_is_kept(store: Store, session: Session) -> None:
    task = await add(store, session)
    other = await store.write(lambda w: sessions.insert(w, make_session()))
    for fields in ({"position": 7}, {"full_prompt": "other"}, {"session_id": other.session_id}):
        with pytest.raises(Conflict, match="never change"):
            await change(store, task, **fields)


async def test_what_has_not_ended(store: Store, session: Session) -> None:
    statuses = [TaskStatus.COMPLETED, TaskStatus.RUNNING, TaskStatus.QUEUED, TaskStatus.QUEUED, TaskStatus.CREATED]
    made = [await add(store, session, status=status) for status in statuses]
    assert await store.read(tasks.unsettled) == [(it.task_id, it.session_id, it.status) for it in made[1:]]
    assert await store.read(tasks.find_running) == [made[1]]
    assert await store.read(lambda r: tasks.next_queued(r, session.session_id)) == made[2]
    assert await store.read(lambda r: tasks.next_queued(r, make_id())) is None


async def test_tasks_of_a_session_are_listed_by_position(store: Store, session: Session) -> None:
    times = ("2026-03-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z")
    one, two = [await add(store, session, created_at=at) for at in times]
    about = Compare("session_id", Comparison.EQ, session.session_id)

    async def listed(query: Query) -> list[str]:
        page = await store.read(lambda r: tasks.find(r, query))
        return [row["task_id"] for row in map(msgspec.json.decode, page.data)]

    assert await listed(Query(where=about)) == [one.task_id, two.task_id]
    assert await listed(Query()) == [two.task_id, one.task_id]


async def test_messages_are_counted_and_placed(store: Store, session: Session) -> None:
    one, two = await add(store, session), await add(store, session)
    at = "2026-01-31T09:06:00.000Z"

    def talk(writer: Writer) -> list[int]:
        return [messages.append(writer, make_message(task, created_at=at)).index for task in (one, one, two)]

    assert await store.write(talk) == [0, 1, 2]
    after = [await store.read(lambda r, t=t: tasks.get(r, t.task_id)) for t in (one, two)]
    ranges = [(t.message_range.start_index, t.message_range.end_index) for t in after if t.message_range]
    assert ranges == [(0, 1), (2, 2)]
    assert after[0].message_range is not None
    assert after[0].message_range.end_timestamp == at
    assert (await now(store, session)).message_count == 3
    assert [m.index for m in await store.read(lambda r: messages.of_task(r, one.task_id))] == [0, 1]


async def test_a_message_is_appended_once_and_updated_in_place(store: Store, session: Session) -> None:
    task = await add(store, session)
    message = await store.write(lambda w: messages.append(w, make_message(task, text="Hel", complete=False)))
    assert await store.write(lambda w: messages.append(w, message)) == message
    assert await store.read(lambda r: messages.incomplete(r, task.task_id)) == [message]
    done = replace(message, text="Hello", complete=True)
    assert await store.write(lambda w: messages.update(w, done)) == done
    assert await store.read(lambda r: messages.get(r, message.message_id)) == done
    assert await store.read(lambda r: messages.incomplete(r, task.task_id)) == []
    assert (await now(store, session)).message_count == 1
    with pytest.raises(Conflict):
        await store.write(lambda w: messages.update(w, replace(done, index=5)))
    other = await store.write(lambda w: sessions.insert(w, make_session()))
    with pytest.raises(Conflict, match="not one of the session"):
        await store.write(lambda w: messages.append(w, make_message(task, session_id=other.session_id)))


async def test_an_open_question_is_on_the_card(store: Store, session: Session) -> None:
    task = await add(store, session, status=TaskStatus.RUNNING)

    async def asks() -> str | None:
        current = (await now(store, session)).current
        assert current is not None
        return current.asks

    approval = await store.write(lambda w: approvals.insert(w, make_approval(task)))
    assert await asks() == "rm -r build"
    assert await store.read(approvals.pending) == [approval]
    assert await store.read(lambda r: approvals.pending(r, make_id())) == []
    answered = replace(approval, status=ApprovalStatus.ALLOWED, decision="yes", decided_by="ada")
    stored = await store.write(lambda w: approvals.update(w, answered))
    assert stored == replace(answered, updated_at=stored.updated_at)
    assert await asks() is None
    assert await store.write(lambda w: approvals.update(w, answered)) == stored
    with pytest.raises(Conflict, match="already answered"):
        await store.write(lambda w: approvals.update(w, replace(answered, status=ApprovalStatus.DENIED)))
    assert await store.read(lambda r: approvals.resolve(r, approval.approval_id.upper())) == approval.approval_id


async def test_how_a_task_ended_is_unseen_until_somebody_has_opened_the_session(store: Store, session: Session) -> None:
    task = await add(store, session, status=TaskStatus.RUNNING)
    assert not (await now(store, session)).unseen
    await change(store, task, status=TaskStatus.COMPLETED)
    ended = await now(store, session)
    assert ended.unseen
    seen = await store.write(lambda w: sessions.see(w, session.session_id))
    assert (seen.unseen, seen.updated_at) == (False, ended.updated_at)
    stopped = await add(store, session, status=TaskStatus.RUNNING)
    await change(store, stopped, status=TaskStatus.CANCELLED)
    assert not (await now(store, session)).unseen


async def test_a_card_says_what_the_agent_does_or_said_last(store: Store, session: Session) -> None:
    task = await add(store, session, status=TaskStatus.RUNNING)

    async def says() -> str | None:
        current = (await now(store, session)).current
        return current.doing if current is not None else None

    said = make_message(task, text="Reading.\n\nAll is well", complete=False)
    said = await store.write(lambda w: messages.append(w, said))
    assert await says() is None
    await store.write(lambda w: messages.update(w, replace(said, complete=True)))
    assert await says() == "All is well"
    await change(store, task, status=TaskStatus.COMPLETED)
    assert await says() == "All is well"
    await add(store, session, status=TaskStatus.RUNNING)
    assert await says() is None


async def test_the_queue_is_put_in_another_order(store: Store, session: Session) -> None:
    running = await add(store, session, status=TaskStatus.RUNNING)
    first, second, third = [await add(store, session, status=TaskStatus.QUEUED) for _ in range(3)]
    wanted = [third.task_id, first.task_id, second.task_id]
    await store.write(lambda w: tasks.reorder(w, session.session_id, wanted))
    ordered = await store.read(lambda r: tasks.of_session(r, session.session_id))
    assert [task.task_id for task in ordered] == [running.task_id, *wanted]
    assert [task.position for task in ordered] == [1, 2, 3, 4]
    for wrong in (wanted[:2], [*wanted, running.task_id]):
        with pytest.raises(Conflict, match="another one by now"):
            await store.write(lambda w, wrong=wrong: tasks.reorder(w, session.session_id, wrong))
