"""What waits for one client: bounded, so that a client that does not read costs nobody else anything."""

import asyncio
from collections import deque

from agor_daemon.feed.frames import EncodedFrame
from agor_daemon.feed.selection import Selection

MOST_FRAMES = 1_000
MOST_CHARACTERS = 4_000_000
FRAMES_BEFORE_DELTAS_DROP = 500
"""Live text is not promised; a client that misses some sees it by the offset and fetches the message."""


class Outbox:
    """Frames on their way to one client that is told of a ``selection``.

    ``position`` is the place in the feed up to which everything has been put in or passed over, ``told`` the last that
    the client was told of. ``code`` is the WebSocket close code once it is over: nothing more is taken then.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.position = 0
        self.told = 0
        self.code: int | None = None
        self._waiting: deque[str] = deque()
        self._characters = 0
        self._news = asyncio.Event()
        self.ended = asyncio.Event()

    def start(self, position: int) -> None:
        """Everything up to a place in the feed is known to the client, or was never for it."""
        self.position = self.told = position

    def offer(self, frame: EncodedFrame) -> bool:
        """Put in a frame that the client follows and has not seen; False when there is no room for it."""
        if frame.seq is not None:
            if frame.seq <= self.position:
                return True
            self.position = frame.seq
        if not self.selection.takes(frame):
            return True
        if frame.seq is None and len(self._waiting) >= FRAMES_BEFORE_DELTAS_DROP:
            return True
        return self.put(frame.text, frame.seq)

    def put(self, text: str, seq: int | None) -> bool:
        """Put in an encoded frame that tells of ``seq``; False when there is no room. One alone always has room."""
        if self.code is not None:
            return True
        if self._waiting and (len(self._waiting) >= MOST_FRAMES or self._characters + len(text) > MOST_CHARACTERS):
            return False
        if seq is not None:
            self.told = seq
        self._waiting.append(text)
        self._characters += len(text)
        self._news.set()
        return True

    def end(self, code: int, *, drop: bool = False) -> None:
        """Take nothing more; ``drop`` forgets what waits, otherwise it still goes out."""
        if self.code is None:
            self.code = code
        if drop:
            self._waiting.clear()
            self._characters = 0
            self.ended.set()
        self._news.set()

    async def take(self) -> str | None:
        """The next frame, when there is one; None at the end."""
        while not self._waiting:
            if self.code is not None:
                return None
            self._news.clear()
            await self._news.wait()
        text = self._waiting.popleft()
        self._characters -= len(text)
        return text
