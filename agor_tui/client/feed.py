"""The feed as an iterator of frames that survives restarts of the daemon: one driver for threads, one for asyncio."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import dataclass

from agor_core.config.paths import Paths
from agor_core.errors import AgorError
from agor_core.wire.feed import Frame
from agor_tui.client import launch
from agor_tui.client.connection import connect
from agor_tui.client.feed_resumption import BREAKS, Resumption

CONNECT_SECONDS = 10.0
LARGEST_FRAME = 64 * 1024 * 1024

_SILENCED = logging.getLogger(f"{__name__}.websockets")
"""Drops the library's own log of a broken connection, a traceback; the caller gets one sentence."""
_SILENCED.addHandler(logging.NullHandler())
_SILENCED.propagate = False


@dataclass(frozen=True, slots=True)
class Connected:
    """The feed is connected, for the first time or again."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended; the feed is being resumed."""

    reason: str


def follow(paths: Paths, *, since: str | None = None, services: Sequence[str] = ()) -> Generator[Frame]:
    """Yield the frames of the feed without end, each change once, from ``since`` or from now.

    After a break it resumes at the last cursor, with another Hello. A daemon that crashed is started again, one that
    was stopped is waited for. Raises NoDaemon if it does not come back, DaemonError if it refuses.
    """
    from websockets.sync.client import unix_connect

    feed = Resumption(since, services)
    while True:
        ended: Exception | None = None
        try:
            with unix_connect(
                sock=connect(paths, CONNECT_SECONDS),
                uri=feed.address,
                legacy=True,
                compression=None,
                open_timeout=CONNECT_SECONDS,
                close_timeout=1,
                max_size=LARGEST_FRAME,
                logger=_SILENCED,
            ) as socket:
                for data in socket:
                    yield feed.received(data)
        except BREAKS as error:
            ended = error
        retry = feed.broke(ended, time.monotonic())
        time.sleep(retry.pause)
        if retry.start_daemon:
            launch.start(paths)


async def stream(
    paths: Paths, *, since: str | None = None, services: Sequence[str] = ()
) -> AsyncGenerator[Frame | Connected | Lost]:
    """Yield the frames of the feed without end, with every Lost and Connected; starts the daemon whenever it is gone.

    Between a Lost and the next Connected no change is missed: the feed resumes at the last cursor, and a Resync says
    when that is not possible.
    """
    from websockets.asyncio.client import unix_connect

    feed = Resumption(since, services, keep_alive=True)
    while True:
        ended: Exception | None = None
        try:
            plain = await asyncio.to_thread(connect, paths, CONNECT_SECONDS)
            plain.setblocking(False)
            async with unix_connect(
                sock=plain,
                uri=feed.address,
                compression=None,
                open_timeout=CONNECT_SECONDS,
                close_timeout=1,
                max_size=LARGEST_FRAME,
                logger=_SILENCED,
            ) as socket:
                yield Connected()
                async for data in socket:
                    yield feed.received(data)
        except BREAKS as error:
            ended = error
        retry = feed.broke(ended, time.monotonic())
        yield Lost(retry.reason)
        await asyncio.sleep(retry.pause)
        with contextlib.suppress(AgorError):  # the next connection gives the reason
            await asyncio.to_thread(launch.start, paths)
