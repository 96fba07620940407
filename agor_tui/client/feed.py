"""The feed as its readers take it: an iterator of frames that survives the daemon's restarts."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from agor_core.config.paths import Paths
from agor_core.errors import AgorError, InvalidInput
from agor_core.wire.codec import frame
from agor_core.wire.failure import Failure
from agor_core.wire.feed import Bookmark, Change, Delta, Frame, Hello, Resync
from agor_tui.client import launch
from agor_tui.client.connection import NOT_ANSWERING, connect
from agor_tui.client.errors import DaemonError, NoDaemon, NotAnswering

CONNECT_SECONDS = 10.0
RETURN_SECONDS = 20.0
"""How long a reader without the means to start the daemon waits for its return."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
SAID_GOODBYE = frozenset({1000, 1001, 1012})
"""Close codes of a daemon that stops in good order."""
LARGEST_FRAME = 64 * 1024 * 1024

_UNHEARD = logging.getLogger(f"{__name__}.websockets")
"""What the library would say of a break with a traceback is said here in one sentence."""
_UNHEARD.addHandler(logging.NullHandler())
_UNHEARD.propagate = False


@dataclass(frozen=True, slots=True)
class Connected:
    """The feed runs, for the first time or again."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The feed broke off; it is being taken up again."""

    reason: str


def follow(paths: Paths, *, since: str | None = None, services: Sequence[str] = ()) -> Generator[Frame]:
    """The frames of the feed, for ever, each change once; the first is the Hello from which nothing is missed.

    After a break it goes on from the last cursor, with another Hello. A daemon that crashed is started again; one
    that was stopped is waited for. Raises NoDaemon if it does not come back, DaemonError if it refuses.
    """
    from websockets.sync.client import unix_connect

    cursor = since
    lost: float | None = None
    pause = FIRST_PAUSE
    while True:
        stopped = False
        try:
            opened = unix_connect(
                sock=connect(paths, CONNECT_SECONDS),
                uri=_address(cursor, services),
                legacy=True,
                compression=None,
                open_timeout=CONNECT_SECONDS,
                close_timeout=1,
                max_size=LARGEST_FRAME,
                logger=_UNHEARD,
            )
            with opened as socket:
                for data in socket:
                    received = _decoded(data)
                    cursor = _cursor_after(received, cursor)
                    lost, pause = None, FIRST_PAUSE
                    yield received
            stopped = True
        except InvalidStatus as refusal:
            if refusal.response.status_code < 500:
                raise DaemonError(_refused(refusal)) from None
        except ConnectionClosed as closed:
            stopped = closed.rcvd is not None and closed.rcvd.code in SAID_GOODBYE
        except (InvalidHandshake, EOFError, OSError):
            pass
        except NotAnswering:
            raise
        except NoDaemon:
            if lost is None and cursor == since:
                raise
            stopped = True
        now = time.monotonic()
        lost = now if lost is None else lost
        if not stopped:
            launch.start(paths)
        elif now - lost > RETURN_SECONDS:
            raise NoDaemon("The daemon was stopped and has not come back; start it with: agor daemon start")
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def stream(
    paths: Paths, *, since: str | None = None, services: Sequence[str] = ()
) -> AsyncGenerator[Frame | Connected | Lost]:
    """The frames of the feed for ever, with word of every break and return; starts the daemon whenever it is gone.

    Between a Lost and the next Connected nothing is missed: it goes on from the last cursor, and a Resync says when
    that is not possible.
    """
    from websockets.asyncio.client import unix_connect

    cursor = since
    pause = FIRST_PAUSE
    while True:
        try:
            plain = await asyncio.to_thread(connect, paths, CONNECT_SECONDS)
            plain.setblocking(False)
            async with unix_connect(
                sock=plain,
                uri=_address(cursor, services),
                compression=None,
                open_timeout=CONNECT_SECONDS,
                close_timeout=1,
                max_size=LARGEST_FRAME,
                logger=_UNHEARD,
            ) as socket:
                yield Connected()
                async for data in socket:
                    received = _decoded(data)
                    cursor = _cursor_after(received, cursor)
                    pause = FIRST_PAUSE
                    yield received
            reason = "The daemon is stopping."
        except InvalidStatus as refusal:
            reason = _refused(refusal).message
        except TimeoutError:
            reason = NOT_ANSWERING
        except (ConnectionClosed, InvalidHandshake, EOFError, OSError):
            reason = "The connection to the daemon broke."
        except AgorError as error:
            reason = error.message
        yield Lost(reason)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
        with contextlib.suppress(AgorError):  # the next turn says what is wrong
            await asyncio.to_thread(launch.start, paths)


def _address(cursor: str | None, services: Sequence[str]) -> str:
    query = {}
    if cursor is not None:
        query["since"] = cursor
    if services:
        query["service"] = ",".join(services)
    return f"ws://localhost/feed?{urlencode(query)}" if query else "ws://localhost/feed"


def _decoded(data: str | bytes) -> Frame:
    try:
        return frame(data)
    except InvalidInput:
        raise DaemonError(
            Failure(
                name="GeneralError",
                message="The daemon's feed sends something that this version does not know.",
                code=502,
                class_name="general-error",
            )
        ) from None


def _cursor_after(received: Frame, cursor: str | None) -> str | None:
    match received:
        case Hello() | Change() | Bookmark() | Resync():
            return received.cursor
        case Delta():
            return cursor


def _refused(refusal: InvalidStatus) -> Failure:
    body = refusal.response.body or b""
    try:
        return msgspec.json.decode(body, type=Failure)
    except msgspec.DecodeError:
        return Failure(
            name="GeneralError",
            message=f"The daemon refuses the feed with status {refusal.response.status_code}.",
            code=refusal.response.status_code,
            class_name="general-error",
        )
