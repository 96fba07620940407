"""The hub: hands every committed change to every client that follows it, and never waits for one of them."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import NamedTuple

from agor_core.db import feed_log
from agor_core.db.connections import Reader
from agor_core.db.feed_log import FeedRow
from agor_core.db.store import Store
from agor_core.wire.feed import CLOSE_TOO_SLOW, Bookmark, Cursor, Delta
from agor_daemon.feed import frames
from agor_daemon.feed.frames import EncodedFrame
from agor_daemon.feed.outbox import MOST_CHARACTERS, MOST_FRAMES, Outbox

CLOSE_GOING_AWAY = 1001
RECENT_FRAMES = MOST_FRAMES // 2
RECENT_CHARACTERS = MOST_CHARACTERS // 2
"""So that all recent frames fit into an empty outbox."""
BOOKMARK_SECONDS = 15.0
PAGE = 500


class FeedPage(NamedTuple):
    """Rows of the log, and the place up to which they are all that there is.

    ``reason`` says why the log cannot be read from where it was asked for (``foreign``, ``expired``); None: it can.
    """

    rows: Sequence[FeedRow]
    reached: int
    reason: str | None


class Hub:
    """Who follows the feed, and the last frames of it.

    The recent frames close the gap between the log, which is read in another thread, and the live stream: a client
    that has read up to one of them goes on from there without the store.
    """

    def __init__(self, store: Store, head: int) -> None:
        self._store = store
        self.last = head
        self._recent: deque[EncodedFrame] = deque()
        self._recent_characters = 0
        self._joining: set[Outbox] = set()
        self._live: set[Outbox] = set()
        self._closed = False
        self._empty = asyncio.Event()

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, store: Store) -> AsyncIterator["Hub"]:
        """A hub that hears of every commit from here on, and sends its bookmarks."""
        hub = cls(store, (await store.head()).seq)
        unsubscribe = store.on_commit(hub.publish)
        bookmarks = asyncio.create_task(hub._bookmarks(), name="feed bookmarks")
        try:
            yield hub
        finally:
            unsubscribe()
            bookmarks.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await bookmarks
            hub.close()

    def count(self) -> int:
        """How many follow the feed."""
        return len(self._live) + len(self._joining)

    @property
    def cursor(self) -> Cursor:
        """The place of the last change that was handed out."""
        return self.cursor_at(self.last)

    def cursor_at(self, seq: int) -> Cursor:
        """A place of this store's feed."""
        return Cursor(self._store.epoch, seq)

    def publish(self, rows: Sequence[FeedRow]) -> None:
        """Hand out what was committed; called in the event loop, in the feed's order.

        While nobody follows there is nothing to encode: who comes then reads the log.
        """
        if not self.count():
            self.last = max(self.last, rows[-1].seq)
            self._recent.clear()
            self._recent_characters = 0
            return
        for row in rows:
            if row.seq <= self.last:
                continue
            frame = frames.change(self._store.epoch, row)
            self.last = row.seq
            self._remember(frame)
            self._broadcast(frame)

    def delta(self, delta: Delta) -> None:
        """Hand out live text, if somebody listens."""
        if self._live:
            self._broadcast(frames.delta(delta))

    def enter(self, outbox: Outbox) -> None:
        """Begin to look after a client; it is not live yet."""
        if self._closed:
            outbox.end(CLOSE_GOING_AWAY, drop=True)
        self._joining.add(outbox)

    def join(self, outbox: Outbox) -> bool:
        """Make a client live from its position on, in one step; False when it has to read the log further first."""
        if outbox.position < self.last:
            if not self._recent or outbox.position < (self._recent[0].seq or 0) - 1:
                return False
            if not all(outbox.offer(frame) for frame in self._recent):
                outbox.end(CLOSE_TOO_SLOW, drop=True)
        self._joining.discard(outbox)
        self._live.add(outbox)
        return True

    def leave(self, outbox: Outbox) -> None:
        """Look after a client no longer."""
        self._joining.discard(outbox)
        self._live.discard(outbox)
        if not self.count():
            self._empty.set()

    async def page(self, cursor: Cursor, services: Iterable[str] | None, limit: int) -> FeedPage:
        """What the log holds after a cursor, at most ``limit`` rows."""
        wanted = None if services is None else sorted(services)

        def work(reader: Reader) -> FeedPage:
            if (reason := feed_log.unknown(reader, cursor)) is not None:
                return FeedPage((), feed_log.head(reader), reason)
            rows = feed_log.since(reader, cursor.seq, services=wanted, limit=limit)
            return FeedPage(rows, rows[-1].seq if len(rows) == limit else feed_log.head(reader), None)

        return await self._store.read(work)

    def close(self) -> None:
        """Tell all clients that the daemon goes; what waits for those that are live still goes out."""
        self._closed = True
        for outbox in self._live:
            outbox.end(CLOSE_GOING_AWAY)
        for outbox in self._joining:
            outbox.end(CLOSE_GOING_AWAY, drop=True)

    async def disconnect_all(self, seconds: float) -> None:
        """Close, and give clients a moment to take what waits for them."""
        self.close()
        if not self.count():
            return
        self._empty.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), seconds)

    def _broadcast(self, frame: EncodedFrame) -> None:
        slow = [outbox for outbox in self._live if not outbox.offer(frame)]
        for outbox in slow:
            self._live.discard(outbox)
            outbox.end(CLOSE_TOO_SLOW, drop=True)

    def _remember(self, frame: EncodedFrame) -> None:
        self._recent.append(frame)
        self._recent_characters += frame.size
        while len(self._recent) > RECENT_FRAMES or self._recent_characters > RECENT_CHARACTERS:
            self._recent_characters -= self._recent.popleft().size

    def bookmark(self) -> None:
        """Move the cursors of clients that follow only some services, past changes that were not for them."""
        text = frames.control(Bookmark(cursor=str(self.cursor)))
        for outbox in self._live:
            if outbox.told < self.last:
                outbox.put(text, self.last)

    async def _bookmarks(self) -> None:
        while True:
            await asyncio.sleep(BOOKMARK_SECONDS)
            self.bookmark()
