"""Writes that have to succeed: tried again while the store is busy, full or out of reach."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.errors import StoreClosed, Unavailable

T = TypeVar("T")
_log = logging.getLogger("agor.supervisor")
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


async def keep(store: Store, work: Callable[[Writer], T]) -> T:
    """Write, and go on trying for as long as the store says "not now"; what an agent did must not get lost.

    Raises StoreClosed.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return await store.write(work)
        except StoreClosed:
            raise
        except Unavailable as error:
            cause = getattr(error.__cause__, "orig", error.__cause__)
            _log.warning("the store takes no write now, trying again: %s (%r)", error, cause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
