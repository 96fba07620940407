"""Encoded frames: each is encoded once, whatever the number of clients."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import msgspec

from agor_core.db.feed_log import FeedRow
from agor_core.wire.codec import encode
from agor_core.wire.feed import Bookmark, Change, Cursor, Delta, Hello, Resync


class EncodedFrame(NamedTuple):
    """One encoded frame about the record ``id``. ``seq`` is its number in the log; None for a frame outside of it.

    ``record`` decodes the record, once, for clients that follow by a query; None for a frame without one.
    """

    seq: int | None
    service: str
    text: str
    id: str = ""
    event: str = ""
    record: Callable[[], dict[str, Any]] | None = None

    @property
    def size(self) -> int:
        """The length in characters, which bounds an outbox."""
        return len(self.text)


def change_record(epoch: str, row: FeedRow) -> Change:
    """A row of the log as a change frame; its record stays the stored JSON."""
    return Change(
        cursor=str(Cursor(epoch, row.seq)),
        service=row.service,
        event=row.event,
        id=row.id,
        record=msgspec.Raw(row.record),
        at=row.at,
    )


def change(epoch: str, row: FeedRow) -> EncodedFrame:
    """A row of the log as an encoded frame."""
    text = encode(change_record(epoch, row)).decode()
    return EncodedFrame(row.seq, row.service, text, row.id, row.event, cache(lambda: msgspec.json.decode(row.record)))


def unencoded(row: FeedRow) -> EncodedFrame:
    """A row of the log as a frame without text: enough for a selection to decide on it."""
    return EncodedFrame(row.seq, row.service, "", row.id, row.event, lambda: msgspec.json.decode(row.record))


def delta(frame: Delta) -> EncodedFrame:
    """Live text as an encoded frame."""
    return EncodedFrame(None, frame.service, encode(frame).decode(), frame.id)


def control(frame: Hello | Bookmark | Resync) -> str:
    """A frame about the stream itself, as text."""
    return encode(frame).decode()
