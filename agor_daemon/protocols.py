"""The protocols of a connection: uvicorn's for HTTP and WebSocket, with bounds on what a caller may send, and when."""

import asyncio
import logging
import re
from asyncio.transports import BaseTransport

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from agor_core.errors import AgorError, InvalidInput
from agor_daemon import error_responses
from agor_daemon.access.admission import Visit

LONGEST_HEAD = 64 * 1024
"""Bytes of the address and all headers of a request."""
HEAD_SECONDS = 10.0
"""Seconds from the start of a connection over TCP to the first byte, and from that to the end of the headers."""
REQUEST_SECONDS = 60.0
"""Seconds from the end of the headers to the last byte of the body."""
LINGER_SECONDS = 1.0
"""Seconds in which an answer can be read by a caller that still sends a body which nobody wants."""
RELEASED_SECONDS = 15.0

ABSOLUTE = re.compile(rb"[a-z][a-z0-9+.-]*://([^/?#]*)", re.IGNORECASE)
logger = logging.getLogger(__name__)
requests = logging.getLogger("uvicorn.error.requests")
"""uvicorn's logger for requests; malformed ones are the caller's fault and would fill the log."""
requests.setLevel(logging.ERROR)


class BoundedHttp(HttpToolsProtocol):
    """Bounds the length of the head, which is held in memory before access is checked, and the time of a request."""

    _head_bytes = 0
    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.logger = requests
        super().connection_made(transport)
        self.visit.abort = transport.abort
        if not self.visit.caller.over_socket:
            self._set_limit(HEAD_SECONDS)

    @property
    def visit(self) -> Visit:
        """The counted connection, and who called."""
        visit: Visit = self.app_state["visit"]
        return visit

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        self._set_limit(HEAD_SECONDS)
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._lift_limit()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lift_limit()
        self.visit.end()
        super().connection_lost(exc)

    def on_url(self, url: bytes) -> None:
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(name, value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Turn a target in the absolute form (RFC 9112, 3.2.2) into the origin form.

        Its host must be the header's; if they differ, the header is emptied, so that the request is refused.
        """
        self._set_limit(REQUEST_SECONDS)
        if absolute := ABSOLUTE.match(self.url):
            target = self.url[absolute.end() :]
            self.url = target if target.startswith(b"/") else b"/" + target
            host = absolute[1].lower()
            self.headers[:] = [
                (name, b"" if name == b"host" and value.lower() != host else value) for name, value in self.headers
            ]
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Cut off a body that still comes although the answer is given, once its sender could read that."""
        super().on_response_complete()
        if self.cycle.more_body and not self.transport.is_closing():
            self.transport.write_eof()
            self._lift_limit()
            self._limit = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        if self._head_bytes > LONGEST_HEAD:
            msg = f"The address and the headers are longer than {LONGEST_HEAD:,} bytes."
        self.transport.write(malformed(msg, self.server_state.default_headers))
        self.transport.close()

    def _set_limit(self, seconds: float) -> None:
        self._lift_limit()
        self._limit = self.loop.call_later(seconds, self.transport.close)

    def _lift_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _count(self, *parts: bytes) -> None:
        """Count bytes of the head; an error raised here makes uvicorn answer 400 and close."""
        self._head_bytes += sum(map(len, parts))
        if self._head_bytes > LONGEST_HEAD:
            raise ValueError(f"The head is longer than {LONGEST_HEAD} bytes.")


class FeedProtocol(WebSocketsSansIOProtocol):
    """Gives the application its connection, so that it can release a client that does not read."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": self}

    def connection_lost(self, exc: Exception | None) -> None:
        visit: Visit = self.app_state["visit"]
        visit.end()
        super().connection_lost(exc)

    async def send(self, message: ASGISendEvent) -> None:
        """Mark the handshake as complete after a refusal; uvicorn would report it as missing otherwise."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True

    def data_received(self, data: bytes) -> None:
        """Answer a head that is too long for the library; uvicorn would not answer at all."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(malformed(f"{self.conn.handshake_exc}.", self.default_headers))
            self.transport.close()

    def release(self) -> None:
        """Let the close frame be queued behind unread data, and abort the connection after RELEASED_SECONDS."""
        self.writable.set()
        self.loop.call_later(RELEASED_SECONDS, self.transport.abort)


def malformed(message: str, headers: list[tuple[bytes, bytes]]) -> bytes:
    """The whole HTTP answer to a malformed request, with a Failure as its body."""
    logger.debug("malformed request", extra={"reason": message})
    return last_answer(InvalidInput(message), headers)


def last_answer(error: AgorError, headers: list[tuple[bytes, bytes]]) -> bytes:
    """An error as the whole HTTP answer before a connection is closed."""
    answer = error_responses.response(error)
    own = [*answer.raw_headers, (b"connection", b"close")]
    lines = b"".join(b"%s: %s\r\n" % header for header in (*headers, *own))
    return STATUS_LINE[answer.status_code] + lines + b"\r\n" + bytes(answer.body)
