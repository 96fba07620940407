"""Repos: added by a folder inside of them, removed when no session refers to them; the checkout stays as it is."""

import asyncio
from pathlib import Path
from typing import Any, ClassVar

from msgspec import UNSET
from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.collection import Collection
from agor_core.domain.repo import Repo, RepoFilters, check_settings
from agor_core.domain.slugs import check_names
from agor_core.errors import Conflict
from agor_core.git.filters import own_filters
from agor_core.ids import RepoId
from agor_core.repositories import repos
from agor_core.repositories.mappings import REPOS
from agor_core.wire import codec
from agor_core.wire.requests import Collect, ConfirmRepo, CreateRepo, MoveRepo, PatchRepo
from agor_daemon.directories import check_directory
from agor_daemon.services.contract import OF_ONE
from agor_daemon.services.patches import given_fields
from agor_daemon.services.references import requested_id
from agor_daemon.services.service import RecordService


class RepoService(RecordService[Repo]):
    """``/repos``"""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "create", *OF_ONE})
    mapping = REPOS
    repository = repos
    create_type = CreateRepo
    patch_type = PatchRepo

    async def create(self, body: Any) -> Any:
        """Add the repository of each folder; of a list none until all requests are checked."""
        requests = await asyncio.to_thread(codec.each, body, _creation)
        made = [
            await self.context.supervisor.add_repo(it.local_path, name=it.name, slug=it.slug, repo_id=_repo_id(it))
            for it in requests
        ]
        return made if isinstance(body, list) else made[0]

    async def collect(self, reference: str, body: Any) -> Collection:
        """Collect the garbage of a repo's checkpoints. Raises NotFound, Conflict and GitFailed."""
        request = codec.request(Collect, body or {})
        repo_id = await self.read(lambda reader: repos.resolve(reader, reference))
        return await self.context.supervisor.collect(RepoId(repo_id), dry_run=request.dry_run)

    async def move(self, reference: str, body: Any) -> Repo:
        """Learn the new place of a repository. Raises InvalidInput, Unprocessable, Conflict and GitFailed."""
        request = codec.request(MoveRepo, body)
        repo_id = await self.read(lambda reader: repos.resolve(reader, reference))
        return await self.context.supervisor.moving.repo(RepoId(repo_id), request.local_path)

    async def filters(self, reference: str, body: Any) -> RepoFilters:  # noqa: ARG002
        """The filters of the repository's own config, which run in worktrees once they are confirmed."""
        repo = await self.read(lambda reader: self.lookup(reader, reference))
        return RepoFilters(filters=await own_filters(Path(repo.local_path)), confirmed=repo.trust.filters)

    async def confirm(self, reference: str, body: Any) -> Repo:
        """Let these filters run. Raises Conflict if the repository's config has others by now."""
        request = codec.request(ConfirmRepo, body)
        repo = await self.read(lambda reader: self.lookup(reader, reference))
        if await own_filters(Path(repo.local_path)) != request.filters:
            raise Conflict(f"The repository {repo.slug} has other filters in its config by now; look at them again.")

        def trust(writer: Writer) -> Repo:
            current = repos.get(writer, repo.repo_id, lock=True)
            return repos.update(writer, replace(current, trust=replace(current.trust, filters=request.filters)))

        return await self.write(trust)

    def patched(self, reader: Reader, record: Repo, request: PatchRepo) -> Repo:  # noqa: ARG002
        fields = given_fields(request)
        check_names(request.name, request.slug, held=record.slug)
        if request.settings is not UNSET:
            fields["settings"] = replace(record.settings, **given_fields(request.settings))
            check_settings(fields["settings"])
        return replace(record, **fields)


def _creation(body: Any) -> CreateRepo:
    request = codec.request(CreateRepo, body)
    check_directory(request.local_path, "local_path")
    check_names(request.name, request.slug)
    _repo_id(request)
    return request


def _repo_id(request: CreateRepo) -> RepoId | None:
    own = requested_id(request.repo_id, "repo_id")
    return None if own is None else RepoId(own)
