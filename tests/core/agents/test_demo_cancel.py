"""``session/cancel`` ends a turn in the middle of anything, at once, and the session goes on."""

import time
from pathlib import Path

import pytest

from tests.builders.demo_process import DemoProcess, gone


@pytest.mark.parametrize(
    "line",
    ["hang:", "sleep: 1000", "flood: 100000000", "ask: May I?", "run: sleep 1000", "run: yes", "stderr: 100000000000"],
)
def test_cancelled_in_the_middle(demo: DemoProcess, line: str) -> None:
    session = demo.new()
    turn = demo.start(session, f"say: here I go\n{line}\nsay: never")
    demo.until("agent_message_chunk")
    demo.notify("session/cancel", sessionId=session)
    started = time.monotonic()
    assert demo.answer(turn)["result"]["stopReason"] == "cancelled"
    assert time.monotonic() - started < 10
    assert "never" not in demo.said()
    assert demo.run(session, "say: back again")["stopReason"] == "end_turn"


def test_a_cancelled_command_is_ended_with_all_that_it_started(demo: DemoProcess) -> None:
    session = demo.new()
    turn = demo.start(session, "run: trap '' TERM; sleep 1000 & echo $$ $!; wait; sleep 1000")
    while not (update := demo.until("tool_call_update")).get("content"):
        pass
    pids = [int(pid) for pid in update["content"][0]["content"]["text"].split()]
    demo.notify("session/cancel", sessionId=session)
    assert demo.answer(turn)["result"]["stopReason"] == "cancelled"
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)
    assert demo.tools()[0]["status"] == "failed"


def test_a_client_that_does_not_read_can_still_cancel(demo: DemoProcess) -> None:
    """The pipe is full when the cancellation comes; it ends as soon as somebody reads."""
    session = demo.new()
    turn = demo.start(session, "flood: 1000000")
    demo.until("agent_message_chunk")
    demo.notify("session/cancel", sessionId=session)
    assert demo.answer(turn)["result"]["stopReason"] == "cancelled"
    assert len(demo.updates("agent_message_chunk")) < 1_000_000


def test_cancelling_when_nothing_runs_does_nothing(demo: DemoProcess, cwd: Path) -> None:
    session = demo.new()
    demo.notify("session/cancel", sessionId=session)
    assert demo.run(session, "write: a.txt x")["stopReason"] == "end_turn"
    assert (cwd / "a.txt").exists()
