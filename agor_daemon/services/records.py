"""The generic service over a repository: what the eight have in common."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from agor_core.db.connections import Reader, Writer
from agor_core.ids import canonical
from agor_core.query.parser import parse
from agor_daemon.services.context import Context
from agor_daemon.services.references import REPOSITORIES, resolved
from agor_daemon.services.service import RawQuery, Service

Record = TypeVar("Record", bound=msgspec.Struct)
T = TypeVar("T")


class RecordService(Service, Generic[Record]):
    """find and get for the records of one repository."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.repository = REPOSITORIES[self.name]
        self.fields = self.repository.FIELDS

    async def find(self, query: RawQuery) -> Any:
        parsed = parse(query, self.fields)
        return await self.read(lambda reader: self.repository.find(reader, resolved(reader, parsed)))

    async def get(self, given: str, query: RawQuery) -> Any:
        selected = self.selection(query)
        record = await self.read(lambda reader: self.whole(reader, self.found(reader, given)))
        return self.picked(record, selected)

    def found(self, reader: Reader, given: str, *, lock: bool = False) -> Record:
        """The record that an id in any form names. Raises NotFound and Ambiguous."""
        identifier = canonical(given) or self.repository.resolve(reader, given)
        record: Record = self.repository.get(reader, identifier, lock=lock)
        return record

    def whole(self, reader: Reader, record: Record) -> Record:  # noqa: ARG002
        """The record as ``get`` shows it, with what lists leave out."""
        return record

    async def read(self, work: Callable[[Reader], T]) -> T:
        return await self.context.store.read(work)

    async def write(self, work: Callable[[Writer], T]) -> T:
        return await self.context.store.write(work)
