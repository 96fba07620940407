"""Writes and reads that are tried again while the store is busy, full or out of reach."""

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
"""Seconds; each pause is twice the one before."""


async def write(store: Store, work: Callable[[Writer], T]) -> T:
    """Write, however long it takes: an agent's work must not get lost. Raises StoreClosed."""
    return await _retried(lambda: store.write(work))


async def read(store: Store, work: Callable[[Reader], T]) -> T:
    """Read, however long it takes: a store that is away for a moment must not fail a turn. Raises StoreClosed."""
    return await _retried(lambda: store.read(work))


async def read_many(store: Store, work: Callable[[Reader], T]) -> T:
    """Like :func:`read`, for many records."""
    return await _retried(lambda: store.read_many(work))


async def _retried(attempt: Callable[[], Awaitable[T]]) -> T:
    pause = FIRST_PAUSE
    while True:
        try:
            return await attempt()
        except StoreClosed:
            raise
        except Unavailable as error:
            cause = getattr(error.__cause__, "orig", error.__cause__)
            _log.warning("the store is not available, trying again: %s (%r)", error, cause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
