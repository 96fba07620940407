"""The fields that a patch gives, and the patch that a replacement (PUT) amounts to."""

from typing import Any, get_args

import msgspec
from msgspec import UNSET

from agor_core.clock import parse_timestamp, timestamp
from agor_core.errors import InvalidInput


def given_fields(request: msgspec.Struct) -> dict[str, Any]:
    """The fields of a request that are set, by name."""
    fields = {name: getattr(request, name) for name in request.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not UNSET}


def replacement(record: msgspec.Struct, body: Any, kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The patch that turns ``record`` into ``body``, a whole record as ``get`` answers it.

    A changeable field that the body lacks becomes null or empty. Raises InvalidInput for a field with another value
    that cannot be changed, and for a missing one that can be neither null nor empty.
    """
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object.")
    present = msgspec.json.decode(msgspec.json.encode(record))
    changeable = {field.name: field for field in msgspec.structs.fields(kind)}
    for name, value in body.items():
        if name not in changeable and name in present and present[name] != value:
            raise InvalidInput(f"{name}: cannot be changed.", place=name)
    patch = {name: value for name, value in body.items() if name in changeable or name not in present}
    for name, field in changeable.items():
        if name not in patch and name in present:
            patch[name] = _empty(name, field.type)
    return patch


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
