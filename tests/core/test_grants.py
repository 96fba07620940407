"""What a grant covers: the very call that a person saw, and no other."""

from typing import Any

import pytest

from agor_core.domain.grants import can_grant, covers
from agor_core.domain.message import FileDiff, ToolCall


def call(kind: str = "execute", title: str = "x", **more: Any) -> ToolCall:
    return ToolCall(call_id="c", kind=kind, title=title, **more)


RUN = call(input={"command": "make test", "cwd": "/w", "description": "Run the tests"})
EDIT = call("edit", diff=FileDiff(path="/w/a", new_text="1"), locations=("/w/a:3", "/w/b"))


@pytest.mark.parametrize(
    ("granted", "asked", "covered"),
    [
        (RUN, call(title="other words", input={"command": "make test", "cwd": "/w", "timeout": 5}), True),
        (RUN, call(input={"command": "make test; rm -rf ~", "cwd": "/w"}), False),
        (RUN, call(input={"command": "make test ", "cwd": "/w"}), False),
        (RUN, call(input={"command": "make test", "cwd": "/"}), False),
        (RUN, call(input={"command": "make test", "cwd": "/w", "with_escalated_permissions": True}), False),
        (RUN, call("other", input=RUN.input), False),
        (call(input={"command": ["sh", "-c", "ls"]}), call(input={"command": ["sh", "-c", "ls"]}), True),
        (call(input={"command": ["sh", "-c", "ls"]}), call(input={"command": "sh -c ls"}), False),
        (EDIT, call("edit", diff=FileDiff(path="/w/a", new_text="2")), True),
        (EDIT, call("edit", diff=FileDiff(path="/w/a", new_text="2"), locations=("/etc/passwd",)), False),
        (EDIT, call("delete", locations=("/w/a",)), False),
        (EDIT, call("edit"), False),
        (call("fetch", input={"url": "http://a"}), call("fetch", input={"url": "http://a"}), True),
        (call("fetch", input={"url": "http://a"}), call("fetch", input={"url": "http://b"}), False),
    ],
)
def test_it_covers_the_same_call_only(granted: ToolCall, asked: ToolCall, covered: bool) -> None:
    assert covers(granted, asked) is covered


@pytest.mark.parametrize(
    "tool", [call(), call(input={"command": " "}), call("edit"), call("other", title=""), call(input="ls")]
)
def test_what_cannot_be_recognized_again_is_not_granted(tool: ToolCall) -> None:
    assert not can_grant(tool)
    assert not covers(tool, tool)
