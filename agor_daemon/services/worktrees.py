"""Worktrees: made by the supervisor, for sessions or on request; removed once nobody works in them."""

import asyncio
import contextlib
from typing import Any, ClassVar

from agor_core.clock import timestamp
from agor_core.db.connections import Reader
from agor_core.domain.texts import check_said
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, Conflict, InvalidInput
from agor_core.ids import RepoId
from agor_core.repositories import base, repos, worktrees
from agor_core.repositories.mappings import SESSIONS, WORKTREES
from agor_core.wire import codec
from agor_core.wire.requests import CreateWorktree
from agor_daemon.services.contract import RawQuery
from agor_daemon.services.purging import removal_options
from agor_daemon.services.references import own_id
from agor_daemon.services.service import RecordService


class Worktrees(RecordService[Worktree]):
    """``/worktrees``"""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "get", "create", "remove"})
    mapping = WORKTREES
    repository = worktrees
    create_type = CreateWorktree

    async def create(self, body: Any) -> Any:
        """A worktree on a new branch; of a list none unless all can be made, apart from those that were there."""
        requests = codec.each(body, _request)
        before = self.context.clock.now()
        made: list[Worktree] = []
        try:
            for at, request in enumerate(requests):
                with codec.element(body, at):
                    made.append(await self._add(request))
        except BaseException:
            await asyncio.shield(self._undo([tree for tree in made if tree.created_at >= timestamp(before)]))
            raise
        return made if isinstance(body, list) else made[0]

    async def _add(self, request: CreateWorktree) -> Worktree:
        repo_id: RepoId = await self.read(lambda reader: repos.resolve(reader, request.repo))
        own = own_id(request.worktree_id, "worktree_id")
        return await self.context.supervisor.add_worktree(repo_id, request.name, base=request.base, worktree_id=own)

    async def _undo(self, made: list[Worktree]) -> None:
        for tree in made:
            with contextlib.suppress(AgorError):  # somebody works in it already, and keeps it
                await self._remove(tree, discard=False)

    async def remove(self, given: str, query: RawQuery) -> Worktree:
        """Its folder and branch go too. Raises Conflict while sessions work in it, or, without force, for lost work."""
        asked, others = removal_options(query)
        if others or asked.purge or asked.keep:
            name = min({*others, *(query.keys() - {"force"})})
            raise InvalidInput(f"{name}: only force goes with the removal of a worktree.", place=name)
        tree = await self.read(lambda reader: self._unused(reader, given))
        return await self._remove(tree, discard=asked.force)

    async def _remove(self, tree: Worktree, *, discard: bool) -> Worktree:
        """What could refuse comes first; then the record goes, unless a session came, and then the files."""
        await self.context.supervisor.check_removable(tree, discard=discard)
        removed = await self.write(lambda writer: worktrees.remove(writer, tree.worktree_id))
        await self.context.supervisor.remove_worktree(removed, discard=discard)
        return removed

    def _unused(self, reader: Reader, given: str) -> Worktree:
        tree = self.found(reader, given)
        if base.taken(reader, SESSIONS, worktree_id=tree.worktree_id):
            raise Conflict("There are sessions that work in this worktree; remove them first.")
        return tree


def _request(body: Any) -> CreateWorktree:
    request = codec.request(CreateWorktree, body)
    check_said(request.name, "name")
    own_id(request.worktree_id, "worktree_id")
    return request
