"""Watch that the home of a running daemon stays the one that it was started on.

A home that was removed, replaced or restored over takes what is acknowledged along, and a store that another daemon
has taken is no longer ours, so the daemon answers nothing more and stops. The store watches the files of its database
itself; here it is asked each second, and the folder looked at.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from agor_core.config.paths import Paths
from agor_core.db.store import Store
from agor_core.db.store_holder import Hold
from agor_core.errors import StoreClosed, StoreLost, Unavailable

EVERY = 1.0
"""Seconds between two looks."""
logger = logging.getLogger(__name__)


class HomeWatch:
    """``lost`` is the sentence that says what happened, once it has; ``on_loss`` is then called with it."""

    def __init__(self, paths: Paths, store: Store, held: Hold, on_loss: Callable[[str], None]) -> None:
        self.lost: str | None = None
        self._home = paths.home
        self._places = {file: _place(file) for file in (paths.home, paths.lock)}
        self._store = store
        self._held = held
        self._on_loss = on_loss

    def check(self) -> None:
        """Raises StoreLost after the home was lost."""
        if self.lost is not None:
            raise StoreLost(self.lost)

    async def run(self) -> None:
        """Look until the home is lost."""
        while self.lost is None:
            await asyncio.sleep(EVERY)
            self.lost = await asyncio.to_thread(self._moved) or self._held.lost or await self._store_lost()
        logger.error("the daemon stops: %s", self.lost)
        self._on_loss(self.lost)

    def _moved(self) -> str | None:
        if all(_place(file) == place for file, place in self._places.items()):
            return None
        what = "was replaced" if self._home.exists() else "was removed"
        return f"The home {self._home} {what} while the daemon ran, which has stopped; start it again."

    async def _store_lost(self) -> str | None:
        """Ask the store by a transaction that writes nothing."""
        try:
            await self._store.write(lambda _: None)
        except StoreLost as error:
            return str(error)
        except (StoreClosed, Unavailable):
            return None
        return None


def _place(file: Path) -> tuple[int, int] | None:
    """Device and inode of what is there; None for a file that was not there, as the lock of a daemon in a test."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
