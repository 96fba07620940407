"""A copy of the database each day while the daemon runs; damage of the database is seen there."""

import asyncio
import logging
from pathlib import Path

from agor_core.clock import Clock
from agor_core.db import copies
from agor_core.errors import AgorError

FIRST_AFTER = 60.0
EVERY = 3600.0
"""Seconds between two questions whether a copy is due."""
logger = logging.getLogger(__name__)


class DailyBackups:
    """``faults`` are those that the last copy of this run showed."""

    def __init__(self, url: str, into: Path, clock: Clock) -> None:
        self.faults: tuple[str, ...] = ()
        self._url = url
        self._into = into
        self._clock = clock

    async def run(self) -> None:
        """Make a copy whenever one is due, until this is cancelled."""
        await asyncio.sleep(FIRST_AFTER)
        while True:
            await self.once()
            await asyncio.sleep(EVERY)

    async def once(self) -> None:
        """Make a copy if one is due. What fails is logged."""
        try:
            if await asyncio.to_thread(copies.due, self._url, self._into, self._clock):
                self.faults = tuple(await asyncio.to_thread(copies.make_daily, self._url, self._into, self._clock))
        except (AgorError, OSError) as error:
            logger.warning("the daily copy of the database could not be made: %s", error)
        for fault in self.faults:
            logger.error("the database is damaged: %s", fault)
