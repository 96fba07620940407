"""The events that an adapter makes of an agent's updates."""

from dataclasses import dataclass, field
from typing import Any

from agor_core.domain.figures import Usage
from agor_core.domain.message import FileDiff, Role, ToolStatus
from agor_core.domain.task import PlanEntry


@dataclass(frozen=True, slots=True)
class TextChunk:
    """A piece of running text. Pieces of one role and one ``agent_message_id`` belong to one message."""

    role: Role
    text: str
    agent_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCallChanged:
    """A tool call, new or changed; a field that is None has not changed. ``call_id`` tells calls apart.

    ``more_diffs`` belong to ``diff`` and change with it.
    """

    call_id: str
    title: str | None = None
    kind: str | None = None
    status: ToolStatus | None = None
    input: Any = None
    output: str | None = None
    locations: tuple[str, ...] | None = None
    diff: FileDiff | None = None
    more_diffs: tuple[FileDiff, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """The whole plan, in place of the one before."""

    entries: tuple[PlanEntry, ...]


@dataclass(frozen=True, slots=True)
class UsageChanged:
    """The tokens and the cost of the turn so far."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """The agent has changed to this permission mode."""

    mode: str


@dataclass(frozen=True, slots=True)
class ModelChanged:
    """The agent uses this model from here on."""

    model: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The agent's word on a trouble that it works on by itself, such as a retry; over with its next sign of work."""

    text: str


@dataclass(frozen=True, slots=True)
class TitleSuggested:
    """The agent's own title for its session."""

    title: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """An update of an unknown kind; it is logged and is no error."""

    kind: str
    update: dict[str, Any] = field(default_factory=dict)


AgentEvent = (
    TextChunk
    | ToolCallChanged
    | PlanChanged
    | UsageChanged
    | ModeChanged
    | ModelChanged
    | Notice
    | TitleSuggested
    | Unknown
)
