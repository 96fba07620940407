"""Long answers on their way to readers that may be slow: sent in pieces, and bounded together.

An answer is held in memory once, whatever the reader; a reader that takes no piece for a minute is cut off.
"""

import asyncio
import contextlib
from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agor_core.errors import Unavailable

PIECE = 256 * 1024
"""Bytes; a shorter answer is sent at once."""
MOST_WAITING = 64 * 1024 * 1024
"""Bytes of all long answers that are being sent; one is sent whatever its length."""
PIECE_SECONDS = 60.0


class LongAnswers:
    """Passes an application's answers on, the long ones in pieces, whose bytes are counted until the last is written.

    An answer that would be too much is refused with Unavailable before anything is sent.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "HEAD":
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def bounded(message: Message) -> None:
            """Hold the start back until it is known how long the body is."""
            held.append(message)
            if message["type"] == "http.response.start":
                return
            start_and_body = held[:]
            held.clear()
            with self._counted(len(message.get("body", b""))):
                for one in start_and_body:
                    await _in_pieces(one, scope, send)

        await self._app(scope, receive, bounded)

    @contextlib.contextmanager
    def _counted(self, size: int) -> Iterator[None]:
        if size <= PIECE:
            yield
            return
        if self.waiting and self.waiting + size > MOST_WAITING:
            raise Unavailable("Too many long answers wait for their readers; ask for shorter ones, or again later.")
        self.waiting += size
        try:
            yield
        finally:
            self.waiting -= size


async def _in_pieces(message: Message, scope: Scope, send: Send) -> None:
    """Send a message, a long body in pieces; abort the connection if its reader takes no piece in time."""
    body = memoryview(message.get("body", b""))
    if len(body) <= PIECE:
        await send(message)
        return
    for start in range(0, len(body), PIECE):
        more = start + PIECE < len(body) or message.get("more_body", False)
        try:
            async with asyncio.timeout(PIECE_SECONDS):
                await send({**message, "body": bytes(body[start : start + PIECE]), "more_body": more})
        except TimeoutError:
            scope["state"]["visit"].abort()
            return
