"""Long answers on their way to readers that may be slow: sent in pieces, and bounded together.

An answer is held in memory once, whatever the reader; a reader that takes no piece for a minute is cut off.
"""

import asyncio
import contextlib
from collections.abc import Iterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from agor_core.errors import Unavailable

PIECE = 256 * 1024
"""Bytes; a shorter answer is sent at once."""
MOST_WAITING = 64 * 1024 * 1024
"""Bytes of all long answers that are being sent; one is sent whatever its length."""
PIECE_SECONDS = 60.0


class LongAnswers:
    """Sends answers, and counts the bytes of long ones until their last piece is written."""

    def __init__(self) -> None:
        self.waiting = 0

    async def send(self, answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
        """Send an answer. Raises Unavailable, before anything is sent, if too much waits for other readers."""
        if len(answer.body) <= PIECE or scope["method"] == "HEAD":
            await answer(scope, receive, send)
            return
        with self._held(len(answer.body)):
            await self._in_pieces(answer, scope, send)

    async def _in_pieces(self, answer: Response, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
        body = memoryview(answer.body)
        for start in range(0, len(body), PIECE):
            more = start + PIECE < len(body)
            piece = {"type": "http.response.body", "body": bytes(body[start : start + PIECE]), "more_body": more}
            try:
                async with asyncio.timeout(PIECE_SECONDS):
                    await send(piece)
            except TimeoutError:
                scope["state"]["visit"].abort()
                return

    @contextlib.contextmanager
    def _held(self, size: int) -> Iterator[None]:
        if self.waiting and self.waiting + size > MOST_WAITING:
            raise Unavailable("Too many long answers wait for their readers; ask for shorter ones, or again later.")
        self.waiting += size
        try:
            yield
        finally:
            self.waiting -= size
