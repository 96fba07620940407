"""Converts values in queries to the type of their field: checks JSON values, parses text of a query string."""

import math
import re
from typing import Any

from agor_core.bounds import check_text, fits
from agor_core.clock import parse_timestamp, timestamp
from agor_core.domain.texts import shown
from agor_core.errors import InvalidInput
from agor_core.ids import canonical
from agor_core.query.fields import Field, FieldType
from agor_core.query.tree import Unresolved, Value

_INTEGER = re.compile(r"-?[0-9]{1,60}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_OFFSET_AFTER_SPACE = re.compile(r"(T[0-9:.]+) (?=[0-9]{2}:?[0-9]{2}$)")
_BOOLEANS = {"true": True, "false": False}


def read(field: Field, given: Any, place: str) -> Value | Unresolved:
    """Convert a value for a comparison by equality, null included. Raises InvalidInput."""
    if given is None or (field.nullable and given in ("null", "")):
        if not field.nullable:
            raise InvalidInput(f"{place}: {field.path} is never null.", place=place)
        return None
    return read_operand(field, given, place)


def read_operand(field: Field, given: Any, place: str) -> Value | Unresolved:
    """Convert a value that is not null to the field's type. Raises InvalidInput."""
    match field.type:
        case FieldType.TEXT if isinstance(given, str) and (not field.choices or given in field.choices):
            return check_text(given, place)
        case FieldType.ID if isinstance(given, str):
            return _id(field, check_text(given, place), place)
        case FieldType.TIME if isinstance(given, str):
            return _time(given, place)
        case FieldType.BOOLEAN if isinstance(given, bool):
            return given
        case FieldType.BOOLEAN if isinstance(given, str) and given in _BOOLEANS:
            return _BOOLEANS[given]
        case FieldType.INTEGER if not isinstance(given, bool):
            return read_integer(given, place)
        case FieldType.NUMBER if not isinstance(given, bool):
            return _number(given, place)
        case _:
            wanted = f"one of {', '.join(field.choices)}" if field.choices else _WANTED[field.type]
            raise InvalidInput(f"{place}: must be {wanted}, not {shown(given)}.", place=place)


def read_integer(given: Any, place: str) -> int:
    """Convert a whole number of 64 bits from JSON or text. Raises InvalidInput."""
    if isinstance(given, str) and _INTEGER.fullmatch(given):
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool):
        raise InvalidInput(f"{place}: must be a whole number, not {shown(given)}.", place=place)
    if not fits(given):
        raise InvalidInput(f"{place}: is beyond 64 bits.", place=place)
    return given


def read_boolean(given: Any, place: str) -> bool:
    """Convert true or false from JSON or text. Raises InvalidInput."""
    value = _BOOLEANS.get(given) if isinstance(given, str) else given
    if not isinstance(value, bool):
        raise InvalidInput(f"{place}: must be true or false, not {shown(given)}.", place=place)
    return value


_WANTED = {
    FieldType.TEXT: "text",
    FieldType.ID: "the text of an id",
    FieldType.TIME: "a time such as 2026-01-31T09:05:00.123Z",
    FieldType.BOOLEAN: "true or false",
    FieldType.INTEGER: "a whole number",
    FieldType.NUMBER: "a number",
}


def _id(field: Field, text: str, place: str) -> str | Unresolved:
    full = canonical(text)
    if full is not None:
        return full
    if field.refers_to is None or not text.strip():
        raise InvalidInput(f"{place}: must be an id, not {shown(text)}.", place=place)
    return Unresolved(field.refers_to, text.strip())


def _time(text: str, place: str) -> str:
    """The stored form of a time, cut to milliseconds as in records."""
    try:
        # A "+" that was not escaped in a query string arrives as a space.
        return timestamp(parse_timestamp(_OFFSET_AFTER_SPACE.sub(r"\1+", text.strip())))
    except (ValueError, OverflowError):
        raise InvalidInput(f"{place}: must be {_WANTED[FieldType.TIME]}, not {shown(text)}.", place=place) from None


def _number(given: Any, place: str) -> float:
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        given = float(given)
    if not isinstance(given, int | float):
        raise InvalidInput(f"{place}: must be a number, not {shown(given)}.", place=place)
    if isinstance(given, int):
        given = float(read_integer(given, place))
    if not math.isfinite(given):
        raise InvalidInput(f"{place}: must be a finite number.", place=place)
    return float(given)
