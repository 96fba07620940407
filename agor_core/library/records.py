"""The calls that all kinds of records have: get by any form of an id, find by a query, count, insert, remove."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.errors import Conflict, InvalidInput
from agor_core.ids import LONGER_SHORT_LENGTH, new_id, short_id
from agor_core.query.parser import parse
from agor_core.repositories import references
from agor_core.repositories.full_ids import with_full_ids
from agor_core.repositories.mapping import RecordMapping
from agor_core.repositories.page import Page

R = TypeVar("R", bound=Struct)
ALL = 1_000_000
"""Records; no fewer than any store has."""


class Records(Generic[R]):
    """The records of one kind. ``reference`` is any form of an id: full, short, a prefix; a slug where there is one."""

    mapping: RecordMapping[Any]
    repository: Any

    def __init__(self, store: Store, *, read_only: bool) -> None:
        self._store = store
        self._read_only = read_only

    async def get(self, reference: str) -> R:
        """One record. Raises NotFound and Ambiguous."""
        return await self._store.read(lambda reader: self._found(reader, reference))

    async def find(self, query: Mapping[str, Any] | None = None, **equal: Any) -> list[R]:
        """The records that match a query as REST takes it, ``{"status": {"$in": [...]}, "$sort": {...}}``.

        Names with a value are further conditions; archived records are left out unless the query is on
        ``archived_at``; ``$limit`` is 100 unless given. Raises InvalidInput for unknown fields and operators.
        """
        page = await self._store.read_many(lambda reader: self._page(reader, {**(query or {}), **equal}))
        return [msgspec.json.decode(row, type=self.mapping.record) for row in page.data]

    async def count(self, query: Mapping[str, Any] | None = None, **equal: Any) -> int:
        """The number of records that match a query."""
        page = await self._store.read(lambda reader: self._page(reader, {**(query or {}), **equal, "$limit": 0}))
        return page.total or 0

    def _page(self, reader: Reader, query: Mapping[str, Any]) -> Page:
        parsed = parse(query, self.repository.FIELDS, max_limit=ALL)
        if parsed.select is not None:
            raise InvalidInput("$select: whole records are returned here.", place="$select")
        return self.repository.find(reader, with_full_ids(reader, parsed))  # type: ignore[no-any-return]

    def _found(self, reader: Reader, reference: str) -> R:
        return self.repository.get(reader, self._resolved(reader, reference))  # type: ignore[no-any-return]

    def _resolved(self, reader: Reader, reference: str) -> str:
        return references.resolve(reader, self.mapping, reference)

    async def _write(self, work: Callable[[Writer], R]) -> R:
        if self._read_only:
            raise Conflict("The store was opened to read only.")
        return await self._store.write(work)


class Insertable(Records[R]):
    """Records that can be inserted whole and removed."""

    async def insert(self, record: R) -> R:
        """Store a record that was made elsewhere, checked as a request is; the same record again changes nothing.

        Raises InvalidInput, naming the field, for values that are not of its type, and what the repository raises.
        """
        checked = valid(self.mapping.record, record)
        return await self._write(lambda writer: self.repository.insert(writer, checked))

    async def remove(self, reference: str) -> R:
        """Delete a record for good. Raises NotFound, Ambiguous, and Conflict while others depend on it."""
        return await self._write(lambda writer: self.repository.remove(writer, self._resolved(writer, reference)))


def valid(kind: type[R], record: R) -> R:
    """The record with every value of its field's type. Raises InvalidInput, naming the field."""
    try:
        return msgspec.convert(msgspec.to_builtins(record), kind)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$.")
        raise InvalidInput(f"{place.rstrip('`')}: {message}.", place=place.rstrip("`")) from None


def identity() -> tuple[str, str]:
    """A new id, and its short id, which the store cuts to the usual length where that is free."""
    full = new_id()
    return full, short_id(full, LONGER_SHORT_LENGTH)
