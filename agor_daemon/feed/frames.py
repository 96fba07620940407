"""Frames as they go out: encoded once, whatever the number of clients."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import msgspec

from agor_core.db.feed_log import FeedRow
from agor_core.wire.codec import encode
from agor_core.wire.feed import Bookmark, Change, Cursor, Delta, Hello, Resync


class EncodedFrame(NamedTuple):
    """One encoded frame about the record ``id``. ``seq`` is its place in the feed, None for what is not in the log.

    ``record`` decodes the record, once, for clients that follow by a query; None where there is none.
    """

    seq: int | None
    service: str
    text: str
    id: str = ""
    event: str = ""
    record: Callable[[], dict[str, Any]] | None = None

    @property
    def size(self) -> int:
        """Characters; what a queue counts."""
        return len(self.text)


def change_record(epoch: str, row: FeedRow) -> Change:
    """A row of the log as a frame, its record still as stored."""
    return Change(
        cursor=str(Cursor(epoch, row.seq)),
        service=row.service,
        event=row.event,
        id=row.id,
        record=msgspec.Raw(row.record),
        at=row.at,
    )


def change(epoch: str, row: FeedRow) -> EncodedFrame:
    """A row of the log, encoded."""
    text = encode(change_record(epoch, row)).decode()
    return EncodedFrame(row.seq, row.service, text, row.id, row.event, cache(lambda: msgspec.json.decode(row.record)))


def unencoded(row: FeedRow) -> EncodedFrame:
    """A row of the log as far as a selection looks at it, for what goes out by other means."""
    return EncodedFrame(row.seq, row.service, "", row.id, row.event, lambda: msgspec.json.decode(row.record))


def delta(frame: Delta) -> EncodedFrame:
    """Live text, encoded."""
    return EncodedFrame(None, frame.service, encode(frame).decode(), frame.id)


def control(frame: Hello | Bookmark | Resync) -> str:
    """A frame about the stream itself, encoded."""
    return encode(frame).decode()
