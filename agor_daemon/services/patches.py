"""The fields that a patch gives, what it may not change, and the patch that a replacement (PUT) amounts to."""

from collections.abc import Iterable
from typing import Any, get_args

import msgspec
from msgspec import UNSET

from agor_core.clock import parse_timestamp, timestamp
from agor_core.errors import InvalidInput
from agor_core.repositories.mapping import UPDATED_AT as STAMP

Body = type[msgspec.Struct]
COUNT = "_count"
"""The end of the names of fields that the daemon counts."""


def given_fields(request: msgspec.Struct) -> dict[str, Any]:
    """The fields of a request that are set, by name."""
    fields = {name: getattr(request, name) for name in request.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not UNSET}


def changeable_part(record: msgspec.Struct, body: Any, kind: Body, derived: Iterable[str]) -> dict[str, Any]:
    """The fields of a body that a patch of the ``kind`` takes, or that the record does not have.

    So a record can be sent back as ``get`` answered it: left out are fields that cannot be changed and have the
    record's value, and those that are ``derived`` (paths), counted or stamped, whatever their value. Raises
    InvalidInput for any other that cannot be changed.
    """
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object.")
    changeable = kind.__struct_fields__
    if all(name in changeable for name in body):
        return body
    present, stated = msgspec.json.decode(msgspec.json.encode(record)), msgspec.json.decode(msgspec.json.encode(body))
    for path in (*derived, STAMP):
        _leave_out(present, path)
        _leave_out(stated, path)
    for name in record.__struct_fields__:
        if name in changeable or name not in stated or name.endswith(COUNT):
            continue
        if stated[name] != present.get(name):
            raise InvalidInput(f"{name}: cannot be changed.", place=name)
    return {name: value for name, value in body.items() if name in changeable or name not in record.__struct_fields__}


def replacement(record: msgspec.Struct, body: Any, kind: Body, derived: Iterable[str]) -> dict[str, Any]:
    """The patch that turns ``record`` into ``body``, a whole record as ``get`` answers it.

    A changeable field that the body lacks becomes null or empty. Raises InvalidInput as `changeable_part` does, and
    for a missing field that can be neither null nor empty.
    """
    patch = dict(changeable_part(record, body, kind, derived))
    for field in msgspec.structs.fields(kind):
        if field.name not in patch and field.name in record.__struct_fields__:
            patch[field.name] = _empty(field.name, field.type)
    return patch


def _leave_out(value: Any, path: str) -> None:
    """Remove the field at a dotted path from JSON, if it is there."""
    name, _, rest = path.partition(".")
    if not isinstance(value, dict) or name not in value:
        return
    if rest:
        _leave_out(value[name], rest)
    else:
        del value[name]


def stored_time(name: str, text: str) -> str:
    """A time in the stored form. Raises InvalidInput."""
    try:
        return timestamp(parse_timestamp(text))
    except (ValueError, OverflowError):
        raise InvalidInput(f"{name}: must be a time such as 2026-01-31T09:05:00.123Z, or null.", place=name) from None


def _empty(name: str, annotation: Any) -> Any:
    if type(None) in get_args(annotation):
        return None
    if any(getattr(kind, "__origin__", None) is tuple for kind in get_args(annotation)):
        return []
    raise InvalidInput(f"{name}: is required in a replacement.", place=name)
