"""The generic service over one table: all eight calls, of which a concrete service overrides what differs.

A plain table is mounted by its mapping alone: ``RecordService(context, PEOPLE)``.
"""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from agor_core.db.connections import Reader, Writer
from agor_core.errors import NotFound
from agor_core.ids import canonical
from agor_core.query.matching import matches
from agor_core.query.parser import parse
from agor_core.query.tree import Query
from agor_core.repositories.full_ids import with_full_ids
from agor_core.repositories.mapping import RecordMapping
from agor_core.repositories.table import TableRepository
from agor_core.wire import codec
from agor_daemon.new_ids import store_new
from agor_daemon.services import bulk
from agor_daemon.services.bodies import creation_body, new_record, patch_body
from agor_daemon.services.context import Context
from agor_daemon.services.contract import EVERY_CALL, Body, RawQuery, Service
from agor_daemon.services.patches import changeable_part, given_fields, replacement
from agor_daemon.services.references import new_identity, requested_id

Record = TypeVar("Record", bound=msgspec.Struct)
T = TypeVar("T")
Draft = tuple[Any, str | None, str]
"""A request for a new record, its id and its short id."""


class RecordService(Service, Generic[Record]):
    """All calls over one ``repository``: a module of the repositories, else that of the mapping's table."""

    calls: ClassVar[frozenset[str]] = EVERY_CALL
    mapping: RecordMapping[Record]
    repository: Any = None

    def __init__(self, context: Context, mapping: RecordMapping[Record] | None = None) -> None:
        self.context = context
        self.mapping = mapping or self.mapping
        self.name = self.mapping.service
        self.record_type = self.mapping.record
        if self.repository is None:
            self.repository = TableRepository(self.mapping)
            self.create_type, self.patch_type = creation_body(self.mapping), patch_body(self.mapping)
            self.id_fields = () if self.mapping.numbered else (self.mapping.identity_path,)
            self.takes_keys = not self.mapping.numbered
        self.fields = self.repository.FIELDS

    async def find(self, query: RawQuery) -> Any:
        parsed = parse(query, self.fields)
        return await self.read_many(lambda reader: self.repository.find(reader, self.with_full_ids(reader, parsed)))

    async def get(self, reference: str, query: RawQuery) -> Any:
        asked = self.query_of_one(query)
        record = await self.read(lambda reader: self.with_derived_fields(reader, self.found(reader, reference, asked)))
        return self.selected(record, asked)

    async def create(self, body: Any) -> Any:
        requests = codec.each(body, self.creation_request)

        async def drafts() -> list[Draft]:
            return [(request, *self._new_identity(request)) for request in requests]

        def insert(writer: Writer, draft: Draft) -> Record:
            stored: Record = self.repository.insert(writer, self.build_record(writer, *draft))
            return stored

        made = await store_new(self.context.store, insert, drafts)
        return made if isinstance(body, list) else made[0]

    async def update(self, reference: str, body: Any, query: RawQuery) -> Any:
        return await self._change(reference, body, query, replacement, "updated")

    async def patch(self, reference: str, body: Any, query: RawQuery) -> Any:
        return await self._change(reference, body, query, changeable_part, "patched")

    async def patch_many(self, query: RawQuery, body: Any) -> Any:
        described = bulk.parse_query(self, query)
        request = codec.request(self._patch_type(), body)

        def work(writer: Writer) -> list[Record]:
            matching = [self.repository.get(writer, it, lock=True) for it in self.ids(writer, described)]
            return [self._changed(writer, record, request, "patched") for record in matching]

        changed = await asyncio.gather(*(self.after_change(record) for record in await self.write(work)))
        return self.select_fields(list(changed), described.select)

    async def remove(self, reference: str, query: RawQuery) -> Any:
        asked = self.query_of_one(query)

        def work(writer: Writer) -> Record:
            record = self.found(writer, reference, asked, lock=True)
            removed: Record = self.repository.remove(writer, getattr(record, self.fields.identity))
            return removed

        return self.selected(await self.write(work), asked)

    async def remove_many(self, query: RawQuery) -> Any:
        described = bulk.parse_query(self, query)
        removed = await self.write(
            lambda writer: [self.repository.remove(writer, it) for it in self.ids(writer, described)]
        )
        return self.select_fields(removed, described.select)

    def creation_request(self, body: Any) -> Any:
        """A body as a request for a new record. Raises InvalidInput."""
        if self.create_type is None:
            raise self.not_offered("create")
        request = codec.request(self.create_type, body)
        if not self.mapping.numbered:
            requested_id(getattr(request, self.fields.identity), self.fields.identity)
        return request

    def build_record(self, writer: Writer, request: Any, identifier: Any, short_id: str) -> Record:
        """The record that a request for a new one describes, before it is stored."""
        return new_record(self.mapping, request, identifier, short_id, at=writer.at)

    def patched(self, reader: Reader, record: Record, request: Any) -> Record:  # noqa: ARG002
        """The record with the fields that a patch gives. Raises InvalidInput, and Conflict for the present state."""
        return msgspec.structs.replace(record, **given_fields(request))

    async def after_change(self, record: Record) -> Record:
        """Act on a change once it is committed; return the record."""
        return record

    def lookup(self, reader: Reader, reference: str, *, lock: bool = False) -> Record:
        """The record that an id in any form names. Raises NotFound and Ambiguous."""
        known = None if self.mapping.numbered else canonical(reference)
        identifier = known or self.repository.resolve(reader, reference)
        record: Record = self.repository.get(reader, identifier, lock=lock)
        return record

    def found(self, reader: Reader, reference: str, asked: Query | None, *, lock: bool = False) -> Record:
        """The record that an id in any form names and that meets the conditions. Raises NotFound and Ambiguous."""
        record = self.lookup(reader, reference, lock=lock)
        if asked is None or matches(self.with_full_ids(reader, asked).where, msgspec.to_builtins(record)):
            return record
        raise NotFound(self.mapping.kind, reference, f"The {self.mapping.kind} {reference!r} does not meet the query.")

    def selected(self, record: Record, asked: Query | None) -> Any:
        """The fields of a record that a query selects."""
        return self.select_fields(record, None if asked is None else asked.select)

    def with_derived_fields(self, reader: Reader, record: Record) -> Record:  # noqa: ARG002
        """The record as ``get`` shows it, with the fields that lists leave out."""
        return record

    def ids(self, reader: Reader, query: Query) -> list[str]:
        """The ids of all records that a query of many matches. Raises InvalidInput where they are too many."""
        return bulk.matching_ids(reader, self.repository, self, query)

    def with_full_ids(self, reader: Reader, query: Query) -> Query:
        return with_full_ids(reader, query, {self.name: self.repository})

    async def read(self, work: Callable[[Reader], T]) -> T:
        """The result of a unit of work that reads."""
        return await self.context.store.read(work)

    async def read_many(self, work: Callable[[Reader], T]) -> T:
        """The result of a unit of work that reads many records."""
        return await self.context.store.read_many(work)

    async def write(self, work: Callable[[Writer], T]) -> T:
        """The result of a unit of work, once it is committed."""
        return await self.context.store.write(work)

    async def _change(
        self, reference: str, body: Any, query: RawQuery, patch_of: Callable[..., dict[str, Any]], event: str
    ) -> Any:
        """Change one record by the patch that a body amounts to; ``patch_of`` derives it from record and body."""
        asked, patch_type = self.query_of_one(query), self._patch_type()

        def work(writer: Writer) -> Record:
            record = self.found(writer, reference, asked, lock=True)
            request = codec.request(patch_type, patch_of(record, body, patch_type, self.mapping.derived))
            return self._changed(writer, record, request, event)

        return self.selected(await self.after_change(await self.write(work)), asked)

    def _changed(self, writer: Writer, record: Record, request: Any, event: str) -> Record:
        stored: Record = self.repository.update(writer, self.patched(writer, record, request), event=event)
        return stored

    def _new_identity(self, request: Any) -> tuple[str | None, str]:
        """The id and the short id of a new record; None where the database numbers it. Raises InvalidInput."""
        if self.mapping.numbered:
            return None, ""
        return new_identity(getattr(request, self.fields.identity), self.fields.identity)

    def _patch_type(self) -> Body:
        if self.patch_type is None:
            raise self.not_offered("patch")
        return self.patch_type
