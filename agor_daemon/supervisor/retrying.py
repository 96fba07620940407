"""What has to succeed in the store: tried again while it is busy, full or out of reach."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.errors import StoreClosed, Unavailable

T = TypeVar("T")
_log = logging.getLogger("agor.supervisor")
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


async def write(store: Store, work: Callable[[Writer], T]) -> T:
    """Write, for as long as it takes: what an agent did must not get lost. Raises StoreClosed."""
    return await _insist(lambda: store.write(work))


async def read(store: Store, work: Callable[[Reader], T]) -> T:
    """Read, for as long as it takes: no turn fails as the store is away for a moment. Raises StoreClosed."""
    return await _insist(lambda: store.read(work))


async def _insist(attempt: Callable[[], Awaitable[T]]) -> T:
    pause = FIRST_PAUSE
    while True:
        try:
            return await attempt()
        except StoreClosed:
            raise
        except Unavailable as error:
            cause = getattr(error.__cause__, "orig", error.__cause__)
            _log.warning("the store answers nothing now, trying again: %s (%r)", error, cause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
