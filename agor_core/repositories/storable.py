"""What no store holds is refused before it gets there: so every database refuses the same, with the same words."""

import math
from typing import Any

from msgspec import UNSET, Struct

from agor_core.bounds import check_text, fits
from agor_core.errors import InvalidInput

LONGEST_TEXT = 5_000_000
"""Characters of one text."""
DEEPEST = 100
"""Levels of records, objects and lists within each other."""
_SHORT = 10_000


def check(value: Any, place: str = "", depth: int = 0) -> None:
    """Raises InvalidInput, naming the place, for what is in a record: NUL characters and lone surrogates in text,
    text of a size that is no text, numbers that are not finite or beyond 64 bits, absurd nesting.
    """
    match value:
        case str():
            _check_text(value, place)
        case None | bool():
            pass
        case int():
            if not fits(value):
                raise InvalidInput(f"{place}: is beyond 64 bits.", place=place)
        case float():
            if not math.isfinite(value):
                raise InvalidInput(f"{place}: must be a finite number.", place=place)
        case Struct():
            _check_depth(place, depth)
            for name in value.__struct_fields__:
                field = getattr(value, name)
                if field and not _plain(field):  # nothing that is empty, zero or not set needs a look
                    check(field, f"{place}.{name}" if place else name, depth + 1)
        case dict():
            _check_depth(place, depth)
            for key, item in value.items():
                _check_text(str(key), place)
                check(item, place, depth + 1)
        case list() | tuple():
            _check_depth(place, depth)
            for item in value:
                check(item, place, depth + 1)
        case _ if value is not UNSET:
            raise InvalidInput(f"{place}: is nothing that can be stored.", place=place)


def _plain(value: Any) -> bool:
    """Whether it is a short text that needs no second look: as most fields are, so this is quick."""
    return isinstance(value, str) and len(value) <= _SHORT and value.isascii() and "\x00" not in value


def _check_text(text: str, place: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(f"{place}: must be shorter than {LONGEST_TEXT:,} characters.", place=place)
    if "\x00" in text or not text.isascii():
        check_text(text, place)


def _check_depth(place: str, depth: int) -> None:
    if depth > DEEPEST:
        raise InvalidInput(f"{place}: is nested more than {DEEPEST} deep.", place=place)
