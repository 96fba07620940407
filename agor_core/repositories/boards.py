"""Boards in the store; how many sessions a board has is counted when it is read."""

from msgspec.structs import replace
from sqlalchemy import bindparam, select

from agor_core.db.connections import Reader, Writer
from agor_core.domain.board import Board
from agor_core.domain.session import Session
from agor_core.errors import Conflict
from agor_core.ids import BoardId
from agor_core.query.tree import Query
from agor_core.repositories import base, listing, references
from agor_core.repositories.mappings import BOARDS, SESSIONS
from agor_core.repositories.page import Page

FIELDS = BOARDS.fields()
_HELD = select(BOARDS.identity).where(BOARDS.identity == bindparam("id")).with_for_update(key_share=True)
"""Waits for whoever is at a board. Only a statement that begins after it counts their sessions.

Who only refers to the board is not waited for: they are about to ask for the same.
"""


def insert(writer: Writer, board: Board) -> Board:
    """Store a new board; asked again with the same id and content, it answers the one that is stored.

    Raises Conflict for an id or slug that is taken, ShortIdTaken for a short id.
    """
    stored = base.lookup(writer, BOARDS, board.board_id)
    if stored is not None:
        if (stored.slug, stored.name) == (board.slug, board.name):
            return stored
        raise Conflict(f"There is another board with the id {board.board_id}.")
    _check_slug(writer, board)
    return base.insert_record(writer, BOARDS, replace(board, session_count=0))


def get(reader: Reader, board_id: str, *, lock: bool = False) -> Board:
    """The board with a full id; ``lock`` keeps others from telling of it until the commit. Raises NotFound."""
    if lock:
        reader.execute(_HELD, {"id": board_id})
    return base.get(reader, BOARDS, board_id)


def resolve(reader: Reader, text: str) -> BoardId:
    """The board that a slug or any form of an id means. Raises NotFound and Ambiguous."""
    return BoardId(references.resolve(reader, BOARDS, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of boards, without ``$sort`` the oldest first; archived ones only when asked about ``archived_at``."""
    return listing.find(reader, BOARDS, query)


def update(writer: Writer, board: Board, *, event: str = "patched") -> Board:
    """Store the new state of a board. Raises NotFound, and Conflict for a slug that is taken."""
    old = get(writer, board.board_id, lock=True)
    new = replace(board, short_id=old.short_id, created_at=old.created_at, session_count=old.session_count)
    if new.slug != old.slug:
        _check_slug(writer, new)
    return base.update_record(writer, BOARDS, old, new, event=event)


def remove(writer: Writer, board_id: str) -> Board:
    """Delete a board for good; its sessions are on no board then. Raises NotFound."""
    board = base.get(writer, BOARDS, board_id, lock=True)
    for session in base.matching(writer, SESSIONS, SESSIONS.table.c.board_id == board_id, lock=True):
        moved = replace(session, board_id=None)
        base.update_record(writer, SESSIONS, session, moved)
    return base.delete_record(writer, BOARDS, board)


def recount(writer: Writer, old: Session | None, new: Session | None) -> None:
    """Say of the boards that lost or got a session that their count changed."""
    before, after = _counts_on(old), _counts_on(new)
    if before != after:
        for board_id in sorted(filter(None, (before, after))):
            writer.changed("boards", "patched", board_id, get(writer, board_id, lock=True))


def _counts_on(session: Session | None) -> BoardId | None:
    return None if session is None or session.archived_at is not None else session.board_id


def _check_slug(reader: Reader, board: Board) -> None:
    if base.taken(reader, BOARDS, but=board.board_id, slug=board.slug):
        raise Conflict(f"There is already a board with the slug {board.slug!r}.")
