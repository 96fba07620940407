"""The request bodies of a plain table, derived from its record: every field that the daemon does not set itself."""

from typing import Any, TypeVar

import msgspec
from msgspec import NODEFAULT, UNSET, UnsetType

from agor_core.repositories.mapping import RecordMapping
from agor_core.repositories.table import STAMPED
from agor_daemon.services.contract import Body
from agor_daemon.services.patches import given_fields

R = TypeVar("R", bound=msgspec.Struct)


def creation_body(mapping: RecordMapping[Any]) -> Body:
    """The body of ``create``: fields with a default may be left out, and so may the id; a numbered table takes none."""
    fields: list[Any] = [] if mapping.numbered else [(mapping.identity_path, str | UnsetType, UNSET)]
    for field in _writable(mapping):
        default = (
            field.default
            if field.default_factory is NODEFAULT
            else msgspec.field(default_factory=field.default_factory)
        )
        fields.append((field.name, field.type) if field.required else (field.name, field.type, default))
    return _body(f"Create{mapping.record.__name__}", fields)


def patch_body(mapping: RecordMapping[Any]) -> Body:
    """The body of ``patch``: any of the fields, but the id."""
    fields = [(field.name, field.type | UnsetType, UNSET) for field in _writable(mapping)]
    return _body(f"Patch{mapping.record.__name__}", fields)


def new_record(
    mapping: RecordMapping[R], request: msgspec.Struct, identifier: str | None, short_id: str, *, at: str
) -> R:
    """The record of a creation's body, with the id and the fields that the daemon sets."""
    stamps = {"short_id": short_id, "created_at": at, "updated_at": at}
    known = {name: value for name, value in stamps.items() if name in mapping.record.__struct_fields__}
    return mapping.record(**{**given_fields(request), **known, mapping.identity_path: identifier})


def _writable(mapping: RecordMapping[Any]) -> list[msgspec.structs.FieldInfo]:
    unwritable = {mapping.identity_path, *STAMPED, *mapping.derived}
    return [field for field in msgspec.structs.fields(mapping.record) if field.name not in unwritable]


def _body(name: str, fields: list[Any]) -> Body:
    return msgspec.defstruct(name, fields, frozen=True, kw_only=True, forbid_unknown_fields=True)
