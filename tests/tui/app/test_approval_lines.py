"""What an agent asks for is shown as it is: nothing that would be done is hidden by how it is put."""

from typing import Any

import pytest
from msgspec.structs import replace

from agor_core.domain.approval import Approval
from agor_core.domain.message import FileDiff
from agor_tui.app.widgets import approval_lines
from tests.builders import app_records as make


def approval(title: str, kind: str, **more: Any) -> Approval:
    return replace(make.approval(make.session()), tool=make.tool(title, kind, **more))


def shown(asked: Approval) -> str:
    return "\n".join("".join(text for text, _ in line) for line in approval_lines.approval_lines(asked, 60))


@pytest.mark.parametrize(
    ("title", "command", "seen"),
    [
        ("`git status`", "git status \x1b_; rm -rf ~", "; rm -rf ~"),
        ("git status # show it rm -rf ~", "git status # show it\nrm -rf ~", "\n> rm -rf ~"),
        ("git status", "git  status", "$ git  status"),
        ("List files", "rm -rf ~", "$ rm -rf ~"),
    ],
)
def test_a_command_is_shown_unless_it_was_said_letter_by_letter(title: str, command: str, seen: str) -> None:
    assert seen in shown(approval(title, "execute", input={"command": command, "description": "List files"}))


def test_what_was_said_is_not_said_again() -> None:
    assert shown(approval("`make test`", "execute", input={"command": "make test"})) == "wants: `make test`"


@pytest.mark.parametrize(
    ("kind", "more", "seen"),
    [
        ("other", {"input": {"path": "/"}}, "path: /"),
        ("other", {"locations": ("/x",), "input": {"command": "rm -rf ~"}}, "command: rm -rf ~"),
        ("execute", {"locations": ("/x",), "input": {"cmd": "rm -rf ~"}}, "cmd: rm -rf ~"),
        ("execute", {"input": {"command": "ls", "cwd": "/etc"}}, "cwd: /etc"),
        ("other", {"input": "rm -rf ~"}, "rm -rf ~"),
        ("edit", {"diff": FileDiff(path="a\x1b_b", new_text="x \x1b_ y\n")}, "a\u241b_b"),
        ("edit", {"diff": FileDiff(path="a", new_text="x \x1b_ y\n")}, "x \u241b_ y"),
    ],
)
def test_all_that_is_given_is_shown(kind: str, more: dict[str, Any], seen: str) -> None:
    assert seen in shown(approval("Delete /tmp/x", kind, **more))
