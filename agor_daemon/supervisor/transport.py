"""JSON-RPC messages of one agent process, as the SDK's connection takes them.

A transport of our own, because the SDK's ends its connection at a line that is JSON but not an object, and because
``session/update`` is taken out here: in order, raw, without a task and a model per update (kinds that the SDK does not
know pass as well).
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agor_daemon.supervisor.process import AgentProcess

_log = logging.getLogger("agor.agents")
UPDATE = "session/update"
NOTED = 5
"""Lines of garbage that are logged; the rest is only counted."""


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
        self.garbage = 0

    async def send(self, message: dict[str, Any]) -> None:
        """Write one message. An answer to an agent that is gone is dropped; a request raises ConnectionError."""
        data = json.dumps(message, separators=(",", ":")).encode()
        try:
            self._process.send(data + b"\n")
        except ConnectionError:
            if "method" in message:
                raise

    async def receive(self) -> dict[str, Any] | None:
        """The next message that is not an update; None when the agent has ended its output."""
        while (line := await self._process.receive()) is not None:
            if not line.strip():
                continue
            if (message := _message(line)) is None:
                self._note(line)
            elif message.get("method") == UPDATE and "id" not in message:
                self._update(message.get("params"))
                await self._room()
            else:
                return message
        return None

    async def close(self) -> None:
        """Nothing to close: the process is ended by its owner."""

    def _update(self, params: object) -> None:
        if not isinstance(params, dict):
            return
        try:
            self._on_update(params)
        except Exception:  # noqa: BLE001 - logged; what an agent sends must not end the conversation
            _log.exception("an update of the agent could not be taken in")

    def _note(self, line: bytes) -> None:
        self.garbage += 1
        if self.garbage <= NOTED:
            _log.warning("not a message of the protocol: %r", line[:200])


def _message(line: bytes) -> dict[str, Any] | None:
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
        message["error"] = {"code": -32603, "message": str(message["error"])}
    return message
