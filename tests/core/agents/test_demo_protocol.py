"""The demo agent's side of JSON-RPC and of the protocol's session methods."""

import contextlib
import signal
import subprocess
import sys

import pytest

from agor_core import __version__
from tests.builders.demo_process import DemoProcess, gone


def test_it_introduces_itself(demo: DemoProcess) -> None:
    answer = demo.result("initialize", protocolVersion=1, clientCapabilities={})
    assert answer["protocolVersion"] == 1
    assert answer["agentInfo"]["name"] == "demo"
    assert answer["agentInfo"]["version"] == __version__
    assert answer["agentCapabilities"]["loadSession"] is True
    assert set(answer["agentCapabilities"]["sessionCapabilities"]) == {"list", "resume", "fork", "close"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"this is not JSON", -32700),
        (b'{"jsonrpc": "2.0", "id": 7', -32700),
        (b"[" * 100_000, -32700),
        (b"\xff\xfe", -32700),
        (b"[1, 2]", -32600),
        (b'{"jsonrpc":"2.0","id":7}', -32600),
        (b'{"jsonrpc":"2.0","id":7,"method":"session/dance","params":{}}', -32601),
        (b'{"jsonrpc":"2.0","id":7,"method":"session/new","params":[]}', -32602),
        (b'{"jsonrpc":"2.0","id":7,"method":"session/new","params":{"cwd":"not/absolute"}}', -32602),
        (b'{"jsonrpc":"2.0","id":7,"method":"session/new","params":{"cwd":"/\\u0000"}}', -32602),
        (b'{"jsonrpc":"2.0","id":7,"method":"session/prompt","params":{"sessionId":"none","prompt":[]}}', -32002),
        (b'{"jsonrpc":"2.0","id":7,"method":"session/load","params":{"sessionId":"../x","cwd":"/"}}', -32002),
        (b'{"jsonrpc":"2.0","id":7,"method":"session/fork","params":{"sessionId":"none","cwd":"/"}}', -32002),
        (b'{"jsonrpc":"2.0","id":7,"method":"session/close","params":{"sessionId":"none"}}', -32002),
    ],
)
def test_a_bad_line_is_answered_and_survived(demo: DemoProcess, line: bytes, code: int) -> None:
    demo.line(line)
    answer = demo.next()
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]
    assert answer["id"] in (None, 7)
    assert demo.run(demo.new(), "say: still here")["stopReason"] == "end_turn"


def test_what_needs_no_answer_gets_none(demo: DemoProcess) -> None:
    demo.line(b"")
    demo.line(b'{"jsonrpc":"2.0","id":"unknown","result":{}}')
    demo.notify("something/else")
    demo.notify("session/cancel", sessionId="none")
    demo.notify("session/prompt", sessionId="none", prompt=[])
    demo.result("initialize", protocolVersion=1)
    assert len(demo.received) == 1


def test_one_turn_at_a_time_in_a_session(demo: DemoProcess) -> None:
    session = demo.new()
    first = demo.start(session, "say: on it\nhang:")
    demo.until("agent_message_chunk")
    error = demo.error("session/prompt", sessionId=session, prompt=[{"type": "text", "text": "say: me too"}])
    assert error["code"] == -32600
    assert "running" in error["message"]
    demo.notify("session/cancel", sessionId=session)
    assert demo.answer(first)["result"]["stopReason"] == "cancelled"
    assert demo.run(session, "recall:")["stopReason"] == "end_turn"
    assert "me too" not in demo.said()


def test_several_sessions_work_at_once(demo: DemoProcess) -> None:
    one, other = demo.new(), demo.new()
    waiting = demo.start(one, "hang:")
    assert demo.run(other, "say: meanwhile")["stopReason"] == "end_turn"
    assert demo.said(other) == "meanwhile"
    demo.notify("session/cancel", sessionId=one)
    assert demo.answer(waiting)["result"]["stopReason"] == "cancelled"


def test_modes(demo: DemoProcess) -> None:
    modes = demo.result("session/new", cwd=str(demo.cwd), mcpServers=[])
    session = modes["sessionId"]
    assert modes["modes"]["currentModeId"] == "auto"
    assert {mode["id"] for mode in modes["modes"]["availableModes"]} == {"auto", "ask"}
    demo.result("session/set_mode", sessionId=session, modeId="ask")
    assert demo.updates("current_mode_update")[-1]["currentModeId"] == "ask"
    assert demo.error("session/set_mode", sessionId=session, modeId="yolo")["code"] == -32602
    again = demo.result("session/load", sessionId=session, cwd=str(demo.cwd), mcpServers=[])
    assert again["modes"]["currentModeId"] == "auto"


def test_a_closed_session_ends_its_turn_and_can_be_loaded_again(demo: DemoProcess) -> None:
    session = demo.new()
    turn = demo.start(session, "say: a\nhang:")
    demo.until("agent_message_chunk")
    demo.result("session/close", sessionId=session)
    assert demo.answer(turn)["result"]["stopReason"] == "cancelled"
    assert demo.error("session/prompt", sessionId=session, prompt=[])["code"] == -32002
    demo.result("session/resume", sessionId=session, cwd=str(demo.cwd), mcpServers=[])
    assert demo.run(session, "say: back")["stopReason"] == "end_turn"


def test_the_end_of_input_ends_it_and_its_children(demo: DemoProcess) -> None:
    demo.start(demo.new(), "run: echo $$; sleep 1000 & wait")
    child = _output_pid(demo)
    demo.process.stdin.close()
    assert demo.ends() == 0
    assert gone(child)


def test_a_signal_ends_it_and_its_children(demo: DemoProcess) -> None:
    demo.start(demo.new(), "run: echo $$; sleep 1000")
    child = _output_pid(demo)
    demo.process.send_signal(signal.SIGTERM)
    assert demo.ends() == 128 + signal.SIGTERM
    assert gone(child)


def test_its_sudden_death_ends_its_children(demo: DemoProcess) -> None:
    demo.start(demo.new(), "run: echo $$; sleep 1000")
    child = _output_pid(demo)
    demo.process.kill()
    assert gone(child)


def test_a_client_that_reads_no_more_ends_it(demo: DemoProcess) -> None:
    """Its output is closed at the other end while it talks."""
    reader = subprocess.Popen(["head", "-c", "10"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    other = subprocess.Popen(
        [sys.executable, "-P", "-m", "agor_core.agents.demo"], stdin=subprocess.PIPE, stdout=reader.stdin
    )
    reader.stdin.close()
    for _ in range(3):
        try:
            other.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\n')
            other.stdin.flush()
        except BrokenPipeError:
            break
        reader.wait()
    assert other.wait(20) == 0
    with contextlib.suppress(BrokenPipeError):
        other.stdin.close()


def test_it_loads_nothing_heavy() -> None:
    program = (
        "import agor_core.agents.demo.__main__, sys;"
        "print([m for m in ('asyncio','pydantic','msgspec','acp','subprocess','sqlalchemy') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def _output_pid(demo: DemoProcess) -> int:
    while True:
        update = demo.until("tool_call_update")
        if update.get("content"):
            return int(update["content"][0]["content"]["text"].split()[0])
