"""A daemon that answers as it is told: HTTP and the feed's WebSocket over a Unix socket, with a ledger of calls."""

import base64
import contextlib
import hashlib
import json
import queue
import select
import socketserver
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from agor_core import __version__
from agor_core.config import pidfile
from agor_core.config.paths import Paths

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: list[tuple[str, str]]
    body: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Status:
    """An answer with this status instead of 200."""

    code: int
    body: Any


@dataclass(frozen=True)
class Raw:
    """An answer of bytes instead of JSON, in chunks; with ``broken`` the connection ends before its end."""

    data: bytes
    broken: bool = False


class Drop:
    """Instead of an answer or a frame: the connection breaks."""


@dataclass(frozen=True)
class Close:
    """Instead of a frame: a close frame with this code."""

    code: int


@dataclass
class ScriptedDaemon:
    """``answers`` maps ``METHOD /path`` to a value, a function of the call, or a list that is worn out to its last."""

    paths: Paths
    answers: dict[str, Any] = field(default_factory=dict)
    ledger: list[Call] = field(default_factory=list)
    frames: "queue.Queue[Any]" = field(default_factory=queue.Queue)
    feeds: list[Call] = field(default_factory=list)
    closed: bool = False
    hung: bool = False
    """Whether it reads nothing more of what a feed's client sends, as one that hangs."""

    def __enter__(self) -> "ScriptedDaemon":
        self.paths.home.mkdir(parents=True, exist_ok=True)
        self.paths.logs.mkdir(exist_ok=True)
        self.answers.setdefault("GET /health", health(self.paths))
        self.answers.setdefault("GET /disk", None)
        self._server = _Server(str(self.paths.socket), _Handler)
        self._server.daemon_behind = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        pidfile.write(
            self.paths.pid,
            pidfile.of_this_process(
                version=__version__, port=0, socket=str(self.paths.socket), started_at="2026-01-01T00:00:00.000Z"
            ),
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self.closed = True
        self._server.drop_all()
        self._server.server_close()
        self._thread.join()
        pidfile.remove_own(self.paths.pid)
        self.paths.socket.unlink(missing_ok=True)

    def answer(self, call: Call) -> Any:
        key = str(call)
        if key not in self.answers:
            return Status(404, failure(404, "NotFound", f"No answer is scripted for {key}."))
        value = self.answers[key]
        if isinstance(value, list) and value and isinstance(value[0], Status | Drop):
            value = value.pop(0) if len(value) > 1 else value[0]
        return value(call) if isinstance(value, Callable) else value  # type: ignore[arg-type]

    def calls(self) -> list[str]:
        return [str(call) for call in self.ledger]


def health(paths: Paths, **more: Any) -> dict[str, Any]:
    return {
        "status": "ok",
        "version": __version__,
        "schema": "1",
        "pid": 4242,
        "uptime": 61.0,
        "started_at": "2026-01-01T00:00:00.000Z",
        "home": str(paths.home),
        "port": 3030,
        "socket": str(paths.socket),
        "sessions_running": 1,
        "clients": 0,
        "memory_mb": 44.5,
        "log": str(paths.daemon_log),
        "database": "agor.db",
        **more,
    }


def failure(code: int, name: str, message: str, **errors: Any) -> dict[str, Any]:
    return {"name": name, "message": message, "code": code, "className": name.lower(), "errors": errors}


def page(*records: Any) -> dict[str, Any]:
    return {"total": len(records), "limit": 100, "skip": 0, "data": list(records)}


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = False
    block_on_close = True
    daemon_behind: ScriptedDaemon

    def __init__(self, *arguments: Any) -> None:
        self.open: set[Any] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def drop_all(self) -> None:
        for request in list(self.open):
            with contextlib.suppress(OSError):
                request.shutdown(2)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        behind = self.server.daemon_behind
        split = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        call = Call(self.command, unquote(split.path), parse_qsl(split.query), body)
        if self.headers.get("Upgrade", "").lower() == "websocket":
            behind.feeds.append(call)
            self._feed(behind)
            return
        behind.ledger.append(call)
        value = behind.answer(call)
        if isinstance(value, Drop):
            self.close_connection = True
            self.connection.shutdown(2)
            return
        if isinstance(value, Raw):
            self._send_raw(value)
            return
        status = value if isinstance(value, Status) else Status(200, value)
        data = json.dumps(status.body).encode()
        self.send_response(status.code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _send_raw(self, value: Raw) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/x-diff")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(value.data), value.data))
        if value.broken:
            self.close_connection = True
            self.connection.shutdown(2)
        else:
            self.wfile.write(b"0\r\n\r\n")

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the base class's names

    def _hears_something(self) -> bool:
        return bool(select.select([self.connection], [], [], 0)[0])

    def _feed(self, behind: ScriptedDaemon) -> None:
        key = self.headers["Sec-WebSocket-Key"]
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        self.close_connection = True
        while not behind.closed:
            if not behind.hung and self._hears_something():  # the client says goodbye, or is gone
                with contextlib.suppress(OSError):
                    self.connection.recv(65536)
                    self.connection.sendall(b"\x88\x00")
                return
            try:
                sent = behind.frames.get(timeout=0.02)
            except queue.Empty:
                continue
            if isinstance(sent, Drop):
                self.connection.shutdown(2)
                return
            if isinstance(sent, Close):
                self.wfile.write(b"\x88\x02" + struct.pack("!H", sent.code))
                self.wfile.flush()
                return
            self.wfile.write(_text_frame(json.dumps(sent).encode()))
            self.wfile.flush()


def _text_frame(data: bytes) -> bytes:
    size = len(data)
    if size < 126:
        return bytes([0x81, size]) + data
    if size < 65536:
        return b"\x81\x7e" + struct.pack("!H", size) + data
    return b"\x81\x7f" + struct.pack("!Q", size) + data
