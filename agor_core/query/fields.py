"""What a service can be asked about: the columns of its records, their types, and what ``$select`` may name."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, get_args

import msgspec


class FieldType(StrEnum):
    """What a field's values are. ``TIME`` is text in the one form of :func:`agor_core.clock.timestamp`."""

    TEXT = "text"
    ID = "id"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"


class Field(msgspec.Struct, frozen=True):
    """One field that filters and sorts, by its dotted ``path`` in the record.

    ``refers_to`` is the service whose record an ID names (for a record's own id: its own service).
    """

    path: str
    type: FieldType = FieldType.TEXT
    nullable: bool = False
    refers_to: str | None = None


class Fields(Mapping[str, Field]):
    """The fields of one kind of record, by path; the first is the record's own id.

    ``selectable`` are all paths in the record, also those that are no columns. Raises ValueError when a field is none
    of the record's.
    """

    def __init__(self, record: type[msgspec.Struct], fields: Iterable[Field]) -> None:
        self._fields = {field.path: field for field in fields}
        self.identity = next(iter(self._fields))
        self.selectable = frozenset(_paths(record))
        self.groups = frozenset(path.rpartition(".")[0] for path in self._fields if "." in path)
        if foreign := self._fields.keys() - self.selectable:
            raise ValueError(f"{record.__name__} has no {', '.join(sorted(foreign))}")

    def __getitem__(self, path: str) -> Field:
        return self._fields[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def _paths(record: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(record):
        path = prefix + field.encode_name
        yield path
        for nested in _records_in(field.type):
            yield from _paths(nested, f"{path}.")


def _records_in(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    """The record that a field holds, be it optional; a list's items are not paths of the record."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield kind
