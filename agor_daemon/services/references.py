"""Ids in any form turned into full ids: in paths, in bodies and in filters."""

from msgspec import UnsetType

from agor_core.db.connections import Reader
from agor_core.errors import InvalidInput
from agor_core.ids import BoardId, canonical, new_id
from agor_core.repositories import boards
from agor_daemon.new_ids import stored_short_id


def requested_board(reader: Reader, board: str | None, board_id: str | None) -> BoardId | None:
    """The board that ``board`` or ``board_id`` names; a null beside the other is ignored.

    Raises NotFound, Ambiguous, and InvalidInput if they name two boards.
    """
    named = {boards.resolve(reader, text) for text in (board, board_id) if text is not None}
    if len(named) > 1:
        raise InvalidInput("board: is another board than board_id names; give one of them.", place="board")
    return next(iter(named), None)


def requested_id(given: str | UnsetType, place: str) -> str | None:
    """The id that a client gives to a new record, in the stored form; None if it gives none. Raises InvalidInput."""
    if isinstance(given, UnsetType):
        return None
    full = canonical(given)
    if full is None:
        raise InvalidInput(f"{place}: an id of your own must be a full UUID.", place=place)
    return full


def new_identity(given: str | UnsetType, place: str) -> tuple[str, str]:
    """The id and the short id of a new record; an id that the client gives has a longer short id."""
    mine = requested_id(given, place)
    full = mine or new_id()
    return full, stored_short_id(full, given=mine is not None)
