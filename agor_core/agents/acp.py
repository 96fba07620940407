"""Converts the Agent Client Protocol's session updates, as raw JSON, to our events.

https://agentclientprotocol.com/protocol/schema
"""

from collections.abc import Mapping
from typing import Any

from agor_core.agents import content, foreign
from agor_core.agents.adapter import TurnEnd
from agor_core.agents.options import Selection
from agor_core.agents.reach import Reach
from agor_core.agents.toolcalls import ToolCalls, has_content
from agor_core.agents.troubles import Troubles
from agor_core.agents.usage import UsageMeter
from agor_core.domain.approval import ApprovalOption
from agor_core.domain.message import Role, ToolCall
from agor_core.domain.task import PlanEntry, PlanStatus
from agor_core.events import (
    AgentEvent,
    ModeChanged,
    ModelChanged,
    Notice,
    PlanChanged,
    TextChunk,
    TitleSuggested,
    Unknown,
    UsageChanged,
)

MOST_PLAN_ENTRIES = 500
MOST_OPTIONS = 50
_OPTION_KINDS = frozenset({"allow_once", "allow_always", "reject_once", "reject_always"})
_PRIORITIES = frozenset({"high", "medium", "low"})
_PLAN_STATUSES = frozenset(PlanStatus)
_ROLES = {
    "agent_message_chunk": Role.ASSISTANT,
    "agent_thought_chunk": Role.THOUGHT,
}


class AcpAdapter:
    """Reads one session of an agent that speaks the Agent Client Protocol.

    Drops the user's own messages, which some agents send back, and all agents when a session is loaded. ``reach`` says
    which of an agent's options write outside of the session.
    """

    def __init__(self, reach: Reach | None = None) -> None:
        self._reach = reach
        self._calls = ToolCalls()
        self._meter = UsageMeter()
        self._troubles = Troubles()
        self.selection = Selection()

    @property
    def working(self) -> bool:
        return bool(self._calls.running)

    def begin_turn(self) -> None:
        self._calls.running.clear()
        self._meter.begin_turn()
        self._troubles.begin_turn()

    def events(self, update: Mapping[str, Any]) -> list[AgentEvent]:
        if not isinstance(update, Mapping):
            return [Unknown(kind="")]
        known, trouble = self._known(update), self._troubles.read(update)
        usage = self._meter.read_update(update)
        if known is None:
            kind = update.get("sessionUpdate")
            return [
                Unknown(kind=foreign.line(kind) if isinstance(kind, str) else "", update=foreign.json(dict(update)))
            ]
        if trouble is not None:
            known = [*known, Notice(trouble)]
        return [*known, UsageChanged(usage)] if usage is not None else known

    def approval_of(self, params: Mapping[str, Any]) -> tuple[ToolCall, tuple[ApprovalOption, ...]]:
        if not isinstance(params, Mapping):
            return self._calls.requested({}), ()
        asked = params.get("toolCall")
        options = _options(params.get("options"), self._reach)
        return self._calls.requested(asked if isinstance(asked, Mapping) else {}), options

    def end_turn(self, result: Mapping[str, Any]) -> TurnEnd:
        reason = None
        if isinstance(result, Mapping):
            self._meter.read_result(result)
            reason = result.get("stopReason")
        reason = foreign.line(reason) if isinstance(reason, str) and reason else "end_turn"
        return TurnEnd(reason, self._meter.turn, self._troubles.error)

    def _known(self, update: Mapping[str, Any]) -> list[AgentEvent] | None:
        """The events of an update, none if it is empty; None for an unknown kind."""
        match update:
            case {"sessionUpdate": "agent_message_chunk" | "agent_thought_chunk" as kind}:
                return self._text(_ROLES[kind], update)
            case {"sessionUpdate": "tool_call" | "tool_call_update" as kind, "toolCallId": str()}:
                change = self._calls.read(update, new=kind == "tool_call")
                return [change] if has_content(change) else []
            case {"sessionUpdate": "plan", "entries": list(entries)}:
                return [PlanChanged(_plan(entries))]
            case {"sessionUpdate": "plan_update", "plan": {"entries": list(entries)}}:
                return [PlanChanged(_plan(entries))]
            case {"sessionUpdate": "current_mode_update", "currentModeId": str()}:
                return self._chosen(update)
            case {"sessionUpdate": "config_option_update", "configOptions": list()}:
                return self._chosen(update)
            case {"sessionUpdate": "session_info_update"}:
                title = update.get("title")
                return [TitleSuggested(foreign.line(title))] if isinstance(title, str) and title.strip() else []
            case {"sessionUpdate": "usage_update" | "user_message_chunk"}:
                return []
            case _:
                return None

    def _chosen(self, update: Mapping[str, Any]) -> list[AgentEvent]:
        """The mode and the model in use, as an update reports them."""
        before = self.selection.options
        self.selection.report(update)
        mode, model = self.selection.options.modes.current, self.selection.options.models.current
        events: list[AgentEvent] = []
        if mode is not None and mode != before.modes.current:
            events.append(ModeChanged(mode))
        if model is not None and model != before.models.current:
            events.append(ModelChanged(model))
        return events

    def _text(self, role: Role, update: Mapping[str, Any]) -> list[AgentEvent]:
        text = foreign.text(content.block_text(update.get("content")))
        message_id = update.get("messageId")
        known = foreign.line(message_id) if isinstance(message_id, str) and message_id else None
        return [TextChunk(role, text, known)] if text else []


def _plan(entries: list[Any]) -> tuple[PlanEntry, ...]:
    kept = []
    for entry in entries[:MOST_PLAN_ENTRIES]:
        match entry:
            case {"content": str(words)}:
                status, priority = entry.get("status"), entry.get("priority")
                kept.append(
                    PlanEntry(
                        content=foreign.line(words),
                        status=PlanStatus(status) if _among(status, _PLAN_STATUSES) else PlanStatus.PENDING,
                        priority=priority if _among(priority, _PRIORITIES) else "medium",
                    )
                )
            case _:
                pass
    return tuple(kept)


def _options(value: object, reach: Reach | None) -> tuple[ApprovalOption, ...]:
    """The options of a request for permission. An unknown kind counts as a rejection, so that it allows nothing."""
    options = []
    for option in value[:MOST_OPTIONS] if isinstance(value, list) else ():
        match option:
            case {"optionId": str(identifier)} if identifier and identifier == foreign.line(identifier):
                given, kind = option.get("name"), option.get("kind")
                name = foreign.line(given if isinstance(given, str) and given else identifier)
                options.append(
                    ApprovalOption(
                        id=identifier,
                        name=name,
                        kind=kind if _among(kind, _OPTION_KINDS) else "reject_once",
                        writes=None if reach is None else reach(identifier, name),
                    )
                )
            case _:
                pass
    return tuple(options)


def _among(value: Any, known: frozenset[Any]) -> bool:
    return isinstance(value, str) and value in known
