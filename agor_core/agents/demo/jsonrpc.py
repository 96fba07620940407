"""JSON-RPC 2.0 over two descriptors, one message a line (https://www.jsonrpc.org/specification)."""

import itertools
import json
import os
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_FOUND = -32002
"""ACP's "resource not found"."""


class RpcError(Exception):
    """An error answer; ``data`` is details for the client."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class OpenRequest:
    """A request to the client; ``settled`` is set when it is answered or given up."""

    def __init__(self) -> None:
        self.settled = threading.Event()
        self.result: Any = None
        self.error: Any = None


class Connection:
    """Sends from any thread; receives in the thread that calls :meth:`serve`."""

    def __init__(self, source: BinaryIO, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._writing = threading.Lock()
        self._ids = itertools.count(1)
        self._questions: dict[str, OpenRequest] = {}

    def notify(self, method: str, params: dict[str, Any]) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def answer(self, identifier: Any, result: Any) -> None:
        self._send({"jsonrpc": "2.0", "id": identifier, "result": result})

    def refuse(self, identifier: Any, error: RpcError) -> None:
        shown = {"code": error.code, "message": error.message}
        if error.data is not None:
            shown["data"] = error.data
        self._send({"jsonrpc": "2.0", "id": identifier, "error": shown})

    def ask(self, method: str, params: dict[str, Any]) -> OpenRequest:
        """Send a request; the caller waits for the question to be settled."""
        identifier = f"demo-{next(self._ids)}"
        question = self._questions[identifier] = OpenRequest()
        self._send({"jsonrpc": "2.0", "id": identifier, "method": method, "params": params})
        return question

    def write_line(self, line: bytes) -> None:
        """Write a whole line. Raises BrokenPipeError if the client is gone."""
        data = memoryview(line + b"\n")
        with self._writing:
            while data:
                data = data[os.write(self._sink, data) :]

    def serve(self, handle: Callable[[Any, str, dict[str, Any]], None]) -> None:
        """Read until the end of input; ``handle`` gets id (None: a notification), method and params."""
        for line in self._source:
            if line.strip():
                self._receive(line, handle)

    def _receive(self, line: bytes, handle: Callable[[Any, str, dict[str, Any]], None]) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return self.refuse(None, RpcError(PARSE_ERROR, "This line is not JSON."))
        if not isinstance(message, dict):
            return self.refuse(None, RpcError(INVALID_REQUEST, "A message is an object."))
        if isinstance(method := message.get("method"), str):
            params = message.get("params")
            return handle(message.get("id"), method, params if isinstance(params, dict) else {})
        if "result" in message or "error" in message:
            return self._settle(message)
        return self.refuse(message.get("id"), RpcError(INVALID_REQUEST, "Neither a request nor an answer."))

    def _settle(self, message: dict[str, Any]) -> None:
        identifier = message.get("id")
        question = self._questions.pop(identifier, None) if isinstance(identifier, str) else None
        if question is not None:
            question.result, question.error = message.get("result"), message.get("error")
            question.settled.set()

    def _send(self, message: dict[str, Any]) -> None:
        self.write_line(json.dumps(message, separators=(",", ":")).encode("ascii"))
