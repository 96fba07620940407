"""The feed as a stream: first the changes that the client missed, then the live ones, without gap or double."""

import asyncio

from agor_core import __version__
from agor_core.wire.feed import Cursor, Hello, Resync
from agor_daemon.feed import frames
from agor_daemon.feed.carriers import Carrier
from agor_daemon.feed.hub import PAGE, Hub
from agor_daemon.feed.outbox import Outbox
from agor_daemon.feed.query import FeedQuery
from agor_daemon.feed.selection import FeedSelection

FAILED = 1011


class Stream:
    """One client's stream of the feed."""

    def __init__(self, hub: Hub, query: FeedQuery, carrier: Carrier) -> None:
        self._hub = hub
        self._query = query
        self._carrier = carrier
        self._selection = FeedSelection(query.services, None if query.records is None else query.records.where)
        self._outbox = Outbox(self._selection)

    async def run(self) -> None:
        """Stream until the client leaves or does not read, or the daemon stops."""
        self._hub.enter(self._outbox)
        try:
            await self._carrier.open()
            await self._serve()
        finally:
            self._hub.leave(self._outbox)

    async def _serve(self) -> None:
        sending = asyncio.create_task(self._send_frames(), name="feed: send")
        leaving = asyncio.create_task(self._carrier.left(), name="feed: receive")
        cut = asyncio.create_task(self._outbox.ended.wait(), name="feed: cut")
        tasks = (sending, leaving, cut)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        error = None if sending.cancelled() else sending.exception()
        if error is not None and not isinstance(error, OSError):
            raise error
        if error is None and leaving.cancelled():
            await self._carrier.close(self._outbox.code or FAILED)

    async def _send_frames(self) -> None:
        cursor = self._query.since or self._hub.cursor
        known = cursor.epoch == self._hub.cursor.epoch and cursor.seq <= self._hub.last
        if known and self._joined(cursor.seq):
            await self._hello(cursor)
        else:
            await self._from_the_log(cursor)
        while (text := await self._outbox.take()) is not None:
            await self._carrier.text(text)

    async def _from_the_log(self, cursor: Cursor) -> None:
        """Send the changes of the log after the cursor, until the hub can take over."""
        greeted = False
        while True:
            page = await self._hub.page(cursor, self._query.services, PAGE)
            start = cursor if page.reason is None else self._hub.cursor_at(page.reached)
            if not greeted:
                await self._hello(start)
                greeted = True
            if page.reason is not None:
                await self._carrier.text(frames.control(Resync(reason=page.reason, cursor=str(start))))
            for row in page.rows:
                if self._selection.takes(frame := frames.change(start.epoch, row)):
                    await self._carrier.text(frame.text)
            if self._joined(page.reached):
                return
            cursor = self._hub.cursor_at(page.reached)

    def _joined(self, position: int) -> bool:
        self._outbox.start(position)
        return self._hub.join(self._outbox)

    async def _hello(self, start: Cursor) -> None:
        await self._carrier.text(frames.control(Hello(cursor=str(start), version=__version__)))
