"""Idempotency keys in the store: the ids of each keyed request, so that its repeat gets the same ids."""

import msgspec
from sqlalchemy import bindparam, delete, select

from agor_core.db.connections import Writer
from agor_core.db.prepared import Prepared, insertion_of_new
from agor_core.db.tables import idempotency_keys

_columns = idempotency_keys.c
_INSERT = insertion_of_new(idempotency_keys)
_BY_KEY = select(_columns.digest, _columns.ids).where(_columns.key == bindparam("key"))
_EXPIRE = Prepared(delete(idempotency_keys).where(_columns.created_at < bindparam("since")))


class KeyedRequest(msgspec.Struct, frozen=True):
    """``digest`` identifies the request; ``ids`` are its ids, a group for each of its records."""

    key: str
    digest: str
    ids: tuple[tuple[str, ...], ...]


def note(writer: Writer, request: KeyedRequest, *, since: str) -> KeyedRequest:
    """Store a request under its key, and delete the requests stored before ``since``.

    Returns the first request that was stored under the key.
    """
    writer.run(_EXPIRE, {"since": since})
    ids = msgspec.json.encode(request.ids).decode()
    if writer.run(_INSERT, {"key": request.key, "digest": request.digest, "ids": ids, "created_at": writer.at}) == 1:
        return request
    stored = writer.execute(_BY_KEY, {"key": request.key}).one()
    return KeyedRequest(request.key, stored.digest, msgspec.json.decode(stored.ids, type=tuple[tuple[str, ...], ...]))


def trim(writer: Writer, most: int) -> None:
    """Delete all but the newest ``most`` keys."""
    beyond = select(_columns.key).order_by(_columns.created_at.desc(), _columns.key.desc()).offset(most)
    writer.execute(delete(idempotency_keys).where(_columns.key.in_(beyond)))
