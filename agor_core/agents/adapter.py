"""The seam between an agent's protocol and ours: what it says becomes events, requests become approvals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agor_core.domain.approval import ApprovalOption
from agor_core.domain.figures import Usage
from agor_core.domain.message import ToolCall
from agor_core.events import AgentEvent


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """How a turn ended: the agent's reason (``end_turn``, ``cancelled``, ``refusal`` …) and what the turn took.

    ``usage`` is None where the agent said nothing about it.
    """

    stop_reason: str
    usage: Usage | None = None


class Adapter(Protocol):
    """Reads what one agent session says; one instance per session, since some figures only mean something in a row.

    Nothing here raises, whatever the agent sends.
    """

    def begin_turn(self) -> None:
        """A prompt is about to be sent: what is counted per turn starts at zero."""

    def events(self, update: Mapping[str, Any]) -> list[AgentEvent]:
        """The events in one raw ``update`` object of a ``session/update``, in order."""

    def approval_of(self, params: Mapping[str, Any]) -> tuple[ToolCall, tuple[ApprovalOption, ...]]:
        """The tool call asked about and the answers offered, of a raw ``session/request_permission``."""

    def end_turn(self, result: Mapping[str, Any]) -> TurnEnd:
        """The end of the turn, of the raw result of ``session/prompt``."""
