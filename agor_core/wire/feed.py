"""Frames of the feed: one JSON object each, told apart by ``type``."""

from typing import Any

import msgspec

CLOSE_TOO_SLOW = 4409
"""WebSocket close code for a client that does not read; it reconnects with its last cursor."""


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="hello"):
    """The first frame: where this stream starts."""

    cursor: str
    version: str


class Change(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="change"):
    """One committed change, with the whole record after it (before it, if removed)."""

    cursor: str
    service: str
    event: str
    id: str
    record: Any
    at: str


class Delta(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="delta"):
    """Live text of a message in progress; ``offset`` counts code points. Not durable, never replayed."""

    service: str
    id: str
    offset: int
    text: str


class Bookmark(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="bookmark"):
    """The cursor of a client that receives no changes, moved on."""

    cursor: str


class Resync(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="resync"):
    """The client's cursor is unknown (``expired`` or ``foreign``): load again and continue from this cursor."""

    reason: str
    cursor: str


Frame = Hello | Change | Delta | Bookmark | Resync


class Cursor(msgspec.Struct, frozen=True):
    """A position in the feed: the store's epoch, and the number of the last change read."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """Read ``<epoch>:<seq>``; None if it is not one."""
        epoch, colon, digits = text.rpartition(":")
        if not colon or not epoch or not digits.isdecimal() or not digits.isascii() or len(digits) > 18:
            return None
        return cls(epoch, int(digits))
