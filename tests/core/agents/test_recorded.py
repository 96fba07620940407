"""Conversations recorded with the real agents (against a scripted model): what they come to in our events.

Each did the same: think, speak, read a file, write one, run a command that fails with code 3, speak; then once more.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agor_core.agents.acp import AcpAdapter
from agor_core.agents.adapter import TurnEnd
from agor_core.domain.figures import Usage
from agor_core.domain.message import Role, ToolCall
from agor_core.events import AgentEvent, TextChunk, ToolCallChanged, Unknown

RECORDED = Path(__file__).parent / "recorded"
AGENTS = ("claude-code", "codex", "gemini", "opencode", "qwen")


@dataclass
class Conversation:
    """All that was made of one recording."""

    text: dict[Role, str] = field(default_factory=dict)
    tools: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[ToolCall] = field(default_factory=list)
    ends: list[TurnEnd] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def take(self, event: AgentEvent) -> None:
        match event:
            case TextChunk():
                self.text[event.role] = self.text.get(event.role, "") + event.text
            case ToolCallChanged():
                self.change(event.call_id, event)
            case Unknown():
                self.unknown.add(event.kind)
            case _:
                pass

    def change(self, call_id: str, source: ToolCallChanged | ToolCall) -> None:
        tool = self.tools.setdefault(call_id, {})
        for name in ("title", "kind", "status", "input", "output", "locations", "diff"):
            if (value := getattr(source, name)) is not None and (
                isinstance(source, ToolCallChanged) or name not in tool
            ):
                tool[name] = value


def conversation(agent: str) -> Conversation:
    adapter, told = AcpAdapter(), Conversation()
    for line in (RECORDED / f"{agent}.jsonl").read_text().splitlines():
        match json.loads(line):
            case {"prompt": _}:
                adapter.begin_turn()
            case {"update": update}:
                for event in adapter.events(update):
                    told.take(event)
            case {"permission": params}:
                call, options = adapter.approval_of(params)
                assert {"allow_once", "reject_once"} <= {option.kind for option in options}
                told.asked.append(call)
                told.change(call.call_id, call)
            case {"result": result}:
                told.ends.append(adapter.end_turn(result))
    return told


@pytest.mark.parametrize("agent", AGENTS)
def test_what_was_said(agent: str) -> None:
    told = conversation(agent)
    assert "I will look." in told.text[Role.ASSISTANT]
    assert told.text[Role.ASSISTANT].endswith("again")
    assert "hmm" in told.text[Role.THOUGHT]
    assert Role.USER not in told.text
    assert told.unknown <= {"available_commands_update"}


@pytest.mark.parametrize("agent", AGENTS)
def test_what_was_done(agent: str) -> None:
    told = conversation(agent)
    read, write, run = told.tools.values()
    assert read["kind"] == "read"
    assert [place.partition(":")[0] for place in read["locations"]] == ["/srv/dev/shop/a.txt"]
    assert "echo out; echo err >&2; exit 3" in run["title"]
    assert run["kind"] == "execute"
    assert run["status"] in ("completed", "failed")
    if agent != "codex":  # it wrote with its shell
        assert write["kind"] == "edit"
        assert "/srv/dev/shop/b.txt" in write["locations"]
        assert write["diff"].new_text == "new\n"
        assert len(told.asked) == 2
    if agent != "gemini":  # it keeps the output of its tools for itself
        assert "one\n" in read["output"]
        assert "two" in read["output"]
        assert "```" not in read["output"]
        assert {"out", "err"} <= set(run["output"].replace("Output: ", "").splitlines())


@pytest.mark.parametrize("agent", AGENTS)
def test_what_is_asked_has_not_run(agent: str) -> None:
    asked = conversation(agent).asked
    assert [call.output for call in asked] == [None] * (0 if agent == "codex" else 2)  # codex did not ask here


@pytest.mark.parametrize(
    ("agent", "first", "second"),
    [
        ("claude-code", Usage(input_tokens=232, output_tokens=53, cost_usd=0.002485), (65, 2, 0.000375)),
        ("codex", Usage(input_tokens=232, output_tokens=42), (65, 2, 0.0)),
        ("gemini", Usage(input_tokens=232, output_tokens=20), (65, 5, 0.0)),
        ("opencode", Usage(input_tokens=59, output_tokens=5), (66, 5, 0.0)),
        ("qwen", Usage(input_tokens=592, output_tokens=20), (155, 5, 0.0)),
    ],
)
def test_what_it_took_is_per_turn(agent: str, first: Usage, second: tuple[int, int, float]) -> None:
    ends = conversation(agent).ends
    tokens_in, tokens_out, cost = second
    assert [end.stop_reason for end in ends] == ["end_turn", "end_turn"]
    assert [end.usage for end in ends] == [
        first,
        Usage(input_tokens=tokens_in, output_tokens=tokens_out, cost_usd=cost),
    ]
