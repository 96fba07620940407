"""Repos in the store: found by a folder inside of them, and added at their first use."""

import asyncio
from pathlib import Path

from agor_core.clock import Clock
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.repo import Repo, RepoTrust
from agor_core.domain.slugs import free_slug, slug_of
from agor_core.errors import Conflict, Unprocessable
from agor_core.git.files import is_there
from agor_core.git.filters import own_filters
from agor_core.git.location import Location, default_branch, locate, remote_url
from agor_core.ids import RepoId
from agor_core.repositories import base, repos
from agor_core.repositories.mappings import REPOS
from agor_daemon.directories import check_directory
from agor_daemon.new_ids import store_one, stored_short_id


class KnownRepos:
    """Finds and adds repos by the path of their main working tree."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, location: Location) -> Repo:
        """The repo of a folder, added if it is new."""
        known = await self._store.read(lambda r: repos.by_path(r, str(location.main_worktree)))
        return known or await self._add(location, name=None, slug=None, repo_id=None)

    async def add(self, path: str, *, name: str | None, slug: str | None, repo_id: RepoId | None) -> Repo:
        """Add the repository that ``path`` is in; a known one is returned if no other name, slug or id is requested.

        Raises InvalidInput, Unprocessable, Conflict, GitFailed.
        """
        folder = await asyncio.to_thread(check_directory, path, "local_path")
        location = await locate(folder)
        if location is None:
            raise Unprocessable(f"{path} is not in a git repository.")
        known = await self._store.read(lambda r: repos.by_path(r, str(location.main_worktree)))
        if known is None:
            return await self._add(location, name=name, slug=slug, repo_id=repo_id)
        same = (repo_id in (None, known.repo_id), name in (None, known.name), slug in (None, known.slug))
        if not all(same):
            raise Conflict(f"The repository at {known.local_path} is already known as {known.slug}.")
        return known

    async def _add(self, location: Location, *, name: str | None, slug: str | None, repo_id: RepoId | None) -> Repo:
        folder = location.main_worktree
        called = name or _called(folder)
        wanted = slug or slug_of(called, "repo")
        branch, remote = await default_branch(folder), await remote_url(folder)
        trust = RepoTrust(filters=await own_filters(folder))

        def put(w: Writer, identifier: str) -> Repo:
            if (known := repos.by_path(w, str(folder))) is not None:
                return known
            return repos.insert(
                w,
                Repo(
                    repo_id=RepoId(identifier),
                    short_id=stored_short_id(identifier, given=repo_id is not None),
                    slug=wanted if slug else free_slug(wanted, lambda text: base.taken(w, REPOS, slug=text)),
                    name=called,
                    remote_url=remote,
                    local_path=str(folder),
                    default_branch=branch,
                    trust=trust,
                    created_at=w.at,
                    updated_at=w.at,
                ),
            )

        return await store_one(self._store, put, given=repo_id)


def _called(repository: Path) -> str:
    """The name of a repository: of its folder, or of the folder around a hidden bare one (``project/.bare``)."""
    name = repository.name.removesuffix(".git")
    if not name or (name.startswith(".") and not is_there(repository / ".git")):
        name = repository.parent.name
    return name or "repo"
