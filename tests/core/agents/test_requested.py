"""A request for permission is an update to a known call: what is asked is told before, in the request, or in both."""

from typing import Any

import pytest

from agor_core.agents.acp import AcpAdapter
from agor_core.domain.message import FileDiff, ToolCall

OPTIONS = [{"optionId": "yes", "name": "Yes", "kind": "allow_once"}]


def told(update: str, **fields: Any) -> dict[str, Any]:
    return {"sessionUpdate": update, "toolCallId": "c", **fields}


def diff(path: str, old: str | None, new: str) -> dict[str, Any]:
    return {"type": "diff", "path": path, "oldText": old, "newText": new}


def words(text: str) -> dict[str, Any]:
    return {"type": "content", "content": {"type": "text", "text": text}}


def asked(*updates: dict[str, Any], **request: Any) -> ToolCall:
    adapter = AcpAdapter()
    for update in updates:
        adapter.events(update)
    tool, _ = adapter.approval_of({"toolCall": {"toolCallId": "c", **request}, "options": OPTIONS})
    return tool


def test_a_plan_that_was_told_before_and_is_empty_in_the_request() -> None:
    tool = asked(
        told("tool_call", title="Approve Plan", kind="switch_mode", rawInput={}, content=[], status="pending"),
        told("tool_call_update", rawInput={"plan": "# The plan"}, content=[words("# The plan")]),
        title="Approve Plan",
        kind="switch_mode",
        rawInput={},
        content=[],
    )
    assert (tool.title, tool.kind, tool.input) == ("Approve Plan", "switch_mode", {"plan": "# The plan"})


def test_the_diffs_of_all_files_that_were_told_before() -> None:
    changes = [diff("/w/a.py", None, "new"), diff("/w/b.py", "old", "new"), diff("/w/c.py", "x", "y")]
    tool = asked(
        told("tool_call", title="Edit 3 files", kind="edit", status="in_progress", content=changes), title="Apply?"
    )
    assert tool.title == "Apply?"
    assert tool.diffs == (
        FileDiff(path="/w/a.py", old_text=None, new_text="new"),
        FileDiff(path="/w/b.py", old_text="old", new_text="new"),
        FileDiff(path="/w/c.py", old_text="x", new_text="y"),
    )
    assert tool.kind == "edit"
    assert tool.locations == ("/w/a.py", "/w/b.py", "/w/c.py")


def test_a_command_that_only_the_request_tells() -> None:
    tool = asked(told("tool_call", title="Shell", kind="execute"), rawInput={"command": "rm -r x"})
    assert (tool.title, tool.kind, tool.input) == ("Shell", "execute", {"command": "rm -r x"})


def test_a_new_file_that_only_the_request_tells() -> None:
    change = diff("/w/new.txt", None, "hello")
    tool = asked(told("tool_call", title="write", kind="edit", rawInput={}), content=[change], rawInput={})
    assert tool.diffs == (FileDiff(path="/w/new.txt", old_text=None, new_text="hello"),)


def test_words_where_there_is_nothing_else() -> None:
    tool = asked(title="Run it?", kind="execute", content=[words("make all")])
    assert tool.input == {"content": "make all"}
    assert asked(title="Run it?", content=[words("Run it?")]).input is None
    assert asked(rawInput={"command": "ls"}, content=[words("lists")]).input == {"command": "ls"}


def test_a_request_counts_more_than_what_was_told_before() -> None:
    tool = asked(
        told("tool_call", title="Write", rawInput={"path": "a"}, content=[diff("a", None, "one")]),
        title="Write a",
        rawInput={"path": "/w/a"},
        content=[diff("/w/a", None, "two")],
    )
    assert (tool.title, tool.input) == ("Write a", {"path": "/w/a"})
    assert tool.diffs == (FileDiff(path="/w/a", old_text=None, new_text="two"),)


def test_a_call_that_never_was_has_what_the_request_tells() -> None:
    assert asked() == ToolCall(call_id="c")
    assert asked(title="What?") == ToolCall(call_id="c", title="What?")


def test_output_is_no_purpose() -> None:
    tool = asked(
        told("tool_call", title="Shell", status="in_progress"),
        told("tool_call_update", content=[words("printed")]),
    )
    assert tool.input is None


@pytest.mark.parametrize("odd", [7, [7], {"a": {}}, "", None])
def test_nonsense_in_the_request(odd: Any) -> None:
    tool = asked(told("tool_call", title="T", content=odd), content=odd, title=odd, kind=odd, locations=odd)
    assert tool.title == "T"


def test_a_flood_of_files_is_cut() -> None:
    tool = asked(content=[diff(f"f{n}", None, "x") for n in range(5_000)])
    assert len(tool.diffs) == 200
