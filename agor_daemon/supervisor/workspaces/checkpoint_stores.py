"""The stores of checkpoints, one a repo, under ``objects`` in the home; opened when a repo is first used."""

import asyncio
import logging
import shutil
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from agor_core.errors import AgorError
from agor_core.git import packing, removed_work
from agor_core.git.files import SizeLimits, common_directory, is_there
from agor_core.git.legacy_refs import take_over
from agor_core.git.object_store import ObjectStore, existing_store, open_store
from agor_core.git.refs import REMOVED, checkpoint_refs, refs_below
from agor_core.ids import RepoId

_log = logging.getLogger("agor.supervisor")


class CheckpointStores:
    """Opens and remembers stores; ``limits`` bound what one checkpoint takes in, ``budget`` the bytes of a store."""

    def __init__(self, root: Path, limits: SizeLimits, budget: int) -> None:
        self.limits = limits
        self.budget = budget
        self._root = root
        self._open: dict[RepoId, ObjectStore] = {}
        self._opening: defaultdict[RepoId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._taking: Counter[RepoId] = Counter()
        self._collecting: dict[RepoId, asyncio.Task[None]] = {}

    async def of(self, repo_id: RepoId, repo: Path) -> ObjectStore:
        """The store of a repo, made if there is none; ``repo`` is any folder of its working trees, or itself if bare.

        At its first use, and after the repository was moved, checkpoints of earlier versions are taken over.
        Raises GitFailed.
        """
        async with self._opening[repo_id]:
            store = self._open.get(repo_id)
            if store is None or not await asyncio.to_thread(_lends, store, repo):
                store = await open_store(self._path(repo_id), repo)
                await _take_over(store, repo)
                self._open[repo_id] = store
            return store

    @asynccontextmanager
    async def taking(self, repo_id: RepoId, repo: Path) -> AsyncIterator[ObjectStore]:
        """The store while a checkpoint is taken: nothing is dropped from it. A collection that runs is ended first."""
        async with self.holding(repo_id):
            yield await self.of(repo_id, repo)

    @asynccontextmanager
    async def holding(self, repo_id: RepoId) -> AsyncIterator[None]:
        """Nothing is dropped from the store meanwhile. A collection that runs is ended first."""
        self._taking[repo_id] += 1
        try:
            if (collecting := self._collecting.get(repo_id)) is not None:
                collecting.cancel()
                await asyncio.wait({collecting})
            yield
        finally:
            self._taking[repo_id] -= 1

    async def collect(self, repo_id: RepoId, store: ObjectStore) -> bool:
        """Drop what no checkpoint needs; False where that has to wait for a checkpoint. Raises GitFailed."""
        if self._taking[repo_id] or repo_id in self._collecting:
            return False
        doing = self._collecting[repo_id] = asyncio.create_task(packing.collect(store), name=f"agor collect {repo_id}")
        try:
            await asyncio.wait({doing})
        finally:
            doing.cancel()
            await asyncio.wait({doing})
            del self._collecting[repo_id]
        if doing.cancelled():
            return False
        doing.result()
        return True

    async def expire_removed(self, now: datetime) -> None:
        """Let go of what forced removals discarded long ago, in every store. Raises GitFailed."""
        for path in await asyncio.to_thread(lambda: sorted(self._root.glob("*.git"))):
            if (store := existing_store(path)) is not None:
                await removed_work.expire(store, now)

    async def remove_unknown(self, known: Collection[RepoId]) -> None:
        """Remove the stores of repos that are no more, as far as nothing is kept in them. Raises GitFailed."""
        for path in await asyncio.to_thread(lambda: sorted(self._root.glob("*.git"))):
            store = existing_store(path)
            if path.stem in known or store is None:
                continue
            if not await checkpoint_refs(store) and not await refs_below(store, REMOVED):
                await asyncio.to_thread(shutil.rmtree, path)

    def existing(self, repo_id: RepoId) -> ObjectStore | None:
        """The store of a repo whose repository is gone; None if none was made."""
        return self._open.get(repo_id) or existing_store(self._path(repo_id))

    def _path(self, repo_id: RepoId) -> Path:
        return self._root / f"{repo_id}.git"


async def _take_over(store: ObjectStore, repo: Path) -> None:
    """Take over old checkpoints. A failure is logged and retried at the next start; until then they are borrowed."""
    try:
        moved = await take_over(store, repo)
    except (AgorError, OSError) as error:
        _log.warning("checkpoints of an earlier version are still in %s: %s", repo, error)
    else:
        if moved:
            _log.info("took over %d checkpoints of an earlier version from %s", moved, repo)


def _lends(store: ObjectStore, repo: Path) -> bool:
    """Whether it is still this repository that the store shares objects with."""
    top = next((folder for folder in (repo, *repo.parents) if is_there(folder / ".git")), None)
    try:
        shared = repo if top is None else common_directory(top)
        return store.lender.is_dir() and store.lender.samefile(shared / "objects")
    except (AgorError, OSError):
        return False
