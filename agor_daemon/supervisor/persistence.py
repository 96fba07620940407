"""Writes that have to succeed: tried again while the store is busy or the disk is full."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.errors import Unavailable

T = TypeVar("T")
_log = logging.getLogger("agor.supervisor")
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


async def keep(store: Store, work: Callable[[Writer], T]) -> T:
    """Write, and go on trying for as long as the store says "not now"; what an agent did must not get lost."""
    pause = FIRST_PAUSE
    while True:
        try:
            return await store.write(work)
        except Unavailable as error:
            _log.warning("the store takes no write now, trying again: %s", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
