"""Worktrees: the supervisor makes them, for sessions or on request; removed when no session works in them."""

import asyncio
import contextlib
from typing import Any, ClassVar

from agor_core.clock import timestamp
from agor_core.db.connections import Reader
from agor_core.domain.session import Session
from agor_core.domain.standing import WorktreeStanding
from agor_core.domain.texts import check_not_empty
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, Conflict, InvalidInput
from agor_core.ids import RepoId
from agor_core.repositories import repos, worktrees
from agor_core.repositories.mappings import WORKTREES
from agor_core.wire import codec
from agor_core.wire.requests import CreateWorktree, LetGo, MoveWorktree
from agor_daemon.services.contract import RawQuery
from agor_daemon.services.purging import removal_options
from agor_daemon.services.references import requested_id
from agor_daemon.services.service import RecordService


class WorktreeService(RecordService[Worktree]):
    """``/worktrees``"""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "get", "create", "remove"})
    mapping = WORKTREES
    repository = worktrees
    create_type = CreateWorktree
    id_fields = ("worktree_id",)

    async def create(self, body: Any) -> Any:
        """Make worktrees on new branches; of a list all or none, apart from those that existed before."""
        requests = codec.each(body, _creation)
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
        own = requested_id(request.worktree_id, "worktree_id")
        return await self.context.supervisor.add_worktree(repo_id, request.name, base=request.base, worktree_id=own)

    async def _undo(self, made: list[Worktree]) -> None:
        for tree in made:
            with contextlib.suppress(AgorError):  # a session works in it already, and keeps it
                await self._remove(tree, discard=False)

    async def release(self, reference: str, body: Any) -> Worktree:
        """Let a worktree go: its files are kept, its branch stays, and a prompt makes it again. Raises Conflict."""
        request = codec.request(LetGo, body or {})
        tree = await self.read(lambda reader: self.lookup(reader, reference))
        return await self.context.supervisor.let_go(tree.worktree_id, force=request.force)

    async def move(self, reference: str, body: Any) -> Worktree:
        """Learn the new place of a worktree that was moved. Raises InvalidInput, Conflict, Unprocessable, GitFailed."""
        request = codec.request(MoveWorktree, body)
        tree, users = await self.read(lambda reader: self._with_users(reader, reference))
        if active := next((session for session in users if session.active), None):
            raise Conflict(f"The session {active.short_id} is at work there; stop it first.")
        for session in users:  # its agent knows the old place
            await self.context.supervisor.release(session.session_id)
        return await self.context.supervisor.moving.worktree(tree.worktree_id, request.path)

    def _with_users(self, reader: Reader, reference: str) -> tuple[Worktree, list[Session]]:
        tree = self.lookup(reader, reference)
        return tree, worktrees.working_in(reader, tree)

    async def standing(self, reference: str) -> WorktreeStanding:
        """How a worktree stands: its changes, its commits beside the target, its size, and what would be lost."""
        tree = await self.read(lambda reader: self.lookup(reader, reference))
        return await self.context.supervisor.standings.of(tree.worktree_id)

    async def remove(self, reference: str, query: RawQuery) -> Any:
        """Remove its record, folder and branch.

        Raises Conflict while sessions work in it and, without ``force``, for work that would be lost.
        """
        options, conditions = removal_options(query)
        if others := sorted(query.keys() & {"purge", "keep"}):
            raise InvalidInput(f"{others[0]}: only force can be given with the removal of a worktree.", place=others[0])
        asked = self.query_of_one(conditions)
        tree = await self.read(lambda reader: self._unused(self.found(reader, reference, asked), reader))
        return self.selected(await self._remove(tree, discard=options.force), asked)

    async def _remove(self, tree: Worktree, *, discard: bool) -> Worktree:
        """Check what could refuse, then remove the record, unless a session works in it by now, then the files."""
        await self.context.supervisor.check_removable(tree, discard=discard)
        if discard:
            await self.context.supervisor.keep_last(tree)
        removed = await self.write(lambda writer: worktrees.remove(writer, tree.worktree_id))
        await self.context.supervisor.remove_worktree(removed, discard=discard)
        return removed

    def _unused(self, tree: Worktree, reader: Reader) -> Worktree:
        if worktrees.working_in(reader, tree):
            raise Conflict("There are sessions that work in this worktree; remove them first.")
        return tree


def _creation(body: Any) -> CreateWorktree:
    request = codec.request(CreateWorktree, body)
    check_not_empty(request.name, "name")
    requested_id(request.worktree_id, "worktree_id")
    return request
