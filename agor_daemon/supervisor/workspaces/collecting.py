"""Collecting the garbage of a repo's store: let go of what may go, pack the rest, stay within the budget."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from agor_core.db.store import Store
from agor_core.domain.collection import Collection
from agor_core.domain.repo import Repo
from agor_core.errors import Conflict
from agor_core.git import budget, packing, refs
from agor_core.git.object_store import ObjectStore
from agor_core.ids import TaskId
from agor_daemon.supervisor.workspaces import letting_go
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores
from agor_daemon.supervisor.workspaces.letting_go import Candidates, Refs

ROUNDS = 3
"""The room that checkpoints free is estimated: this often more of them go while there are too many bytes left."""
MOST_NAMED = 2_000
TRIES = 20
PAUSE = 0.25
"""Seconds between two tries, while checkpoints are taken."""
_log = logging.getLogger("agor.supervisor")


class Collecting:
    """Collects the stores of repos; ``budget`` is the most bytes of a store, beyond the user's objects."""

    def __init__(self, store: Store, stores: CheckpointStores) -> None:
        self._store = store
        self._stores = stores

    async def run(self, repo: Repo, *, dry_run: bool = False) -> Collection:
        """Collect one store at once; ``dry_run`` only says which checkpoints would go for the budget.

        Raises GitFailed, and Conflict where checkpoints are taken all the time.
        """
        kept = await self._existing(repo)
        if kept is None:
            return self._done(repo, 0, 0, [], dry_run=dry_run)
        before = await budget.own_size(kept)
        if dry_run:
            going = await self._over_budget(kept, await self._candidates(kept), before)
            return self._done(repo, before, before, [task_id for task_id, _ in going], dry_run=True)
        await refs.forget(kept, (await self._candidates(kept)).at_once)
        await self._collect(repo, kept)
        after = await budget.own_size(kept)
        let_go: list[TaskId] = []
        for _ in range(ROUNDS):
            going = await self._over_budget(kept, await self._candidates(kept), after)
            if not going:
                break
            await refs.forget(kept, {ref: commit for _, own in going for ref, commit in own.items()})
            await self._collect(repo, kept)
            let_go += [task_id for task_id, _ in going]
            after = await budget.own_size(kept)
        return self._done(repo, before, after, let_go)

    async def tend(self, repo: Repo) -> None:
        """Collect or pack the store if it needs that; garbage waits while a checkpoint is taken. Raises GitFailed."""
        kept = await self._existing(repo)
        if kept is None:
            return
        found = await self._candidates(kept)
        await refs.forget(kept, found.at_once)
        if await asyncio.to_thread(packing.needs_packing, kept):
            await packing.pack(kept)
        if await asyncio.to_thread(packing.needs_collecting, kept):
            await self._stores.collect(repo.repo_id, kept)
        if found.tasks and await budget.own_size(kept) > self._stores.budget:
            done = await self.run(repo)
            _log.warning("let go of the checkpoints of %d tasks of %s for the budget", done.let_go_count, repo.slug)

    def _done(
        self, repo: Repo, before: int, after: int, let_go: Sequence[TaskId], *, dry_run: bool = False
    ) -> Collection:
        return Collection(
            repo_id=repo.repo_id,
            repo_slug=repo.slug,
            before_bytes=before,
            after_bytes=after,
            budget_bytes=self._stores.budget,
            let_go=tuple(let_go[:MOST_NAMED]),
            let_go_count=len(let_go),
            dry_run=dry_run,
        )

    async def _existing(self, repo: Repo) -> ObjectStore | None:
        """The store, and none is made for a repo without checkpoints."""
        place, there = Path(repo.local_path), self._stores.existing(repo.repo_id)
        if there is None or not await asyncio.to_thread(place.is_dir):
            return there
        return await self._stores.of(repo.repo_id, place)

    async def _candidates(self, kept: ObjectStore) -> Candidates:
        found = await refs.checkpoint_refs(kept)
        named = [letting_go.parts(ref) for ref in found]
        session_ids, task_ids = {part[0] for part in named}, {part[1] for part in named}
        known = await self._store.read(lambda r: letting_go.standing(r, session_ids, task_ids))
        return letting_go.candidates(found, known)

    async def _over_budget(self, kept: ObjectStore, found: Candidates, size: int) -> Sequence[tuple[TaskId, Refs]]:
        """The tasks whose checkpoints have to go, ``size`` being the bytes of the store."""
        excess = size - self._stores.budget
        if excess <= 0 or not found.tasks:
            return ()
        groups = [tuple(found.at_once.values()), *(tuple(own.values()) for _, own in found.tasks)]
        count = await budget.groups_to_free(kept, groups, tuple(found.kept.values()), excess)
        return found.tasks[: max(0, count - 1)]

    async def _collect(self, repo: Repo, kept: ObjectStore) -> None:
        for _ in range(TRIES):
            if await self._stores.collect(repo.repo_id, kept):
                return
            await asyncio.sleep(PAUSE)
        raise Conflict(f"Checkpoints of {repo.slug} are being taken all the time; try again later.")
