"""The hub: broadcasts every committed change to the clients that follow it, and never waits for one of them."""

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
"""All recent frames fit into an empty outbox."""
BOOKMARK_SECONDS = 15.0
PAGE = 500


class FeedPage(NamedTuple):
    """Rows of the log, complete up to the number ``reached``; there may be ``more`` after it.

    ``reason`` says why the log cannot be read from the cursor (``foreign`` or ``expired``); None if it can.
    """

    rows: Sequence[FeedRow]
    reached: int
    reason: str | None
    more: bool = False


class Hub:
    """The followers of the feed, and its most recent frames.

    The recent frames close the gap between the log, which is read in another thread, and the live stream: a client
    that has read the log up to one of them continues from there without the store.
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
        """A hub that is told of every commit and sends bookmarks, until the context ends."""
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
        """The number of followers."""
        return len(self._live) + len(self._joining)

    @property
    def cursor(self) -> Cursor:
        """The cursor of the last published change."""
        return self.cursor_at(self.last)

    def cursor_at(self, seq: int) -> Cursor:
        """The cursor of a number in this store's log."""
        return Cursor(self._store.epoch, seq)

    def publish(self, rows: Sequence[FeedRow]) -> None:
        """Broadcast committed rows; called in the event loop, in the feed's order.

        Without followers nothing is encoded; a client that joins then reads the log.
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
        """Broadcast live text to live followers."""
        if self._live:
            self._broadcast(frames.delta(delta))

    def enter(self, outbox: Outbox) -> None:
        """Register a client, which is not live yet."""
        if self._closed:
            outbox.end(CLOSE_GOING_AWAY, drop=True)
        self._joining.add(outbox)

    def join(self, outbox: Outbox) -> bool:
        """Make a client live from its position on, at once; False if it first has to read more of the log."""
        if outbox.position < self.last:
            if not self._recent or outbox.position < (self._recent[0].seq or 0) - 1:
                return False
            if not all(outbox.offer(frame) for frame in self._recent):
                outbox.end(CLOSE_TOO_SLOW, drop=True)
        self._joining.discard(outbox)
        self._live.add(outbox)
        return True

    def leave(self, outbox: Outbox) -> None:
        """Unregister a client."""
        self._joining.discard(outbox)
        self._live.discard(outbox)
        if not self.count():
            self._empty.set()

    async def page(self, cursor: Cursor, services: Iterable[str] | None, limit: int) -> FeedPage:
        """The rows of the log after a cursor, at most ``limit``, and fewer where they are long."""
        wanted = None if services is None else sorted(services)

        def work(reader: Reader) -> FeedPage:
            if (reason := feed_log.resync_reason(reader, cursor)) is not None:
                return FeedPage((), feed_log.head(reader), reason)
            rows, more = feed_log.page(reader, cursor.seq, wanted, limit)
            return FeedPage(rows, rows[-1].seq if more else feed_log.head(reader), None, more)

        return await self._store.read_many(work)

    def close(self) -> None:
        """End all clients with 1001; queued frames of the live ones are still sent."""
        self._closed = True
        for outbox in self._live:
            outbox.end(CLOSE_GOING_AWAY)
        for outbox in self._joining:
            outbox.end(CLOSE_GOING_AWAY, drop=True)

    async def disconnect_all(self, seconds: float) -> None:
        """Close, and wait at most ``seconds`` until the clients have taken their queued frames."""
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
        """Advance the cursors of clients past changes that their selection excludes."""
        text = frames.control(Bookmark(cursor=str(self.cursor)))
        for outbox in self._live:
            if outbox.announced < self.last:
                outbox.put(text, self.last)

    async def _bookmarks(self) -> None:
        while True:
            await asyncio.sleep(BOOKMARK_SECONDS)
            self.bookmark()
