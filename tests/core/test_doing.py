"""What a card says of the last thing that an agent did."""

from typing import Any

import pytest

from agor_core.domain.doing import LONGEST, doing
from agor_core.domain.message import Message, Role, ToolCall
from tests.builders.records import make_id


def message(role: Role, text: str = "", tool: ToolCall | None = None) -> Message:
    ids: dict[str, Any] = {name: make_id() for name in ("message_id", "session_id", "task_id")}
    return Message(**ids, index=0, role=role, text=text, tool=tool, created_at="2026-03-02T12:00:00.000Z")


@pytest.mark.parametrize(
    ("kind", "title", "said"),
    [
        ("execute", "make test", "runs make test"),
        ("execute", "Run make", "runs make"),
        ("read", "Read src/a.py", "reads src/a.py"),
        ("edit", "src/a.py", "edits src/a.py"),
        ("delete", "Delete", "deletes Delete"),
        ("unknown", "\n a  thing", "uses a thing"),
    ],
)
def test_a_tool_call_is_a_verb_and_its_title(kind: str, title: str, said: str) -> None:
    assert doing(message(Role.TOOL, tool=ToolCall(call_id="1", kind=kind, title=title))) == said


def test_of_an_answer_it_is_the_last_line_that_says_something() -> None:
    assert doing(message(Role.ASSISTANT, "One\n**Two**\n```\n \n")) == "**Two**"
    assert doing(message(Role.USER, "One")) is None
    assert len(doing(message(Role.ASSISTANT, "x" * 999)) or "") == LONGEST
