"""JSON-RPC messages of one agent process, as the SDK's connection takes them.

The SDK's own transport ends its connection at a line that is JSON but no object. This one skips such a line, and takes
``session/update`` out of the stream: in order, raw, without an asyncio task and a model for each update, and also of
kinds that the SDK does not know. Answers about a conversation's options are shown raw as well, in the same order.
"""

import asyncio
import itertools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agor_core.agents.options import OPENINGS, SET_OPTION
from agor_daemon.supervisor.agents.process import AgentProcess, printable

_log = logging.getLogger("agor.agents")
UPDATE = "session/update"
MOST_REQUESTS = 100
"""Requests of the agent that may wait for an answer at the same time."""
QUOTED = 100
"""Bytes of a line that is no message, to be quoted in a sentence."""
TIME_SLICE = 0.01
"""Seconds of reading after which the rest of the event loop has its turn."""
INTERNAL_ERROR = -32603


class AgentTransport:
    """A ``Transport`` of the ``acp`` package: messages in and out as dicts."""

    def __init__(
        self,
        process: AgentProcess,
        *,
        on_update: Callable[[Mapping[str, Any]], None],
        wait_for_room: Callable[[], Awaitable[None]],
        on_answer: Callable[[str, Mapping[str, Any]], None] | None = None,
    ) -> None:
        self._process = process
        self._on_update = on_update
        self._on_answer = on_answer
        self._asked: dict[int | str, str] = {}
        self._own: dict[int | str, asyncio.Future[dict[str, Any]]] = {}
        self._count = itertools.count(1)
        self._wait_for_room = wait_for_room
        self._requests: set[int | str] = set()
        self.strange: str | None = ""
        """The beginning of the first line that was no message; None once there was a message."""
        self._garbage = 0
        self._reading_since = 0.0

    async def send(self, message: dict[str, Any]) -> None:
        """Write one message. To an agent that is gone, a response is dropped and a request raises ConnectionError."""
        if "method" not in message:
            self._requests.discard(message["id"])
        elif message["method"] in (*OPENINGS, SET_OPTION):
            self._asked[message["id"]] = message["method"]
        data = json.dumps(message, separators=(",", ":")).encode()
        try:
            self._process.send(data + b"\n")
        except ConnectionError:
            if "method" in message:
                raise

    async def receive(self) -> dict[str, Any] | None:
        """The next message that is no update; None at the end of output."""
        while (line := await self._process.receive()) is not None:
            await self._yield()
            message = self._message(line)
            if message is None:
                continue
            if message.get("method") == UPDATE and "id" not in message:
                self._update(message.get("params"))
                await self._wait_for_room()
            elif "method" not in message:
                if not self._answered(message):
                    return message
            elif "id" not in message:
                return message
            elif len(self._requests) < MOST_REQUESTS:
                self._requests.add(message["id"])
                return message
            else:
                await self.send(_error(message["id"], f"More than {MOST_REQUESTS} requests wait for an answer."))
        self._end_requests()
        return None

    async def request(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request that the SDK has no call for: the raw response. Raises ConnectionError if the agent ends."""
        identifier = f"agor-{next(self._count)}"
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._own[identifier] = answer
        try:
            await self.send({"jsonrpc": "2.0", "id": identifier, "method": method, "params": dict(params)})
            return await answer
        finally:
            self._own.pop(identifier, None)

    async def close(self) -> None:
        """End the requests that wait; the process is ended by its owner."""
        self._end_requests()

    def _end_requests(self) -> None:
        for waiting in self._own.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the agent has ended"))

    def _answered(self, message: dict[str, Any]) -> bool:
        """Show an answer about options to the client; True for an answer to a request of our own."""
        identifier = message["id"]
        result, method = message.get("result"), self._asked.pop(identifier, None)
        if method is not None and isinstance(result, dict) and self._on_answer is not None:
            self._on_answer(method, result)
        if (waiting := self._own.get(identifier)) is None:
            return False
        if not waiting.done():
            waiting.set_result(message)
        return True

    async def _yield(self) -> None:
        """Yield to the event loop now and then: lines that arrived already are read without a pause."""
        now = asyncio.get_running_loop().time()
        if now - self._reading_since > TIME_SLICE:
            await asyncio.sleep(0)
            self._reading_since = asyncio.get_running_loop().time()

    def _message(self, line: bytes) -> dict[str, Any] | None:
        if (message := _parsed(line)) is None:
            self._garbage += 1
            if self.strange == "":
                self.strange = printable(line[:QUOTED].decode(errors="replace"))
            level = logging.WARNING if self._garbage == 1 else logging.DEBUG
            _log.log(level, "not a message of the protocol (%d so far): %r", self._garbage, line[:200])
        else:
            self.strange = None
        return message

    def _update(self, params: object) -> None:
        if not isinstance(params, dict):
            return
        try:
            self._on_update(params)
        except Exception:  # noqa: BLE001 - logged; a faulty update must not end the conversation
            _log.exception("an update of the agent could not be recorded")


def _parsed(line: bytes) -> dict[str, Any] | None:
    """A JSON-RPC message that the SDK accepts; None for any other line."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("method", ""), str):
        return None
    if "id" in message and not isinstance(message["id"], (int, str)):
        return None
    if "method" not in message and "id" not in message:
        return None
    if "error" in message and not isinstance(message["error"], dict):
        message["error"] = {"code": INTERNAL_ERROR, "message": str(message["error"])}
    return message


def _error(identifier: int | str, reason: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identifier, "error": {"code": INTERNAL_ERROR, "message": reason}}
