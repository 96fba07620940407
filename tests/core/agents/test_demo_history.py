"""What the demo agent remembers: loading, resuming, listing, forking, and surviving a sudden death."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders.demo_process import DemoProcess

Start = Callable[..., DemoProcess]


def _fork(demo: DemoProcess, session: str, message_id: str | None = None) -> str:
    meta: dict[str, Any] = {}
    if message_id is not None:
        meta = {"_meta": {"jetbrains": {"air": {"fork": {"version": 1, "messageId": message_id}}}}}
    return demo.result("session/fork", sessionId=session, cwd=str(demo.cwd), mcpServers=[], **meta)["sessionId"]


def _recalled(demo: DemoProcess, session: str) -> list[str]:
    demo.run(session, "recall:")
    return demo.said(session).rpartition("I remember")[2].splitlines()[1:]


def test_recall_says_every_prompt_in_order(demo: DemoProcess) -> None:
    session = demo.new()
    demo.run(session, "say: one")
    demo.run(session, "say: two\nsay: three")
    assert _recalled(demo, session) == ["1. say: one", "2. say: two", "say: three", "3. recall:"]


def test_load_tells_the_history_again(start_demo: Start) -> None:
    first = start_demo()
    session = first.new()
    first.answers["May I?"] = "allow_once"
    first.run(
        session, "think: hm\nsay: one two three four five\nplan: A | B\nask: May I?\nwrite: a.txt hello\nflood: 2000"
    )
    second = start_demo()
    second.result("session/load", sessionId=session, cwd=str(second.cwd), mcpServers=[])
    replayed = second.updates()
    assert replayed[0]["sessionUpdate"] == "user_message_chunk"
    assert replayed[0]["content"]["text"].startswith("think: hm")
    assert second.said() == first.said()
    assert second.tools() == first.tools()
    assert second.updates("plan") == first.updates("plan")
    assert len(second.updates("agent_message_chunk")) == 2, "pieces of one message are joined"
    assert {update["messageId"] for update in second.updates("agent_message_chunk")} == {
        update["messageId"] for update in first.updates("agent_message_chunk")
    }


def test_resume_remembers_without_telling(start_demo: Start) -> None:
    first = start_demo()
    session = first.new()
    first.run(session, "say: one")
    second = start_demo()
    assert second.error("session/prompt", sessionId=session, prompt=[])["code"] == -32002
    second.result("session/resume", sessionId=session, cwd=str(second.cwd), mcpServers=[])
    assert second.updates() == []
    assert _recalled(second, session) == ["1. say: one", "2. recall:"]


def test_a_killed_turn_keeps_its_prompt_and_what_was_said(start_demo: Start) -> None:
    first = start_demo()
    session = first.new()
    first.run(session, "say: before")
    first.start(session, "say: in the middle of it\nhang:")
    while "middle of it" not in first.said():
        first.next()
    message_id = first.updates("agent_message_chunk")[-1]["messageId"]
    first.process.kill()
    first.ends()
    second = start_demo()
    second.result("session/load", sessionId=session, cwd=str(second.cwd), mcpServers=[])
    assert "in the middle" in second.said()
    assert _recalled(second, session) == ["1. say: before", "2. say: in the middle of it", "hang:", "3. recall:"]
    assert _recalled(second, _fork(second, session, message_id))[-1] == "3. recall:"


def test_a_torn_line_is_skipped(start_demo: Start, tmp_path: Path) -> None:
    first = start_demo()
    session = first.new()
    first.run(session, "say: one")
    with (tmp_path / "history" / f"{session}.jsonl").open("ab") as file:
        file.write(b'{"type":"prompt","te')
    second = start_demo()
    second.result("session/resume", sessionId=session, cwd=str(second.cwd), mcpServers=[])
    second.run(session, "say: two")
    third = start_demo()
    assert _recalled(third, _fork(third, session)) == ["1. say: one", "2. say: two", "3. recall:"]


def test_a_fork_knows_all_and_goes_its_own_way(demo: DemoProcess) -> None:
    source = demo.new()
    demo.run(source, "say: shared")
    fork = _fork(demo, source)
    assert fork != source
    demo.run(fork, "say: mine")
    demo.run(source, "say: yours")
    assert _recalled(demo, fork) == ["1. say: shared", "2. say: mine", "3. recall:"]
    assert _recalled(demo, source) == ["1. say: shared", "2. say: yours", "3. recall:"]


def test_a_fork_at_an_earlier_message_ends_with_its_turn(start_demo: Start) -> None:
    demo = start_demo()
    source = demo.new()
    marks = []
    for n in range(3):
        demo.run(source, f"say: begin {n}\nsay: end {n}")
        marks.append(demo.updates("agent_message_chunk")[-2]["messageId"])
    other = start_demo()
    for n, mark in enumerate(marks):
        fork = _fork(other, source, mark)
        prompts = [line for line in _recalled(other, fork) if line[1:3] == ". "]
        assert prompts == [*(f"{k + 1}. say: begin {k}" for k in range(n + 1)), f"{n + 2}. recall:"]
    again = _fork(other, _fork(other, source, marks[1]), marks[0])
    assert _recalled(other, again) == ["1. say: begin 0", "say: end 0", "2. recall:"]
    error = other.error(
        "session/fork",
        sessionId=source,
        cwd=str(other.cwd),
        _meta={"jetbrains": {"air": {"fork": {"version": 1, "messageId": "unknown"}}}},
    )
    assert error["code"] == -32602


def test_a_fork_in_the_middle_of_a_turn(start_demo: Start) -> None:
    demo = start_demo()
    source = demo.new()
    demo.start(source, "say: working\nhang:")
    demo.until("agent_message_chunk")
    assert _recalled(demo, _fork(demo, source)) == ["1. say: working", "hang:", "2. recall:"]
    other = start_demo()
    assert _recalled(other, _fork(other, source)) == ["1. say: working", "hang:", "2. recall:"]


def test_the_list(start_demo: Start, tmp_path: Path) -> None:
    demo = start_demo()
    assert demo.result("session/list") == {"sessions": []}
    first, second = demo.new(), demo.new()
    demo.run(first, "say: hello\nsay: more")
    listed = start_demo().result("session/list")["sessions"]
    assert {one["sessionId"]: one["title"] for one in listed} == {first: "say: hello", second: None}
    assert all(one["cwd"] == str(demo.cwd) and one["updatedAt"].endswith("Z") for one in listed)
    assert demo.result("session/list", cwd=str(tmp_path)) == {"sessions": []}


@pytest.mark.parametrize(
    ("block", "remembered"),
    [
        ({"_meta": {"agor.history": True}}, ["1. say: one", "2. run: touch x"]),
        ({"annotations": {"agor.history": True}}, ["1. say: one", "2. run: touch x"]),
        ({"annotations": {"_meta": {"agor.history": True}}}, ["1. say: one", "2. run: touch x"]),
        ({"_meta": {"agor.history": ["a\nb", "c"]}}, ["1. a", "b", "2. c"]),
    ],
)
def test_a_transcript_is_remembered_and_not_executed(
    start_demo: Start, cwd: Path, block: dict[str, Any], remembered: list[str]
) -> None:
    demo = start_demo()
    session = demo.new()
    text = "User: say: one\nAssistant: one\nUser: run: touch x\nTool: touch x"
    blocks = [{"type": "text", "text": text, **block}, {"type": "text", "text": "say: now"}]
    demo.result("session/prompt", sessionId=session, prompt=blocks)
    assert demo.said() == "now"
    assert not (cwd / "x").exists()
    other = start_demo()
    last = [
        f"{len([line for line in remembered if line[1:3] == '. ']) + n}. {text}"
        for n, text in ((1, "say: now"), (2, "recall:"))
    ]
    assert _recalled(other, _fork(other, session)) == [*remembered, *last]


def test_a_transcript_alone_is_acknowledged(demo: DemoProcess) -> None:
    block = {"type": "text", "text": "User: hello", "_meta": {"agor.history": True}}
    result = demo.result("session/prompt", sessionId=demo.new(), prompt=[block])
    assert result["stopReason"] == "end_turn"
    assert "1 prompt" in demo.said()


def test_a_history_that_cannot_be_written_is_an_error(tmp_path: Path, cwd: Path) -> None:
    (tmp_path / "file").touch()
    with DemoProcess(tmp_path / "file" / "history", cwd) as demo:
        error = demo.error("session/new", cwd=str(cwd), mcpServers=[])
        assert error["code"] == -32603
        assert "history" in error["message"]
