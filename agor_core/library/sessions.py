"""The sessions of a store, for programs of one's own."""

import os
from typing import Any

from msgspec import UNSET
from msgspec.structs import asdict, replace

from agor_core.db.connections import Writer
from agor_core.domain.session import Session, SessionRepo, SessionStatus
from agor_core.errors import InvalidInput
from agor_core.ids import SessionId
from agor_core.library.records import Insertable, identity
from agor_core.repositories import boards, genealogy, sessions
from agor_core.repositories.mappings import SESSIONS
from agor_core.wire import codec
from agor_core.wire.requests import CreateSession, PatchSession

_OF_THE_DAEMON = ("session_id", "repo", "worktree", "base", "uncommitted", "prompt")
"""Fields of a request that start work; a store alone does none."""


class Sessions(Insertable[Session]):
    """Sessions; without a daemon nothing runs in them."""

    mapping = SESSIONS
    repository = sessions

    async def create(self, agent: str, **fields: Any) -> Session:
        """Store a new session, with an id and times of its own.

        ``fields`` are ``title``, ``description``, ``board`` (an id or slug), ``cwd`` (the present folder unless
        given), ``mode``, ``model`` and ``concepts``. Raises InvalidInput, and NotFound for the board.
        """
        if wrong := [name for name in _OF_THE_DAEMON if name in fields]:
            raise InvalidInput(f"{wrong[0]}: takes a daemon; ask it for the session instead.", place=wrong[0])
        request = codec.request(CreateSession, {"agent": agent, **fields})
        full, short = identity()

        def work(writer: Writer) -> Session:
            named = request.board_id if request.board is None else request.board
            session = Session(
                session_id=SessionId(full),
                short_id=short,
                agent=request.agent,
                title=request.title,
                description=request.description,
                created_at=writer.at,
                updated_at=writer.at,
                board_id=None if named is None else boards.resolve(writer, named),
                concepts=request.concepts,
                mode=request.mode,
                model=request.model,
                repo=SessionRepo(cwd=os.path.abspath(request.cwd or ".")),  # noqa: PTH100 - links stay as they are
            )
            return sessions.insert(writer, session)

        return await self._write(work)

    async def update(self, reference: str, **fields: Any) -> Session:
        """Change fields as a PATCH does: title, description, board, mode, model, concepts, archived_at.

        Raises InvalidInput, NotFound and Ambiguous.
        """
        request = codec.request(PatchSession, fields)

        def work(writer: Writer) -> Session:
            given = {name: value for name, value in asdict(request).items() if value is not UNSET}
            board = given.pop("board", None) or given.get("board_id")
            if "board" in fields or "board_id" in fields:
                given["board_id"] = None if board is None else boards.resolve(writer, board)
            return sessions.update(writer, replace(self._found(writer, reference), **given))

        return await self._write(work)

    async def archive(self, reference: str) -> Session:
        """Hide a session from lists; undone by ``update(reference, archived_at=None)``."""
        return await self._write(lambda writer: sessions.archive(writer, self._resolved(writer, reference)))

    async def find_by_status(self, status: SessionStatus | str) -> list[Session]:
        """The sessions with a status, the oldest first. Raises InvalidInput for a status that there is not."""
        if status not in list(SessionStatus):
            raise InvalidInput(f"status: must be one of {', '.join(SessionStatus)}.", place="status")
        return await self.find(status=str(status))

    async def find_by_board(self, board: str) -> list[Session]:
        """The sessions on a board, by its id or slug, the oldest first. Raises NotFound and Ambiguous."""
        board_id = await self._store.read(lambda reader: boards.resolve(reader, board))
        return await self.find(board_id=board_id)

    async def children(self, reference: str) -> list[Session]:
        """The forks and spawns of a session, the oldest first."""

        return await self._store.read(
            lambda reader: [
                sessions.get(reader, child) for child in genealogy.children(reader, self._resolved(reader, reference))
            ]
        )
