"""The boards, and what a store knows of repositories, for programs of one's own."""

from typing import Any

from msgspec import UNSET
from msgspec.structs import asdict, replace

from agor_core.db.connections import Writer
from agor_core.domain.approval import Approval
from agor_core.domain.board import Board
from agor_core.domain.repo import Repo
from agor_core.domain.slugs import check_names, free_slug, slug_of
from agor_core.domain.worktree import Worktree
from agor_core.ids import BoardId
from agor_core.library.records import Insertable, Records, identity
from agor_core.repositories import approvals, base, boards, repos, worktrees
from agor_core.repositories.mappings import APPROVALS, BOARDS, REPOS, WORKTREES
from agor_core.wire import codec
from agor_core.wire.requests import CreateBoard, PatchBoard


class Boards(Insertable[Board]):
    """Boards."""

    mapping = BOARDS
    repository = boards

    async def create(self, name: str, **fields: Any) -> Board:
        """Store a new board; the slug is made from the name unless given. Raises InvalidInput and Conflict.

        ``fields`` are ``slug``, ``description``, ``icon`` and ``color``.
        """
        request = codec.request(CreateBoard, {"name": name, **fields})
        check_names(request.name, request.slug)
        full, short = identity()

        def work(writer: Writer) -> Board:
            wanted = slug_of(request.name, "board")
            board = Board(
                board_id=BoardId(full),
                short_id=short,
                name=request.name,
                slug=request.slug or free_slug(wanted, lambda text: base.taken(writer, BOARDS, slug=text)),
                description=request.description,
                icon=request.icon,
                color=request.color,
                created_at=writer.at,
                updated_at=writer.at,
            )
            return boards.insert(writer, board)

        return await self._write(work)

    async def update(self, reference: str, **fields: Any) -> Board:
        """Change fields as a PATCH does. Raises InvalidInput, NotFound, Ambiguous, and Conflict for a taken slug."""
        request = codec.request(PatchBoard, fields)

        def work(writer: Writer) -> Board:
            board = self._found(writer, reference)
            check_names(request.name, request.slug, held=board.slug)
            given = {name: value for name, value in asdict(request).items() if value is not UNSET}
            return boards.update(writer, replace(board, **given))

        return await self._write(work)


class Repos(Insertable[Repo]):
    """Repositories that Agor knows."""

    mapping = REPOS
    repository = repos


class Worktrees(Insertable[Worktree]):
    """Worktrees of repositories."""

    mapping = WORKTREES
    repository = worktrees


class Approvals(Records[Approval]):
    """Permissions that agents asked for."""

    mapping = APPROVALS
    repository = approvals
