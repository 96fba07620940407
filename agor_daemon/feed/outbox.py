"""The queue of frames for one client: bounded, so that a client that does not read costs the others nothing."""

import asyncio
from collections import deque

from agor_daemon.feed.frames import EncodedFrame
from agor_daemon.feed.selection import FeedSelection

MOST_FRAMES = 1_000
MOST_CHARACTERS = 4_000_000
FRAMES_BEFORE_DELTAS_DROP = 500
"""Live text may be dropped: a client notices by the offset and fetches the message."""


class Outbox:
    """Queued frames of one client, which follows a ``selection``.

    ``position`` is the number up to which every change was queued or skipped, ``announced`` the last one that a frame
    named. ``code`` is the WebSocket close code; once it is set, no frame is queued any more.
    """

    def __init__(self, selection: FeedSelection) -> None:
        self.selection = selection
        self.position = 0
        self.announced = 0
        self.code: int | None = None
        self._waiting: deque[str] = deque()
        self._characters = 0
        self._changed = asyncio.Event()
        self.ended = asyncio.Event()

    def start(self, position: int) -> None:
        """Begin at a number of the log; changes up to it are known to the client or not in its selection."""
        self.position = self.announced = position

    def offer(self, frame: EncodedFrame) -> bool:
        """Queue a frame that is new to the client and in its selection; False if there is no room for it."""
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
        """Queue the text of a frame that names ``seq``; False if there is no room. An empty queue takes any frame."""
        if self.code is not None:
            return True
        if self._waiting and (len(self._waiting) >= MOST_FRAMES or self._characters + len(text) > MOST_CHARACTERS):
            return False
        if seq is not None:
            self.announced = seq
        self._waiting.append(text)
        self._characters += len(text)
        self._changed.set()
        return True

    def end(self, code: int, *, drop: bool = False) -> None:
        """Queue no more frames; ``drop`` discards the queued ones, which are sent otherwise."""
        if self.code is None:
            self.code = code
        if drop:
            self._waiting.clear()
            self._characters = 0
            self.ended.set()
        self._changed.set()

    async def take(self) -> str | None:
        """Wait for the next frame; None at the end."""
        while not self._waiting:
            if self.code is not None:
                return None
            self._changed.clear()
            await self._changed.wait()
        text = self._waiting.popleft()
        self._characters -= len(text)
        return text
