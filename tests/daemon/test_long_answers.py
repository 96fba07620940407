"""Long answers: in pieces, bounded together, and not for ever."""

import asyncio
from typing import Any

import pytest
from starlette.responses import Response

from agor_core.errors import Unavailable
from agor_daemon import long_answers
from agor_daemon.access.admission import Admission
from agor_daemon.access.callers import Caller
from agor_daemon.long_answers import PIECE, LongAnswers

LENGTH = 3 * PIECE + 5


class Reader:
    """A connection that takes pieces while it is ``open``."""

    def __init__(self) -> None:
        visit = Admission(100, 0).admit(Caller(uid=0))
        assert visit is not None
        visit.abort = self.abort
        self.scope: dict[str, Any] = {"type": "http", "method": "GET", "state": {"visit": visit}}
        self.open = asyncio.Event()
        self.taken: list[dict[str, Any]] = []
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True

    async def receive(self) -> dict[str, Any]:
        raise AssertionError

    async def send(self, message: Any) -> None:
        self.taken.append(message)
        await self.open.wait()

    async def ask(self, answers: LongAnswers, length: int = LENGTH) -> None:
        self.scope["length"] = length
        await answers(self.scope, self.receive, self.send)


async def answer(scope: Any, receive: Any, send: Any) -> None:
    await Response(b"x" * scope["length"])(scope, receive, send)


async def test_an_answer_goes_out_in_pieces() -> None:
    answers, reader = LongAnswers(answer), Reader()
    reader.open.set()
    await reader.ask(answers)
    head, *pieces = reader.taken
    assert (b"content-length", str(LENGTH).encode()) in head["headers"]
    assert [len(piece["body"]) for piece in pieces] == [PIECE, PIECE, PIECE, 5]
    assert [piece["more_body"] for piece in pieces] == [True, True, True, False]
    assert answers.waiting == 0


async def test_what_waits_for_readers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_answers, "MOST_WAITING", LENGTH)
    answers, slow, other = LongAnswers(answer), Reader(), Reader()
    other.open.set()
    waiting = asyncio.create_task(slow.ask(answers))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="wait for their readers"):
        await other.ask(answers)
    assert other.taken == []
    await other.ask(answers, PIECE)
    slow.open.set()
    await waiting
    await other.ask(answers, 2 * LENGTH)
    assert not slow.aborted


async def test_a_reader_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_answers, "PIECE_SECONDS", 0.01)
    answers, reader = LongAnswers(answer), Reader()
    reader.open.set()
    original = reader.send

    async def stuck(message: Any) -> None:
        await original(message)
        if len(reader.taken) == 3:
            reader.open.clear()
            await reader.open.wait()

    reader.scope["length"] = LENGTH
    await answers(reader.scope, reader.receive, stuck)
    assert reader.aborted
    assert answers.waiting == 0
