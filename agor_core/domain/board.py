"""A board: a named collection of sessions."""

import msgspec

from agor_core.ids import BoardId


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """One board; ``session_count`` counts its sessions that are not archived and is derived."""

    board_id: BoardId
    short_id: str
    name: str
    slug: str
    description: str | None = None
    icon: str | None = None
    color: str | None = None
    session_count: int = 0
    created_at: str
    updated_at: str
    archived_at: str | None = None
