"""Partial updates: what is given changes, objects within objects field by field, and all else stays.

As in JSON Merge Patch (RFC 7396), but that a field set to null becomes null, since records have all their fields.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from agor_core.errors import InvalidInput

R = TypeVar("R", bound=Struct)


def merged(record: R, changes: Mapping[str, Any]) -> R:
    """The record with the changes. Raises InvalidInput for a field that it has not, or a value that does not fit."""
    whole = _merge(msgspec.to_builtins(record), changes, "")
    try:
        return msgspec.convert(whole, type(record))
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{error}.") from None


def _merge(held: Mapping[str, Any], changes: Mapping[str, Any], place: str) -> dict[str, Any]:
    result = dict(held)
    for name, value in changes.items():
        here = f"{place}.{name}" if place else str(name)
        if name not in held:
            raise InvalidInput(f"{here}: there is no such field.", place=here)
        inner = held[name]
        both = isinstance(inner, Mapping) and isinstance(value, Mapping)
        result[name] = _merge(inner, value, here) if both else value
    return result
