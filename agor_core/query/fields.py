"""The fields of a service: the columns that filter and sort, their types, and the paths that ``$select`` may name."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import UnsetType
from msgspec.structs import replace


class FieldType(StrEnum):
    """The type of a field's values. ``TIME`` is text in the form of :func:`agor_core.clock.timestamp`."""

    TEXT = "text"
    ID = "id"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"


class Field(msgspec.Struct, frozen=True):
    """One field that filters and sorts, by its dotted ``path`` in the record.

    ``refers_to`` is the service whose record an ID names (for a record's own id: its own service). ``choices`` are all
    texts that there are, in the order of the record's annotation; empty where any text may be.
    """

    path: str
    type: FieldType = FieldType.TEXT
    nullable: bool = False
    refers_to: str | None = None
    choices: tuple[str, ...] = ()


class Fields(Mapping[str, Field]):
    """The fields of one kind of record, by path; the first is the record's own id.

    ``selectable`` are all paths in the record, also those that are no columns. Raises ValueError when a field is none
    of the record's.
    """

    def __init__(self, record: type[msgspec.Struct], fields: Iterable[Field]) -> None:
        given = {field.path: field for field in fields}
        annotations = dict(_paths(record))
        self.identity = next(iter(given))
        self.selectable = frozenset(annotations)
        self.groups = frozenset(path.rpartition(".")[0] for path in given if "." in path)
        if foreign := given.keys() - self.selectable:
            raise ValueError(f"{record.__name__} has no {', '.join(sorted(foreign))}")
        self._fields = {path: replace(field, choices=_choices(annotations[path])) for path, field in given.items()}

    def __getitem__(self, path: str) -> Field:
        return self._fields[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def _paths(record: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every path in a record, with its annotation."""
    for field in msgspec.structs.fields(record):
        path = prefix + field.encode_name
        yield path, field.type
        for nested in _records_in(field.type):
            yield from _paths(nested, f"{path}.")


def _records_in(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    """The record type of a field, optional or not; None for other fields, lists included."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield kind


def _choices(annotation: Any) -> tuple[str, ...]:
    """All texts that an annotation permits; empty if it permits any text or other values."""
    closed: list[Any] = []
    for kind in _alternatives(annotation):
        if get_origin(kind) is Literal:
            closed += get_args(kind)
        elif isinstance(kind, type) and issubclass(kind, StrEnum):
            closed += kind
        else:
            return ()
    return tuple(dict.fromkeys(map(str, closed))) if all(isinstance(one, str) for one in closed) else ()


def _alternatives(annotation: Any) -> list[Any]:
    """The types in an annotation, without None."""
    kinds = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return [kind for kind in kinds if kind not in (NoneType, UnsetType)]
