"""How the worktrees stand, and what Agor takes on the disk: looked at when asked, and noted while nothing happens."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from agor_core.clock import Clock, timestamp
from agor_core.config.paths import Paths
from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.beginning import Beginning
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.standing import DiskUse, StoreUse, WorktreeStanding
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError
from agor_core.git import budget, losses, standing
from agor_core.git.location import head
from agor_core.repositories import base, repos, worktrees
from agor_core.repositories.mappings import REPOS, SESSIONS, WORKTREES
from agor_daemon.supervisor.workspaces import beginnings
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores
from agor_daemon.supervisor.workspaces.letting_worktrees_go import but_kept

AT_ONCE = 2
"""Worktrees that are looked at at the same time; each look reads every file's state."""
Known = tuple[Worktree, Repo, list[Session]]


class Standings:
    """Looks at worktrees and at the home; ``last`` is the latest look at all of it, None before the first."""

    def __init__(self, store: Store, stores: CheckpointStores, paths: Paths, clock: Clock) -> None:
        self.last: DiskUse | None = None
        self._store = store
        self._stores = stores
        self._paths = paths
        self._clock = clock
        self._looking = asyncio.Semaphore(AT_ONCE)

    async def of(self, worktree_id: str) -> WorktreeStanding:
        """The standing of one worktree. Raises NotFound."""
        return await self._look(*await self._store.read(lambda r: _known(r, worktrees.get(r, worktree_id))))

    async def disk(self) -> DiskUse:
        """Look at everything."""
        known = await self._store.read(lambda r: [_known(r, tree) for tree in base.matching(r, WORKTREES)])
        trees = await asyncio.gather(*(self._look(*one) for one in known))
        areas = await asyncio.to_thread(_areas, self._paths)
        areas["worktrees"] = sum(tree.bytes for tree in trees)
        stores = await self._store_uses()
        areas["checkpoints"] = sum(use.bytes for use in stores)
        self.last = DiskUse(
            measured_at=timestamp(self._clock.now()),
            home=str(self._paths.home),
            total_bytes=sum(areas.values()),
            areas=areas,
            checkpoints=stores,
            worktrees=tuple(sorted(trees, key=lambda tree: (-tree.bytes, tree.path))),
            may_go_bytes=sum(tree.bytes for tree in trees if tree.may_go),
        )
        return self.last

    async def beginning(self, cwd: str | None, *, repo: str | None, base: str | None, fetch: bool) -> Beginning:
        """Where the worktree of a new session would begin. Raises NotFound, InvalidInput, GitFailed."""
        return await beginnings.look(self._store, cwd, repo=repo, base=base, fetch=fetch)

    async def _store_uses(self) -> tuple[StoreUse, ...]:
        found = []
        for repo in await self._store.read(lambda r: base.matching(r, REPOS, order=[REPOS.table.c.slug])):
            if (kept := self._stores.existing(repo.repo_id)) is not None:
                size = await budget.own_size(kept)
                use = StoreUse(repo_id=repo.repo_id, repo_slug=repo.slug, bytes=size, budget_bytes=self._stores.budget)
                found.append(use)
        return tuple(found)

    async def _look(self, tree: Worktree, repo: Repo, users: list[Session]) -> WorktreeStanding:
        path = Path(tree.path)
        seen = WorktreeStanding(
            worktree_id=tree.worktree_id,
            repo_id=tree.repo_id,
            name=tree.name,
            path=tree.path,
            session_ids=tuple(session.session_id for session in users),
            used_at=max([tree.updated_at, *(session.updated_at for session in users)]),
            branch=tree.ref,
        )
        async with self._looking:
            if not await asyncio.to_thread(path.is_dir):
                return msgspec.structs.replace(seen, may_go=not users)
            size = await asyncio.to_thread(standing.size, path)
            seen = msgspec.structs.replace(seen, there=True, bytes=size)
            try:
                return await _with_git(seen, tree, repo, users)
            except (AgorError, OSError) as error:
                return msgspec.structs.replace(seen, problem=str(error))


async def _with_git(seen: WorktreeStanding, tree: Worktree, repo: Repo, users: list[Session]) -> WorktreeStanding:
    path, target = Path(tree.path), repo.default_branch
    own = tree.ref if tree.new_branch else None
    now, dirty, lost = await asyncio.gather(head(path), standing.is_dirty(path), losses.losses(path, branch=own))
    compared = None
    if target is not None and now.sha is not None and now.branch != target:
        compared = await standing.beside(path, target, begun_at=tree.base_sha)
    return msgspec.structs.replace(
        seen,
        branch=now.branch,
        dirty=dirty,
        target=target if compared is not None else None,
        ahead=compared.ahead if compared is not None else None,
        behind=compared.behind if compared is not None else None,
        done=compared is not None and compared.done and not dirty,
        losses=tuple(lost),
        may_go=not _losses_if_let_go(lost, users, now.branch) and all(one.archived_at is not None for one in users),
    )


def _losses_if_let_go(lost: Sequence[str], users: Sequence[Session], branch: str | None) -> Sequence[str]:
    """What would be lost without the worktree: with sessions that could bring it back, what no checkpoint holds."""
    return but_kept(lost, on_branch=branch is not None) if users else lost


def _known(r: Reader, tree: Worktree) -> Known:
    users = base.matching(r, SESSIONS, SESSIONS.table.c.worktree_id == tree.worktree_id)
    return tree, repos.get(r, tree.repo_id), users


def _areas(paths: Paths) -> dict[str, int]:
    """Bytes by area, but for worktrees and checkpoints."""
    database = sum(file.stat().st_size for file in paths.home.glob(f"{paths.database.name}*") if file.is_file())
    folders = (paths.backups, paths.logs, paths.trash, paths.scratch, paths.agents)
    return {"database": database, **{folder.name: standing.size(folder) for folder in folders}}
