"""The transport: too many requests, floods and noise are dealt with."""

import asyncio
import json
import logging
import time

import pytest

from agor_daemon.supervisor.agents.transport import MOST_REQUESTS, AgentTransport


class Lines:
    """An agent process whose lines have arrived already."""

    def __init__(self, *lines):
        self.lines = list(lines)
        self.sent = []

    async def receive(self):
        return self.lines.pop(0) if self.lines else None

    def send(self, data):
        self.sent.append(json.loads(data))


class Reading:
    """A transport on such a process, and the updates that it passed on."""

    def __init__(self, *lines, on_update=None):
        self.process = Lines(*lines)
        self.updates = []
        self.transport = AgentTransport(
            self.process,  # type: ignore[arg-type]
            on_update=on_update or self.updates.append,
            wait_for_room=self.room,
        )

    async def room(self):
        pass

    async def all(self):
        messages = []
        while (message := await self.transport.receive()) is not None:
            messages.append(message)
        return messages


def update(text):
    return json.dumps({"method": "session/update", "params": {"update": text}}).encode()


def request(identifier):
    return json.dumps({"id": identifier, "method": "session/request_permission", "params": {}}).encode()


async def test_noise_is_said_once_and_counted_for_those_who_look(caplog):
    caplog.set_level(logging.DEBUG, "agor.agents")
    reading = Reading(b"noise", b"[]", b'{"id": []}')
    assert await reading.all() == []
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.DEBUG, logging.DEBUG]
    assert "(3 so far)" in caplog.records[2].getMessage()


async def test_an_agent_that_asks_and_asks_is_answered_for_so_many_only():
    reading = Reading(*map(request, range(MOST_REQUESTS + 2)))
    assert len(await reading.all()) == MOST_REQUESTS
    assert [refusal["id"] for refusal in reading.process.sent] == [MOST_REQUESTS, MOST_REQUESTS + 1]
    assert all("error" in refusal for refusal in reading.process.sent)
    await reading.transport.send({"jsonrpc": "2.0", "id": 7, "result": {}})
    reading.process.lines = [request("next"), request("one more")]
    assert [message["id"] for message in await reading.all()] == ["next"]


async def test_a_flood_lets_the_others_have_their_turn():
    turns = 0

    async def other():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def busy(params):
        until = time.perf_counter() + 0.002
        while time.perf_counter() < until:
            pass

    reading = Reading(*[update("x")] * 100, on_update=busy)
    waiting = asyncio.create_task(other())
    await reading.all()
    waiting.cancel()
    await asyncio.wait({waiting})
    assert turns > 5


async def test_an_answer_to_an_agent_that_is_gone_is_dropped_and_a_request_is_not():
    def gone(data):
        raise ConnectionError

    reading = Reading()
    reading.process.send = gone  # type: ignore[method-assign]
    await reading.transport.send({"id": 1, "result": {}})
    with pytest.raises(ConnectionError):
        await reading.transport.send({"id": 1, "method": "session/prompt"})
