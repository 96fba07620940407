"""Boards in the store; a board's sessions are counted when it is read."""

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
"""Locks a board's row, so that a later statement counts the sessions of writers that held the lock before.

It does not wait for a writer that only refers to the board, which is about to take the same lock.
"""


def insert(writer: Writer, board: Board) -> Board:
    """Store a new board. Idempotent: returns the stored one with the same id, slug and name.

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
    """The board with a full id; ``lock`` locks its row until the commit. Raises NotFound."""
    if lock:
        reader.execute(_HELD, {"id": board_id})
    return base.get(reader, BOARDS, board_id)


def resolve(reader: Reader, text: str) -> BoardId:
    """Resolve a slug or any form of an id to the full id. Raises NotFound and Ambiguous."""
    return BoardId(references.resolve(reader, BOARDS, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of boards, without ``$sort`` the oldest first; archived ones only if the query is on ``archived_at``."""
    return listing.find(reader, BOARDS, query)


def update(writer: Writer, board: Board, *, event: str = "patched") -> Board:
    """Store the new state of a board. Raises NotFound, and Conflict for a slug that is taken."""
    old = get(writer, board.board_id, lock=True)
    new = replace(board, short_id=old.short_id, created_at=old.created_at, session_count=old.session_count)
    if new.slug != old.slug:
        _check_slug(writer, new)
    return base.update_record(writer, BOARDS, old, new, event=event)


def remove(writer: Writer, board_id: str) -> Board:
    """Delete a board and remove its sessions from it. Raises NotFound."""
    board = base.get(writer, BOARDS, board_id, lock=True)
    for session in base.matching(writer, SESSIONS, SESSIONS.table.c.board_id == board_id, lock=True):
        moved = replace(session, board_id=None)
        base.update_record(writer, SESSIONS, session, moved)
    return base.delete_record(writer, BOARDS, board)


def recount(writer: Writer, old: Session | None, new: Session | None) -> None:
    """Note a change of the boards whose session count changed."""
    before, after = _counts_on(old), _counts_on(new)
    if before != after:
        for board_id in sorted(filter(None, (before, after))):
            writer.changed("boards", "patched", board_id, get(writer, board_id, lock=True))


def _counts_on(session: Session | None) -> BoardId | None:
    return None if session is None or session.archived_at is not None else session.board_id


def _check_slug(reader: Reader, board: Board) -> None:
    if base.taken(reader, BOARDS, but=board.board_id, slug=board.slug):
        raise Conflict(f"There is already a board with the slug {board.slug!r}.")
