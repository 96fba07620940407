"""Keep the stores of checkpoints small, while no turn runs."""

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

from agor_core.clock import Clock
from agor_core.db.store import Store
from agor_core.domain.repo import Repo
from agor_core.errors import AgorError
from agor_core.repositories import base
from agor_core.repositories.mappings import REPOS
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores
from agor_daemon.supervisor.workspaces.collecting import Collecting

FIRST_AFTER = 60.0
EVERY = 900.0
"""Seconds between two rounds."""
LOOK_EACH = 4
"""Rounds between two looks at the disk, which read the state of every worktree's files."""
_log = logging.getLogger("agor.supervisor")


class Housekeeping:
    """A task of its own that goes round the repos; ``busy`` says that a turn runs, and the rest has to wait.

    ``look`` notes the room that everything takes, now and then; ``expire`` forgets what was removed long ago.
    """

    def __init__(
        self,
        store: Store,
        stores: CheckpointStores,
        clock: Clock,
        busy: Callable[[], bool],
        look: Callable[[], Coroutine[Any, Any, object]] | None = None,
        expire: Callable[[datetime], Coroutine[Any, Any, object]] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._stores = stores
        self._collecting = Collecting(store, stores)
        self._busy = busy
        self._look = look
        self._expire = expire
        self._rounds: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Go round from now on."""
        self._rounds = asyncio.create_task(self._go_round(), name="agor housekeeping")

    async def close(self) -> None:
        """Stop at once; what was begun is left as it was."""
        if self._rounds is not None:
            self._rounds.cancel()
            await asyncio.wait({self._rounds})

    async def once(self) -> None:
        """One round: take over old checkpoints, pack, drop what is not needed. What fails is logged."""
        now = self._clock.now()
        if self._expire is not None:
            await self._logged(self._expire(now), "sessions that were removed long ago cannot be forgotten")
        await self._logged(self._stores.expire_removed(now), "what was removed long ago cannot be let go")
        repos = await self._store.read(lambda r: base.matching(r, REPOS))
        for repo in repos:
            if self._busy():
                return
            await self._logged(self._tend(repo), f"the checkpoints of {repo.slug} cannot be packed")
        known = {repo.repo_id for repo in repos}
        await self._logged(self._stores.remove_unknown(known), "stores of repos that are no more cannot be removed")

    async def _tend(self, repo: Repo) -> None:
        if not await asyncio.to_thread(Path(repo.local_path).is_dir):
            return
        await self._stores.of(repo.repo_id, Path(repo.local_path))
        await self._collecting.tend(repo)

    async def _logged(self, doing: Coroutine[Any, Any, object], problem: str) -> None:
        try:
            await doing
        except (AgorError, OSError) as error:
            _log.warning("%s: %s", problem, error)
        except Exception:  # noqa: BLE001 - logged; the next round tries again
            _log.exception("%s", problem)

    async def _go_round(self) -> None:
        await asyncio.sleep(FIRST_AFTER)
        for number in itertools.count():
            await self._logged(self.once(), "the stores of checkpoints cannot be tended")
            if self._look is not None and number % LOOK_EACH == 0 and not self._busy():
                await self._logged(self._look(), "the room on the disk cannot be looked at")
            await asyncio.sleep(EVERY)
