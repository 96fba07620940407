"""Updates of the Agent Client Protocol as events, update by update, and whatever else an agent may send."""

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agor_core.agents import content, foreign, toolcalls
from agor_core.agents.acp import AcpAdapter
from agor_core.domain import storable
from agor_core.domain.figures import Usage
from agor_core.domain.message import FileDiff, Role, ToolStatus
from agor_core.domain.task import PlanEntry, PlanStatus
from agor_core.events import (
    ModeChanged,
    PlanChanged,
    TextChunk,
    TitleSuggested,
    ToolCallChanged,
    Unknown,
    UsageChanged,
)


def events(**update: Any) -> list[Any]:
    return AcpAdapter().events(update)


def tool(**update: Any) -> Any:
    update = {"sessionUpdate": "tool_call_update", "toolCallId": "c", "status": "completed", **update}
    [event] = AcpAdapter().events(update)
    return event


def text(words: str) -> dict[str, Any]:
    return {"type": "content", "content": {"type": "text", "text": words}}


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "text", "text": "hi"}, "hi"),
        ({"type": "resource_link", "uri": "file:///a", "name": "a"}, "[a](file:///a)"),
        ({"type": "resource_link", "uri": "file:///a"}, "[file:///a](file:///a)"),
        ({"type": "resource", "resource": {"uri": "file:///a", "text": "inside"}}, "inside"),
        ({"type": "resource", "resource": {"uri": "file:///a", "blob": "eA=="}}, "[resource file:///a]"),
        ({"type": "image", "data": "", "mimeType": "image/png"}, "[image]"),
        ({"type": "text", "text": "a\x00b\ud800c"}, "a\ufffdb\ufffdc"),
    ],
)
def test_message_pieces(block: Any, expected: str) -> None:
    update = {"sessionUpdate": "agent_message_chunk", "messageId": "m", "content": block}
    assert AcpAdapter().events(update) == [TextChunk(Role.ASSISTANT, expected, "m")]


def test_roles() -> None:
    words = {"type": "text", "text": "hm"}
    assert events(sessionUpdate="agent_thought_chunk", content=words) == [TextChunk(Role.THOUGHT, "hm")]
    assert events(sessionUpdate="user_message_chunk", content=words) == []
    assert events(sessionUpdate="agent_message_chunk", content={"type": "text", "text": ""}) == []
    assert events(sessionUpdate="agent_message_chunk") == []


def test_a_new_tool_call() -> None:
    [event] = events(
        sessionUpdate="tool_call",
        toolCallId="c",
        title="Edit a.py",
        kind="edit",
        rawInput={"path": "a.py"},
        locations=[{"path": "/w/a.py", "line": 7}, {"path": "/w/b.py"}, {"path": "/w/c.py", "line": None}, {"line": 3}],
        content=[{"type": "diff", "path": "/w/a.py", "oldText": "x", "newText": "y"}],
    )
    assert event == ToolCallChanged(
        call_id="c",
        title="Edit a.py",
        kind="edit",
        status=ToolStatus.PENDING,
        input={"path": "a.py"},
        locations=("/w/a.py:7", "/w/b.py", "/w/c.py"),
        diff=FileDiff(path="/w/a.py", old_text="x", new_text="y"),
    )


def test_a_change_says_only_what_is_new() -> None:
    assert tool(content=None) == ToolCallChanged(call_id="c", status=ToolStatus.COMPLETED)
    assert AcpAdapter().events({"sessionUpdate": "tool_call_update", "toolCallId": "c", "_meta": {"x": 1}}) == []


def test_the_files_of_all_diffs_are_places() -> None:
    changes = [{"type": "diff", "path": f"/w/{name}", "oldText": None, "newText": ""} for name in "ab"]
    event = tool(content=changes, locations=[{"path": "/w/a", "line": 2}])
    assert event.locations == ("/w/a:2", "/w/b")
    assert event.diff == FileDiff(path="/w/a", old_text=None, new_text="")


@pytest.mark.parametrize(
    ("update", "output"),
    [
        ({"content": [text("one"), text("two")]}, "one\ntwo"),
        ({"content": [text("```\nfenced\n```")]}, "fenced"),
        ({"content": [], "rawOutput": "raw"}, "raw"),
        ({"rawOutput": {"stdout": "from it", "x": 1}}, "from it"),
        ({"rawOutput": {"exit_code": 0}}, None),
        ({"rawOutput": {"a": [1]}}, '{\n "a": [\n  1\n ]\n}'),
        ({"rawOutput": 5}, "5"),
        ({"content": [{"type": "terminal", "terminalId": "t"}]}, None),
        ({"content": [text("shown")], "rawOutput": "raw"}, "shown"),
        ({"content": [{"type": "diff", "path": "a", "newText": ""}], "rawOutput": {"a": 1}}, None),
    ],
)
def test_output(update: dict[str, Any], output: str | None) -> None:
    assert tool(**update).output == output


def test_terminal_output_adds_up_and_is_bounded() -> None:
    adapter = AcpAdapter()

    def more(data: str) -> str:
        update = {"sessionUpdate": "tool_call_update", "toolCallId": "c", "status": "in_progress"}
        [event] = adapter.events({**update, "_meta": {"terminal_output_delta": {"data": data, "terminal_id": "c"}}})
        return event.output  # type: ignore[return-value]

    assert more("one\n") == "one\n"
    assert more("two\n") == "one\ntwo\n"
    long = more("x" * foreign.LONGEST_TEXT)
    assert long.endswith("\n[8 more characters cut]")
    assert more("y" * 10).endswith("\n[18 more characters cut]")
    assert len(more("z")) < foreign.LONGEST_TEXT + 100


def printed(adapter: AcpAdapter, call: str, data: str, status: str = "in_progress") -> str:
    """The output of a call once it has printed this."""
    update = {"sessionUpdate": "tool_call_update", "toolCallId": call, "status": status}
    [event] = adapter.events({**update, "_meta": {"terminal_output_delta": {"data": data}}})
    return str(event.output)


def test_what_is_remembered_of_many_calls_is_bounded_by_all_of_it() -> None:
    adapter = AcpAdapter()
    places = [{"path": f"/w/{n}" + "x" * 1_900} for n in range(content.MOST_LOCATIONS)]
    for n in range(30):
        adapter.events({"sessionUpdate": "tool_call", "toolCallId": f"placed {n}", "locations": places})
        adapter.approval_of({"toolCall": {"toolCallId": f"asked {n}", "locations": places}})
    for n in range(30):
        printed(adapter, f"printed {n}", f"{n:07}\n" * 100_000)
    calls = adapter._calls._calls.values()
    held = sum(len(call.terminal) + sum(map(len, call.places)) for call in calls)
    assert toolcalls.LARGEST // 2 < held <= toolcalls.LARGEST
    assert printed(adapter, "printed 29", "end").endswith("0000029\nend")


def test_calls_that_have_ended_are_forgotten_before_those_that_run() -> None:
    adapter = AcpAdapter()
    assert printed(adapter, "server", "listening\n") == "listening\n"
    for n in range(toolcalls.LARGEST // 500_000 + 1):
        printed(adapter, f"{n}", "x" * 500_000, status="completed")
    assert printed(adapter, "0", "y") == "y"
    assert printed(adapter, "server", "asked\n") == "listening\nasked\n"
    for n in range(toolcalls.MOST_CALLS):
        printed(adapter, f"small {n}", "x", status="failed")
    assert printed(adapter, "small 0", "y") == "y"
    assert printed(adapter, "server", "asked\n") == "listening\nasked\nasked\n"


def test_what_a_pending_call_is_going_to_do_is_no_output() -> None:
    assert tool(status="pending", content=[text("Runs a command")]).output is None


def test_plans() -> None:
    entries = [
        {"content": "A", "status": "completed", "priority": "high"},
        {"content": "B", "status": "odd", "priority": "odd"},
        {"content": 5},
        "x",
    ]
    expected = [
        PlanChanged((PlanEntry(content="A", status=PlanStatus.COMPLETED, priority="high"), PlanEntry(content="B")))
    ]
    assert events(sessionUpdate="plan", entries=entries) == expected
    assert events(sessionUpdate="plan_update", plan={"type": "items", "planId": "p", "entries": entries}) == expected
    assert events(sessionUpdate="plan", entries=[]) == [PlanChanged(())]


def test_modes_titles_and_the_unknown() -> None:
    option = {"id": "mode", "category": "mode", "type": "select", "currentValue": "plan", "options": []}
    assert events(sessionUpdate="current_mode_update", currentModeId="ask") == [ModeChanged("ask")]
    assert events(sessionUpdate="config_option_update", configOptions=[{"id": "model"}, option]) == [
        ModeChanged("plan")
    ]
    assert events(sessionUpdate="session_info_update", title="A title") == [TitleSuggested("A title")]
    assert events(sessionUpdate="session_info_update", title=None) == []
    update = {"sessionUpdate": "brand_new", "x": [1]}
    assert AcpAdapter().events(update) == [Unknown("brand_new", update)]
    assert events(sessionUpdate="tool_call") == [Unknown("tool_call", {"sessionUpdate": "tool_call"})]


def _cost(amount: Any, currency: str = "USD") -> dict[str, Any]:
    return {"sessionUpdate": "usage_update", "used": 1, "size": 2, "cost": {"amount": amount, "currency": currency}}


def test_cost_is_counted_from_the_beginning_of_the_turn() -> None:
    adapter = AcpAdapter()
    adapter.begin_turn()
    assert adapter.events(_cost(0.5)) == [UsageChanged(Usage(cost_usd=0.5))]
    assert adapter.events(_cost(0.75)) == [UsageChanged(Usage(cost_usd=0.75))]
    adapter.begin_turn()
    assert adapter.events(_cost(1.0)) == [UsageChanged(Usage(cost_usd=0.25))]
    end = adapter.end_turn({"stopReason": "end_turn", "usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}})
    assert end.usage == Usage(input_tokens=3, output_tokens=4, cost_usd=0.25)
    adapter.begin_turn()
    assert adapter.events(_cost(0.1)) == [UsageChanged(Usage(cost_usd=0.1))], "the agent began to count anew"


@pytest.mark.parametrize("amount", [math.nan, math.inf, -1, 10**40, True, "1", None])
def test_a_cost_that_is_none_says_nothing(amount: Any) -> None:
    found = AcpAdapter().events(_cost(amount))
    assert found in ([], [UsageChanged(Usage(cost_usd=1.0))] if amount is True else [])
    assert AcpAdapter().events(_cost(1, "EUR")) == []


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"inputTokens": 10, "outputTokens": 5, "cachedReadTokens": 100, "totalTokens": 115}, (110, 5)),
        ({"inputTokens": 110, "outputTokens": 5, "cachedReadTokens": 100, "totalTokens": 115}, (110, 5)),
        ({"inputTokens": 10, "outputTokens": 5, "thoughtTokens": 7, "totalTokens": 22}, (10, 12)),
        ({"inputTokens": 10, "outputTokens": 12, "thoughtTokens": 7, "totalTokens": 22}, (10, 12)),
        ({"inputTokens": 10, "outputTokens": 5}, (10, 5)),
        ({"inputTokens": -1, "outputTokens": 5}, (0, 5)),
    ],
)
def test_tokens(usage: dict[str, int], expected: tuple[int, int]) -> None:
    adapter = AcpAdapter()
    adapter.begin_turn()
    taken = adapter.end_turn({"stopReason": "end_turn", "usage": usage}).usage
    assert taken is not None
    assert (taken.input_tokens, taken.output_tokens) == expected


def test_the_end_of_a_turn_about_which_nothing_was_said() -> None:
    adapter = AcpAdapter()
    assert adapter.end_turn({"stopReason": "cancelled"}).usage is None
    assert adapter.end_turn({"stopReason": "cancelled"}).stop_reason == "cancelled"
    assert adapter.end_turn({}).stop_reason == "end_turn"


def test_an_option_of_an_unknown_kind_allows_nothing() -> None:
    params = {
        "toolCall": {"toolCallId": "c"},
        "options": [{"optionId": "o", "name": "Go!", "kind": "go"}, {"name": "x"}],
    }
    _, [option] = AcpAdapter().approval_of(params)
    assert (option.id, option.allows) == ("o", False)


KINDS = (
    "agent_message_chunk", "agent_thought_chunk", "user_message_chunk", "tool_call", "tool_call_update", "plan",
    "plan_update", "usage_update", "current_mode_update", "config_option_update", "session_info_update", "other",
)  # fmt: skip
KEYS = (
    "sessionUpdate", "content", "type", "text", "toolCallId", "status", "title", "kind", "rawInput", "rawOutput",
    "path", "oldText", "newText", "locations", "line", "entries", "priority", "currentModeId", "cost", "amount",
    "currency", "_meta", "usage", "terminal_output_delta", "data", "inputTokens", "plan", "configOptions",
    "currentValue", "messageId", "resource", "uri", "optionId", "options", "toolCall", "stopReason", "quota",
    "token_count", "output", "exit_code",
)  # fmt: skip
WORDS = (
    "text",
    "content",
    "diff",
    "terminal",
    "resource",
    "completed",
    "pending",
    "edit",
    "USD",
    "mode",
    "\x00",
    "\ud800",
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text()
    | st.characters(categories=["Cs"])
    | st.sampled_from(WORDS)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), values), st.sampled_from(KINDS), st.sampled_from(["c", "d", "\ud800"]))
def test_nothing_that_an_agent_sends_raises_or_cannot_be_kept(update: dict[str, Any], kind: str, call: str) -> None:
    adapter = AcpAdapter()
    adapter.begin_turn()
    made = adapter.events({**update, "sessionUpdate": kind})
    made += adapter.events({**update, "sessionUpdate": kind, "toolCallId": call})
    made += adapter.events(update)
    kept = [made, adapter.approval_of(update), adapter.approval_of({"toolCall": update}), adapter.end_turn(update)]
    storable.check(json.loads(msgspec.json.encode(kept)))


@pytest.mark.parametrize("update", [None, [], "x", 5, {}, {"sessionUpdate": None}, {"sessionUpdate": ["plan"]}])
def test_what_is_no_update(update: Any) -> None:
    adapter = AcpAdapter()
    assert all(isinstance(event, Unknown) for event in adapter.events(update))
    adapter.approval_of(update)
    adapter.end_turn(update)


def test_deep_and_long_values_are_cut() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    event = tool(rawInput={"deep": deep, "long": "x" * 10**6, "many": list(range(5000))})
    assert len(json.dumps(event.input)) < 200_000
    assert "nested too deeply" in json.dumps(event.input)
    assert len(tool(content=[text("x" * 3 * 10**6)]).output) < foreign.LONGEST_TEXT + 100
    assert len(tool(title="t" * 10**6).title) == foreign.LONGEST_LINE


def test_a_relative_path_of_what_was_asked_about_is_no_new_place() -> None:
    adapter = AcpAdapter()
    change = {"type": "diff", "path": "b.txt", "oldText": "", "newText": "x"}
    adapter.approval_of({"toolCall": {"toolCallId": "c", "locations": [{"path": "/w/b.txt"}]}, "options": []})
    [event] = adapter.events({"sessionUpdate": "tool_call_update", "toolCallId": "c", "content": [change]})
    assert event.locations is None
    [event] = adapter.events(
        {"sessionUpdate": "tool_call_update", "toolCallId": "c", "content": [{**change, "path": "/w/other"}]}
    )
    assert event.locations == ("/w/b.txt", "/w/other")
