"""Troubles of an agent with its model: retries, and errors after which Codex ends a turn as if it had gone well.

Seen with codex-acp 2.6: ``session_info_update`` has ``_meta.codex.threadStatus`` (``active``, ``idle``,
``systemError``), the error's text follows as a message piece without an id, and ``_meta.codex.error`` tells of each
retry.
"""

from collections.abc import Mapping
from typing import Any

from agor_core.agents import content, foreign

NO_REASON = "The agent's model failed, and the agent gave no reason."


class Troubles:
    """The troubles of one turn."""

    def __init__(self) -> None:
        self._failed = False
        self._told: list[str] = []

    @property
    def error(self) -> str | None:
        """The reason of the error that the turn ended by; None if none did."""
        if not self._failed:
            return None
        return foreign.line(" ".join(" ".join(self._told).split())) or NO_REASON

    def begin_turn(self) -> None:
        """Forget the turn before."""
        self._failed = False
        self._told = []

    def read(self, update: Mapping[str, Any]) -> str | None:
        """Read an update; the words on a retry, if it is about one."""
        match update:
            case {"sessionUpdate": "session_info_update", "_meta": {"codex": Mapping() as told}}:
                return self._read_status(told)
            case {"sessionUpdate": "agent_message_chunk"} if self._failed and not update.get("messageId"):
                self._told.append(content.block_text(update.get("content")))
            case {"sessionUpdate": "agent_message_chunk" | "agent_thought_chunk" | "tool_call"} if self._failed:
                self.begin_turn()  # it went on
            case _:
                pass
        return None

    def _read_status(self, told: Mapping[str, Any]) -> str | None:
        match told.get("threadStatus"):
            case {"type": "systemError"}:
                self._failed = True
            case {"type": "active" | "idle"}:
                self.begin_turn()
            case _:
                pass
        match told.get("error"):
            case {"message": str(message), "willRetry": True, **more}:
                details = more.get("additionalDetails")
                words = f"{message}: {details}" if isinstance(details, str) and details else message
                return foreign.line(" ".join(words.split()), 300)
            case {"message": str(message)}:
                self._failed, self._told = True, [message]
            case _:
                pass
        return None
