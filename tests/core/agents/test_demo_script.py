"""What each verb of the demo agent's script does."""

from pathlib import Path

import pytest

from agor_core.agents.demo.script import VERBS, parse
from agor_core.agents.demo.verbs import VERBS as PERFORMED
from tests.builders.demo_process import DemoProcess, gone


def test_every_verb_is_performed() -> None:
    assert set(PERFORMED) | {"ask"} == VERBS


def test_lines() -> None:
    lines = [
        (line.verb, line.argument) for line in parse("  SAY:  hi there \r\n\n\t\nNote: no verb\nstep:\nplain\nrun:a:b")
    ]
    assert lines == [("say", "hi there"), (None, "Note: no verb"), ("step", ""), (None, "plain"), ("run", "a:b")]


def test_say_and_think_come_in_pieces_of_one_message(demo: DemoProcess) -> None:
    session = demo.new()
    text = "one two three four five six seven eight nine"
    demo.run(session, f"say: {text}\\n\\nten\nsay: again\nthink: {text}")
    said, thought = demo.updates("agent_message_chunk"), demo.updates("agent_thought_chunk")
    assert len(said) > 3
    assert demo.said() == f"{text}\n\nten\nagain"
    assert len({update["messageId"] for update in said}) == 2
    assert len({update["messageId"] for update in thought}) == 1
    assert "".join(update["content"]["text"] for update in thought) == text


def test_a_plan_moves_by_steps_alone(demo: DemoProcess) -> None:
    session = demo.new()
    demo.run(session, "plan: A | B |  | C\nstep:")
    demo.run(session, "step:\nstep:\nstep:")
    plans = [[(entry["content"], entry["status"]) for entry in update["entries"]] for update in demo.updates("plan")]
    assert plans == [
        [("A", "in_progress"), ("B", "pending"), ("C", "pending")],
        [("A", "completed"), ("B", "in_progress"), ("C", "pending")],
        [("A", "completed"), ("B", "completed"), ("C", "in_progress")],
        [("A", "completed"), ("B", "completed"), ("C", "completed")],
    ]


def test_a_command_that_succeeds(demo: DemoProcess, cwd: Path) -> None:
    demo.run(demo.new(), "run: pwd; echo oops >&2")
    [call] = demo.tools()
    assert (call["kind"], call["status"], call["title"]) == ("execute", "completed", "pwd; echo oops >&2")
    assert call["rawInput"] == {"command": "pwd; echo oops >&2"}
    assert call["content"][0]["content"]["text"] == f"{cwd}\noops\n"
    assert call["rawOutput"] == {"exit_code": 0}


@pytest.mark.parametrize(
    ("command", "ending"),
    [("exit 3", "[exit code 3]"), ("kill -9 $$", "[killed by signal 9]"), ("no-such-program", "127")],
)
def test_a_command_that_fails_does_not_end_the_turn(demo: DemoProcess, command: str, ending: str) -> None:
    result = demo.run(demo.new(), f"run: {command}\nsay: on we go")
    assert result["stopReason"] == "end_turn"
    [call] = demo.tools()
    assert call["status"] == "failed"
    assert ending in call["content"][0]["content"]["text"]
    assert demo.said() == "on we go"


def test_a_command_gets_no_input_and_leaves_nothing_running(demo: DemoProcess) -> None:
    demo.run(demo.new(), "run: cat; sleep 1000 & echo $!")
    [call] = demo.tools()
    assert call["status"] == "completed"
    pid = int(call["content"][0]["content"]["text"])
    assert gone(pid)


def test_output_arrives_while_a_command_runs(demo: DemoProcess, cwd: Path) -> None:
    session = demo.new()
    turn = demo.start(session, "run: echo first; while ! test -e go; do sleep 0.05; done; echo second")
    update = demo.until("tool_call_update")
    assert update["status"] == "in_progress"
    assert update["content"][0]["content"]["text"] == "first\n"
    (cwd / "go").touch()
    demo.answer(turn)
    assert demo.tools()[0]["content"][0]["content"]["text"] == "first\nsecond\n"


def test_much_output_is_cut_at_the_front(demo: DemoProcess) -> None:
    demo.run(demo.new(), "run: seq 1 300000; echo THE END")
    text = demo.tools()[0]["content"][0]["content"]["text"]
    assert len(text) < 500_000
    assert "bytes cut]" in text.partition("\n")[0]
    assert text.endswith("THE END\n")


def test_flood(demo: DemoProcess) -> None:
    demo.run(demo.new(), "flood: 5000")
    chunks = demo.updates("agent_message_chunk")
    assert len(chunks) == 5000
    assert demo.said().startswith("chunk 0 of 5000\n")
    assert chunks[-1]["content"]["text"] == "chunk 4999 of 5000\n"
    assert len({chunk["messageId"] for chunk in chunks}) == 1


def test_stderr(demo: DemoProcess) -> None:
    demo.run(demo.new(), "stderr: 300001")
    demo.process.stdin.close()
    demo.ends()
    demo._threads[1].join()
    assert len(demo.stderr) == 300_001


def test_garbage_is_a_line_that_is_not_json(demo: DemoProcess) -> None:
    assert demo.run(demo.new(), "garbage:\nsay: sorry")["stopReason"] == "end_turn"
    assert len(demo.garbage) == 1
    assert demo.said() == "sorry"
    thought = "".join(update["content"]["text"] for update in demo.updates("agent_thought_chunk"))
    assert "not JSON" in thought, "who reads the conversation sees what happened"


def test_fail_is_an_error_answer(demo: DemoProcess) -> None:
    session = demo.new()
    error = demo.answer(demo.start(session, "say: well\nfail: the model is overloaded\nsay: never"))["error"]
    assert error == {"code": -32603, "message": "the model is overloaded"}
    assert demo.said() == "well"
    assert demo.run(session, "say: fine again")["stopReason"] == "end_turn"


@pytest.mark.parametrize(("argument", "code"), [("7", 7), ("", 0), ("0", 0), ("256", 0)])
def test_exit(demo: DemoProcess, argument: str, code: int) -> None:
    demo.start(demo.new(), f"exit: {argument}")
    assert demo.ends() == code


@pytest.mark.parametrize("line", ["sleep: long", "flood: many", "stderr: nan", "exit: inf"])
def test_a_number_that_is_none_is_said(demo: DemoProcess, line: str) -> None:
    assert demo.run(demo.new(), line)["stopReason"] == "end_turn"
    assert "takes a number" in demo.said()


def test_sleep(demo: DemoProcess) -> None:
    assert demo.run(demo.new(), "sleep: 0.01\nsleep: -5\nsay: awake")["stopReason"] == "end_turn"
    assert demo.said() == "awake"


def test_text_in_a_script_is_answered_in_a_sentence(demo: DemoProcess) -> None:
    demo.run(demo.new(), "say: first\nPlease: be kind")
    assert "“Please: be kind”" in demo.said()


def test_a_prompt_without_a_script_gets_an_introduction(demo: DemoProcess, cwd: Path) -> None:
    (cwd / "shop.py").touch()
    (cwd / "tests").mkdir()
    before = sorted(cwd.iterdir())
    demo.run(demo.new(), "Fix the login page, please.")
    said = demo.said()
    assert "2 entries: `shop.py`, `tests/`" in said
    assert "demo agent" in said
    assert "without a model" in said
    assert "agor agent list" in said
    assert [entry["status"] for entry in demo.updates("plan")[-1]["entries"]] == ["completed"] * 2
    assert [call["kind"] for call in demo.tools()] == ["read"]
    assert sorted(cwd.iterdir()) == before


def test_an_empty_prompt_is_no_error(demo: DemoProcess) -> None:
    session = demo.new()
    assert demo.result("session/prompt", sessionId=session, prompt=[])["stopReason"] == "end_turn"
    assert demo.run(session, "  \n ")["stopReason"] == "end_turn"


def test_content_blocks_are_joined(demo: DemoProcess) -> None:
    blocks = [
        {"type": "text", "text": "say: one"},
        {"type": "resource", "resource": {"uri": "file:///a", "text": "say: two"}},
        {"type": "resource_link", "uri": "file:///b", "name": "b"},
        {"type": "image", "data": "", "mimeType": "image/png"},
    ]
    demo.result("session/prompt", sessionId=demo.new(), prompt=blocks)
    assert demo.said().startswith("one\ntwo\n")
    assert "[b](file:///b)" in demo.said()


def test_usage_counts_words(demo: DemoProcess) -> None:
    result = demo.run(demo.new(), "say: one two three four")
    assert result["usage"] == {"inputTokens": 5, "outputTokens": 4, "totalTokens": 9}
    assert demo.updates("usage_update")[-1]["cost"] == {"amount": 0.0, "currency": "USD"}


def test_odd_text_survives(demo: DemoProcess) -> None:
    session = demo.new()
    demo.run(
        session, "say: \ud800 \x00 é 🙂\nwrite: odd.txt \ud800🙂\nwrite: \ud800 x\nrun: echo \ud800\nrun: echo \x00"
    )
    assert "🙂" in demo.said()
    assert [call["status"] for call in demo.tools()] == ["completed", "failed", "failed", "failed"]
    assert demo.run(session, "recall:")["stopReason"] == "end_turn"
