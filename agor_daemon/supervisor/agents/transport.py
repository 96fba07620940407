"""JSON-RPC messages of one agent process, as the SDK's connection takes them.

A transport of our own, because the SDK's ends its connection at a line that is JSON but not an object, and because
``session/update`` is taken out here: in order, raw, without a task and a model per update (kinds that the SDK does not
know pass as well).
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agor_daemon.supervisor.agents.process import AgentProcess, printable

_log = logging.getLogger("agor.agents")
UPDATE = "session/update"
MOST_REQUESTS = 100
"""Requests of the agent that are answered at the same time."""
SHOWN = 100
"""Bytes of a line that is no message."""
AT_A_STRETCH = 0.01
"""Seconds of reading after which the others in the event loop have their turn."""
INTERNAL_ERROR = -32603


class AgentTransport:
    """What ``acp`` calls a Transport: messages in and out as dicts."""

    def __init__(
        self,
        process: AgentProcess,
        *,
        on_update: Callable[[Mapping[str, Any]], None],
        room: Callable[[], Awaitable[None]],
    ) -> None:
        self._process = process
        self._on_update = on_update
        self._room = room
        self._requests: set[int | str] = set()
        self.strange: str | None = ""
        """The beginning of a line that was no message of the protocol, to be shown; None after one that was."""
        self._garbage = 0
        self._reading_since = 0.0

    async def send(self, message: dict[str, Any]) -> None:
        """Write one message. An answer to an agent that is gone is dropped; a request raises ConnectionError."""
        if "method" not in message:
            self._requests.discard(message["id"])
        data = json.dumps(message, separators=(",", ":")).encode()
        try:
            self._process.send(data + b"\n")
        except ConnectionError:
            if "method" in message:
                raise

    async def receive(self) -> dict[str, Any] | None:
        """The next message that is not an update; None when the agent has ended its output."""
        while (line := await self._process.receive()) is not None:
            await self._give_way()
            message = self._message(line)
            if message is None:
                continue
            if message.get("method") == UPDATE and "id" not in message:
                self._update(message.get("params"))
                await self._room()
            elif "method" not in message or "id" not in message:
                return message
            elif len(self._requests) < MOST_REQUESTS:
                self._requests.add(message["id"])
                return message
            else:
                await self.send(_error(message["id"], f"More than {MOST_REQUESTS} requests wait for an answer."))
        return None

    async def close(self) -> None:
        """Nothing to close: the process is ended by its owner."""

    async def _give_way(self) -> None:
        """Lines that have arrived already are read without a pause; here is one."""
        now = asyncio.get_running_loop().time()
        if now - self._reading_since > AT_A_STRETCH:
            await asyncio.sleep(0)
            self._reading_since = asyncio.get_running_loop().time()

    def _message(self, line: bytes) -> dict[str, Any] | None:
        if (message := _parsed(line)) is None:
            self._garbage += 1
            if self.strange == "":
                self.strange = printable(line[:SHOWN].decode(errors="replace"))
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
        except Exception:  # noqa: BLE001 - logged; what an agent sends must not end the conversation
            _log.exception("an update of the agent could not be taken in")


def _parsed(line: bytes) -> dict[str, Any] | None:
    """A JSON-RPC message that the SDK can digest; None for anything else."""
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
