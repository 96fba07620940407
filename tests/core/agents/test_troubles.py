"""Turns that end by an error although the agent says that they ended well; updates as codex-acp 2.6 sent them."""

from typing import Any

import pytest

from agor_core.agents.acp import AcpAdapter
from agor_core.events import Notice

WELL = {"stopReason": "end_turn", "usage": None}


def status(kind: str) -> dict[str, Any]:
    return {"sessionUpdate": "session_info_update", "_meta": {"codex": {"threadStatus": {"type": kind}}}}


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}, **more}


def trouble(message: str, **more: Any) -> dict[str, Any]:
    return {"sessionUpdate": "session_info_update", "_meta": {"codex": {"error": {"message": message, **more}}}}


def error_after(*updates: dict[str, Any]) -> str | None:
    adapter = AcpAdapter()
    adapter.begin_turn()
    for update in updates:
        adapter.events(update)
    return adapter.end_turn(WELL).error


WARNING = said("Warning: Model metadata for `m` not found.\n\n")
LIMIT = said("exceeded retry limit, last status: 429 Too Many Requests\n\n")


@pytest.mark.parametrize(
    ("updates", "error"),
    [
        ([WARNING, status("active"), said("fine", messageId="1"), status("idle")], None),
        (
            [WARNING, status("active"), status("systemError"), LIMIT],
            "exceeded retry limit, last status: 429 Too Many Requests",
        ),
        ([status("systemError")], "The agent's model failed, and the agent gave no reason."),
        ([status("systemError"), LIMIT, status("active"), said("fine", messageId="1")], None),
        ([status("systemError"), LIMIT, said("it went on", messageId="1")], None),
        ([trouble("Context overflow", willRetry=False)], "Context overflow"),
        ([trouble("Reconnecting... 5/5", willRetry=True)], None),
        ([trouble("", willRetry=False)], "The agent's model failed, and the agent gave no reason."),
    ],
)
def test_the_error_that_a_turn_ended_by(updates: list[dict[str, Any]], error: str | None) -> None:
    assert error_after(*updates) == error


def test_the_next_turn_begins_without_it() -> None:
    adapter = AcpAdapter()
    adapter.events(status("systemError"))
    adapter.begin_turn()
    assert adapter.end_turn(WELL).error is None


def test_a_retry_is_a_notice() -> None:
    update = trouble("Reconnecting... 3/5", willRetry=True, additionalDetails="high\ndemand")
    assert AcpAdapter().events(update) == [Notice("Reconnecting... 3/5: high demand")]
    assert AcpAdapter().events(trouble("Reconnecting... 3/5", willRetry=True)) == [Notice("Reconnecting... 3/5")]


@pytest.mark.parametrize(
    "told", [7, {"threadStatus": 7, "error": 8}, {"threadStatus": {"type": 9}, "error": {"message": 1}}]
)
def test_nonsense_is_no_trouble(told: Any) -> None:
    assert error_after({"sessionUpdate": "session_info_update", "_meta": {"codex": told}}) is None
