"""The interface of an adapter: an agent's updates become events, its requests for permission become approvals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agor_core.agents.options import Selection
from agor_core.domain.approval import ApprovalOption
from agor_core.domain.figures import Usage
from agor_core.domain.message import ToolCall
from agor_core.events import AgentEvent


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """How a turn ended: the agent's reason (``end_turn``, ``cancelled``, ``refusal`` …) and the turn's usage.

    ``usage`` is None if the agent did not report it. ``error`` is why the turn failed, whatever the reason says.
    """

    stop_reason: str
    usage: Usage | None = None
    error: str | None = None


class Adapter(Protocol):
    """Reads one agent session; each session has an instance, since some figures are totals of the session.

    No method raises, whatever the agent sends. ``selection`` has the modes and models that the agent offers, and
    those in use.
    """

    selection: Selection

    @property
    def working(self) -> bool:
        """Whether a tool of this turn runs."""

    def begin_turn(self) -> None:
        """Start the figures of a turn at zero; called before a prompt is sent."""

    def events(self, update: Mapping[str, Any]) -> list[AgentEvent]:
        """The events of the raw ``update`` object of a ``session/update``, in order."""

    def approval_of(self, params: Mapping[str, Any]) -> tuple[ToolCall, tuple[ApprovalOption, ...]]:
        """The tool call and the options of a raw ``session/request_permission``."""

    def end_turn(self, result: Mapping[str, Any]) -> TurnEnd:
        """The end of the turn from the raw result of ``session/prompt``."""
