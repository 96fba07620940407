"""Approvals: requested by an agent, answered by any client, cancelled when the turn ends."""

import asyncio
import os
import signal

import pytest

from agor_core.domain.approval import ApprovalStatus
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.errors import Conflict, InvalidInput
from agor_core.repositories import approvals
from agor_daemon.supervisor.agents.process_journal import ProcessJournal


async def ask(bench):
    session = await bench.session()
    task = await bench.supervisor.prompt(session.session_id, "ask: May I?\nwrite: a.txt yes\nsay: done")
    return session, task, await bench.question(session)


async def test_allowed_it_goes_on(bench):
    session, task, question = await ask(bench)
    assert (await bench.task(task)).status is TaskStatus.AWAITING_PERMISSION
    waiting = await bench.again(session)
    assert waiting.status is SessionStatus.AWAITING_PERMISSION
    assert waiting.current.asks
    answered = await bench.supervisor.answer(question.approval_id, "allow", by="ada")
    assert (answered.status, answered.decided_by) == (ApprovalStatus.ALLOWED, "ada")
    assert (await bench.ended(task)).status is TaskStatus.COMPLETED
    assert (bench.folder / "a.txt").exists()


async def test_denied_the_next_line_is_skipped(bench):
    _, task, question = await ask(bench)
    answered = await bench.supervisor.answer(question.approval_id, "deny", by="ada")
    assert answered.status is ApprovalStatus.DENIED
    assert (await bench.ended(task)).status is TaskStatus.COMPLETED
    assert not (bench.folder / "a.txt").exists()


async def test_the_same_answer_again_is_fine_another_is_not(bench):
    _, task, question = await ask(bench)
    await bench.supervisor.answer(question.approval_id, "allow", by="ada")
    again = await bench.supervisor.answer(question.approval_id, "allowed", by="bob")
    assert again.decided_by == "ada"
    with pytest.raises(Conflict, match="ada"):
        await bench.supervisor.answer(question.approval_id, "deny", by="bob")
    await bench.ended(task)


async def test_of_two_answers_at_once_one_counts(bench):
    _, task, question = await ask(bench)
    results = await asyncio.gather(
        bench.supervisor.answer(question.approval_id, "allow", by="ada"),
        bench.supervisor.answer(question.approval_id, "deny", by="bob"),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Conflict) for result in results) == 1
    await bench.ended(task)


async def test_an_answer_that_is_none_is_refused(bench):
    _, task, question = await ask(bench)
    with pytest.raises(InvalidInput, match="allow"):
        await bench.supervisor.answer(question.approval_id, "perhaps", by="ada")
    by_id = question.options[0]
    answered = await bench.supervisor.answer(question.approval_id, by_id.id, by="ada")
    assert answered.decision == by_id.id
    await bench.ended(task)


async def test_stop_cancels_the_question(bench):
    session, task, question = await ask(bench)
    stopped = await bench.supervisor.stop(session.session_id)
    assert stopped.status is SessionStatus.IDLE
    assert stopped.current.asks is None
    assert (await bench.task(task)).status is TaskStatus.CANCELLED
    over = await bench.store.read(lambda r: approvals.get(r, question.approval_id))
    assert over.status is ApprovalStatus.CANCELLED
    with pytest.raises(Conflict, match="over"):
        await bench.supervisor.answer(question.approval_id, "allow", by="ada")


async def test_the_death_of_the_agent_cancels_the_question(bench):
    session, task, _ = await ask(bench)

    [entry] = ProcessJournal(bench.paths.home / "agents.json").left_behind()
    os.kill(entry.pid, signal.SIGKILL)
    ended = await bench.ended(task)
    assert ended.status is TaskStatus.FAILED
    assert "signal 9" in ended.error
    assert await bench.pending(session) == []
    assert (await bench.again(session)).status is SessionStatus.FAILED
    assert (await bench.run(session, "recall:")).status is TaskStatus.COMPLETED
