"""The feed log: one row for each committed change, numbered without gaps within an epoch."""

import sys
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Integer, bindparam, delete, func, select, update

from agor_core.db.connections import Reader, RecordChange, Writer
from agor_core.db.prepared import Prepared, insertion
from agor_core.db.tables import feed, feed_head
from agor_core.wire.feed import Cursor


class FeedRow(msgspec.Struct, frozen=True):
    """One change: ``record`` is the whole record as JSON after it (before it, if removed)."""

    seq: int
    service: str
    event: str
    id: str
    record: bytes
    at: str


class Retention(NamedTuple):
    """The part of the log to keep: at most ``rows`` rows, none ``older`` than this timestamp."""

    rows: int
    older: str


LONGEST_PAGE = 8 * 1024 * 1024
"""Bytes of records in one page of the log."""
TRIM_AT_ONCE = 5_000
"""The most rows that one trim deletes, so that writers wait for it briefly."""

_ADVANCE = Prepared(
    update(feed_head).values(seq=feed_head.c.seq + bindparam("by", type_=Integer)).returning(feed_head.c.seq)
)
_APPEND = insertion(feed)
_HEAD = select(feed_head.c.seq)


def append(writer: Writer, changes: Sequence[RecordChange]) -> list[FeedRow]:
    """Number the changes and insert them. Takes the head's row, so it is the last statement of a transaction."""
    if not changes:
        return []
    last = writer.value(_ADVANCE, {"by": len(changes)})
    rows = [FeedRow(seq, *change[:5]) for seq, change in enumerate(changes, last - len(changes) + 1)]
    writer.run(_APPEND, *({**msgspec.structs.asdict(row), "record": row.record.decode()} for row in rows))
    return rows


def since(reader: Reader, seq: int, *, services: Sequence[str] | None = None, limit: int = 1000) -> list[FeedRow]:
    """At most ``limit`` changes after ``seq``, oldest first, of ``services`` only if given."""
    return page(reader, seq, services, limit, longest=sys.maxsize)[0]


def page(
    reader: Reader, seq: int, services: Sequence[str] | None, limit: int, *, longest: int = LONGEST_PAGE
) -> tuple[list[FeedRow], bool]:
    """Changes as of :func:`since`, and whether there may be more after them.

    They end before the limit where their records grow longer than ``longest`` bytes; one is answered whatever its size.
    """
    statement = select(feed).where(feed.c.seq > seq).order_by(feed.c.seq).limit(limit)
    if services is not None:
        statement = statement.where(feed.c.service.in_(services))
    rows: list[FeedRow] = []
    size = 0
    with reader.execute(statement) as found:
        for row in found:
            record = row.record.encode()
            size += len(record)
            if size > longest and rows:
                return rows, True
            rows.append(FeedRow(row.seq, row.service, row.event, row.id, record, row.at))
    return rows, len(rows) == limit


def head(reader: Reader) -> int:
    """The number of the last change; 0 before the first."""
    return int(reader.execute(_HEAD).scalar_one())


def epoch(reader: Reader) -> str:
    """The random name of this store's feed."""
    return str(reader.execute(select(feed_head.c.epoch)).scalar_one())


def oldest(reader: Reader) -> int:
    """The number of the oldest change in the log; one more than the head if the log is empty."""
    first = reader.execute(select(func.min(feed.c.seq))).scalar_one()
    return head(reader) + 1 if first is None else int(first)


def resync_reason(reader: Reader, cursor: Cursor) -> str | None:
    """Why a client cannot continue from a cursor: ``foreign`` (of another store) or ``expired``; None if it can."""
    if cursor.epoch != epoch(reader) or cursor.seq > head(reader):
        return "foreign"
    return "expired" if cursor.seq < oldest(reader) - 1 else None


def trim(writer: Writer, retention: Retention) -> int:
    """Delete the rows outside of the retention, oldest first, at most TRIM_AT_ONCE; returns how many.

    Times grow with the numbers, so the search for the oldest row to keep reads no further than what is deleted.
    """
    first = oldest(writer)
    fresh = writer.execute(
        select(feed.c.seq).where(feed.c.at >= retention.older).order_by(feed.c.seq).limit(1)
    ).scalar_one_or_none()
    last = head(writer)
    keep = min(max(last - retention.rows + 1, last + 1 if fresh is None else fresh), first + TRIM_AT_ONCE)
    if keep <= first:
        return 0
    return writer.execute(delete(feed).where(feed.c.seq < keep)).rowcount
