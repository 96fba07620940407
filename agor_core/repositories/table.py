"""A repository of any mapped table, with the functions of the other repositories and no rules of its own."""

import re
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from agor_core.bounds import fits
from agor_core.db.connections import Reader, Writer
from agor_core.errors import NotFound
from agor_core.query.tree import Query
from agor_core.repositories import base, listing, references
from agor_core.repositories.mapping import RecordMapping
from agor_core.repositories.page import Page

R = TypeVar("R", bound=Struct)
NUMBER = re.compile("0|[1-9][0-9]{0,18}", re.ASCII)
STAMPED = ("short_id", "created_at", "updated_at")
"""Fields that the store or the service sets, not the caller."""


class TableRepository(Generic[R]):
    """Finds, reads and writes the records of one mapping."""

    def __init__(self, mapping: RecordMapping[R]) -> None:
        self._mapping = mapping
        self._default_sort = "created_at" if "created_at" in mapping.columns else mapping.identity_path
        self.FIELDS = mapping.fields()

    def find(self, reader: Reader, query: Query) -> Page:
        """A page of records, without ``$sort`` the oldest first, or by id where they have no ``created_at``."""
        return listing.find(reader, self._mapping, query, default_sort=(self._default_sort,))

    def get(self, reader: Reader, identifier: str | int, *, lock: bool = False) -> R:
        """The record with a full id. Raises NotFound."""
        return base.get(reader, self._mapping, identifier, lock=lock)

    def resolve(self, reader: Reader, text: str) -> str | int:
        """Resolve any form of an id to the full id, or a number to itself. Raises NotFound and Ambiguous."""
        if not self._mapping.numbered:
            return references.resolve(reader, self._mapping, text)
        if NUMBER.fullmatch(text) is None or not fits(int(text)):
            raise NotFound(self._mapping.kind, text)
        return int(text)

    def insert(self, writer: Writer, record: R) -> R:
        """Store a new record; asked again with the same id and content, it answers the stored one.

        A record of a numbered table gets the database's number instead of its id. Raises Conflict for an id that is
        taken, ShortIdTaken for a short id.
        """
        if self._mapping.numbered:
            return base.insert_numbered(writer, self._mapping, record)
        stored = base.lookup(writer, self._mapping, getattr(record, self._mapping.identity_path))
        if stored is not None and _stamped_like(stored, record) == stored:
            return stored
        return base.insert_record(writer, self._mapping, record)

    def update(self, writer: Writer, record: R, *, event: str = "patched") -> R:
        """Store the new state of a record. Raises NotFound."""
        old = self.get(writer, getattr(record, self._mapping.identity.name), lock=True)
        return base.update_record(writer, self._mapping, old, record, event=event)

    def remove(self, writer: Writer, identifier: str | int) -> R:
        """Delete a record. Raises NotFound."""
        return base.delete_record(writer, self._mapping, self.get(writer, identifier, lock=True))


def _stamped_like(stored: R, record: R) -> R:
    """The record with the stored one's short id and times."""
    stamps = [name for name in STAMPED if name in record.__struct_fields__]
    return replace(record, **{name: getattr(stored, name) for name in stamps})
