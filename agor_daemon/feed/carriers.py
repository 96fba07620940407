"""What carries a stream of the feed to its client: a WebSocket, or an HTTP answer of server-sent events."""

import contextlib
import re
from typing import Any, Protocol

from starlette.types import Receive, Send

from agor_core.wire.feed import CLOSE_TOO_SLOW
from agor_daemon.feed.hub import CLOSE_GOING_AWAY

REASONS = {CLOSE_TOO_SLOW: "reconnect with the last cursor", CLOSE_GOING_AWAY: "the daemon is stopping"}
EVENT_STREAM = "text/event-stream"
_CURSOR = re.compile(r'\{"type":"(?!delta)[^{]*?"cursor":"([^"]*)"')


class ServerConnection(Protocol):
    """The server's side of one WebSocket, for a client that does not read."""

    def release(self) -> None:
        """Let the close frame be written although the client has not read what precedes it."""


class Visit(Protocol):
    """The connection of one HTTP request."""

    def abort(self) -> None:
        """Close it at once, whatever is unread."""


class Carrier(Protocol):
    """The way of frames to one client."""

    async def open(self) -> None:
        """Begin the answer."""

    async def text(self, frame: str) -> None:
        """Send a frame; waits while the client does not read."""

    async def left(self) -> None:
        """Return when the client is gone; what it sends is ignored."""

    async def close(self, code: int) -> None:
        """End the stream, also of a client that does not read."""


class WebSocket:
    """Each frame is a message; the close code says why it ended."""

    def __init__(self, receive: Receive, send: Send, connection: ServerConnection | None) -> None:
        self._receive = receive
        self._send = send
        self._connection = connection

    async def open(self) -> None:
        await self._send({"type": "websocket.accept"})

    async def text(self, frame: str) -> None:
        await self._send({"type": "websocket.send", "text": frame})

    async def left(self) -> None:
        while (await self._receive())["type"] != "websocket.disconnect":
            pass

    async def close(self, code: int) -> None:
        if self._connection is not None:
            self._connection.release()
        with contextlib.suppress(OSError):
            await self._send({"type": "websocket.close", "code": code, "reason": REASONS.get(code, "")})


class EventStream:
    """Each frame is the data of an event, whose id is the frame's cursor: a browser resumes by itself from there."""

    def __init__(self, receive: Receive, send: Send, visit: Visit) -> None:
        self._receive = receive
        self._send = send
        self._visit = visit

    async def open(self) -> None:
        headers = [(b"content-type", EVENT_STREAM.encode()), (b"cache-control", b"no-store")]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def text(self, frame: str) -> None:
        await self._body(event(frame), more_body=True)

    async def left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def close(self, code: int) -> None:
        if code == CLOSE_TOO_SLOW:
            self._visit.abort()
            return
        with contextlib.suppress(OSError):
            await self._body("", more_body=False)

    async def _body(self, text: str, **more: Any) -> None:
        await self._send({"type": "http.response.body", "body": text.encode(), **more})


def event(frame: str) -> str:
    """A frame as a server-sent event. A frame is one line, as JSON has no line break outside of its texts' escapes."""
    cursor = _CURSOR.match(frame)
    return f"data: {frame}\n\n" if cursor is None else f"id: {cursor[1]}\ndata: {frame}\n\n"
