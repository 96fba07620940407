"""The demo agent as a child process, driven by raw JSON-RPC lines."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

PATIENCE = 20.0
"""Seconds until a test gives up waiting."""

Message = dict[str, Any]


class DemoProcess:
    """Everything that came back is in ``received``, in order; lines that are not JSON are in ``garbage``."""

    def __init__(self, home: Path, cwd: Path, env: dict[str, str] | None = None) -> None:
        self.cwd = cwd
        self.received: list[Message] = []
        self.garbage: list[bytes] = []
        self.answers: dict[str, str | None] = {}
        self.stderr = bytearray()
        self._incoming: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._next_id = 0
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "agor_core.agents.demo"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, "AGOR_DEMO_HOME": str(home), **(env or {})},
            start_new_session=True,
        )
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._drain)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> "DemoProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    # Sending

    def line(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def send(self, method: str, **params: Any) -> int:
        """Send a request; its id."""
        self._next_id += 1
        self._send({"id": self._next_id, "method": method, "params": params})
        return self._next_id

    def notify(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def respond(self, identifier: Any, result: Any) -> None:
        self._send({"id": identifier, "result": result})

    def _send(self, message: Message) -> None:
        self.line(json.dumps({"jsonrpc": "2.0", **message}).encode())

    # Receiving

    def next(self) -> Message:
        """The next message; permission requests are answered by ``answers`` (question -> option id) where it says."""
        message = self._incoming.get(timeout=PATIENCE)
        assert message is not None, f"the demo ended with {self.process.wait()}: {self.stderr.decode()}"
        self.received.append(message)
        if message.get("method") == "session/request_permission":
            chosen = self.answers.get(message["params"]["toolCall"]["title"])
            if chosen == "cancelled":
                self.respond(message["id"], {"outcome": {"outcome": "cancelled"}})
            elif chosen is not None:
                self.respond(message["id"], {"outcome": {"outcome": "selected", "optionId": chosen}})
        return message

    def answer(self, identifier: int) -> Message:
        """The whole answer to a request."""
        for message in self.received:
            if message.get("id") == identifier and "method" not in message:
                return message
        while True:
            message = self.next()
            if message.get("id") == identifier and "method" not in message:
                return message

    def result(self, method: str, **params: Any) -> Any:
        """Send a request and wait for its result."""
        message = self.answer(self.send(method, **params))
        assert "result" in message, message
        return message["result"]

    def error(self, method: str, **params: Any) -> Message:
        """Send a request and wait for its error."""
        return self.answer(self.send(method, **params))["error"]

    # Sessions

    def new(self) -> str:
        return self.result("session/new", cwd=str(self.cwd), mcpServers=[])["sessionId"]

    def start(self, session: str, text: str) -> int:
        """Send a prompt; its id."""
        return self.send("session/prompt", sessionId=session, prompt=[{"type": "text", "text": text}])

    def run(self, session: str, text: str) -> Any:
        """A whole turn: its result."""
        return self.answer(self.start(session, text))["result"]

    def until(self, kind: str) -> Message:
        """The next update of a kind."""
        while True:
            if (update := update_of(self.next())).get("sessionUpdate") == kind:
                return update

    def updates(self, kind: str | None = None, session: str | None = None) -> list[Message]:
        """The updates received, of a kind, of a session."""
        return [
            update_of(message)
            for message in self.received
            if message.get("method") == "session/update"
            and kind in (None, update_of(message)["sessionUpdate"])
            and session in (None, message["params"]["sessionId"])
        ]

    def said(self, session: str | None = None) -> str:
        """All that it said, one message a line."""
        messages: dict[str, str] = {}
        for update in self.updates("agent_message_chunk", session):
            messages[update["messageId"]] = messages.get(update["messageId"], "") + update["content"]["text"]
        return "\n".join(messages.values())

    def tools(self) -> list[Message]:
        """The tool calls as they are after all updates."""
        calls: dict[str, Message] = {}
        for update in self.updates():
            if update["sessionUpdate"].startswith("tool_call"):
                calls.setdefault(update["toolCallId"], {}).update(update)
        return list(calls.values())

    def ends(self) -> int:
        """Wait for its end; the exit code."""
        return self.process.wait(PATIENCE)

    def _read(self) -> None:
        for line in self.process.stdout:
            try:
                self._incoming.put(json.loads(line))
            except ValueError:
                self.garbage.append(line)
        self._incoming.put(None)

    def _drain(self) -> None:
        while data := self.process.stderr.read1(65536):
            self.stderr += data


def update_of(message: Message) -> Message:
    return message["params"]["update"] if message.get("method") == "session/update" else {}


def gone(pid: int) -> bool:
    """Whether a process ends within the time a test waits for it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.01)
    return False
