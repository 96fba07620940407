"""The demo agent asks only where its script says so, and for the next line."""

from pathlib import Path

import pytest

from agor_core.agents.acp import AcpAdapter
from tests.builders.demo_process import DemoProcess

SCRIPT = "ask: May I?\nwrite: a.txt hello\nsay: the end"


def test_allowed(demo: DemoProcess, cwd: Path) -> None:
    demo.answers["May I?"] = "allow_once"
    assert demo.run(demo.new(), SCRIPT)["stopReason"] == "end_turn"
    assert (cwd / "a.txt").read_text() == "hello"
    [call] = demo.tools()
    assert (call["status"], call["title"]) == ("completed", "Write a.txt")
    statuses = [update.get("status") for update in demo.updates() if update["sessionUpdate"].startswith("tool_call")]
    assert statuses == ["pending", "in_progress", "completed"]


def test_what_is_asked(demo: DemoProcess, cwd: Path) -> None:
    demo.answers["May I?"] = "allow_once"
    demo.run(demo.new(), SCRIPT)
    [request] = [message for message in demo.received if message.get("method") == "session/request_permission"]
    tool, options = AcpAdapter().approval_of(request["params"])
    assert (tool.title, tool.kind, tool.locations) == ("May I?", "edit", (str(cwd / "a.txt"),))
    assert tool.input == {"path": "a.txt", "content": "hello"}
    assert tool.call_id == demo.tools()[0]["toolCallId"]
    assert [option.kind for option in options] == ["allow_once", "allow_always", "reject_once"]


def test_denied_skips_the_line_and_says_so(demo: DemoProcess, cwd: Path) -> None:
    demo.answers["May I?"] = "reject_once"
    assert demo.run(demo.new(), SCRIPT)["stopReason"] == "end_turn"
    assert not (cwd / "a.txt").exists()
    assert demo.tools()[0]["status"] == "failed"
    said = demo.said().splitlines()
    assert "skip" in said[0]
    assert said[-1] == "the end"


def test_a_cancelled_request_cancels_the_turn(demo: DemoProcess, cwd: Path) -> None:
    demo.answers["May I?"] = "cancelled"
    assert demo.run(demo.new(), SCRIPT)["stopReason"] == "cancelled"
    assert not (cwd / "a.txt").exists()
    assert demo.tools()[0]["status"] == "failed"


def test_allowed_for_good_is_remembered_per_verb_and_session(demo: DemoProcess, cwd: Path) -> None:
    demo.answers["May I?"] = "allow_always"
    session = demo.new()
    demo.run(session, SCRIPT)
    demo.answers["May I?"] = "reject_once"
    demo.run(session, "ask: May I?\nwrite: b.txt hello\nask: May I?\nrun: touch c.txt")
    assert (cwd / "b.txt").exists()
    assert not (cwd / "c.txt").exists()
    demo.run(demo.new(), "ask: May I?\nwrite: d.txt hello")
    assert not (cwd / "d.txt").exists()


@pytest.mark.parametrize(("choice", "said"), [("allow_once", ["go"]), ("reject_once", [])])
def test_asking_before_a_line_that_is_no_tool_call(demo: DemoProcess, choice: str, said: list[str]) -> None:
    demo.answers["Shall I?"] = choice
    demo.run(demo.new(), "ask: Shall I?\nsay: go")
    assert [line for line in demo.said().splitlines() if "skip" not in line] == said
    assert demo.tools()[0]["status"] == ("completed" if said else "failed")


def test_asking_at_the_end_of_a_script(demo: DemoProcess) -> None:
    demo.answers["Well?"] = "reject_once"
    assert demo.run(demo.new(), "ask: Well?")["stopReason"] == "end_turn"


@pytest.mark.parametrize("answer", [None, {}, {"outcome": {"outcome": "selected", "optionId": "no such"}}])
def test_an_answer_that_makes_no_sense_denies(demo: DemoProcess, cwd: Path, answer: object) -> None:
    turn = demo.start(demo.new(), SCRIPT)
    while (message := demo.next()).get("method") != "session/request_permission":
        pass
    demo.respond(message["id"], answer)
    assert demo.answer(turn)["result"]["stopReason"] == "end_turn"
    assert not (cwd / "a.txt").exists()
