"""The check of every record and body, so that all databases refuse the same values in the same words."""

import math
from typing import Any

from msgspec import UNSET, Struct

from agor_core.bounds import check_text, fits
from agor_core.domain.texts import label
from agor_core.errors import InvalidInput

LONGEST_TEXT = 5_000_000
"""Characters of one text."""
DEEPEST = 100
"""Levels of records, objects and lists within each other."""
_SHORT = 10_000


def check(value: Any, deepest: int = DEEPEST) -> None:
    """Check a record or a JSON value, with all that is in it.

    Raises InvalidInput, naming the place, for NUL characters and lone surrogates in text, text of a size that is no
    text, numbers that are not finite or beyond 64 bits, and a record that is nested too deeply; RecursionError for a
    JSON value that is nested more than ``deepest`` levels.
    """
    match value:
        case str():
            _check_text(value)
        case None | bool():
            pass
        case int():
            if not fits(value):
                raise InvalidInput("A number is beyond 64 bits.")
        case float():
            if not math.isfinite(value):
                raise InvalidInput("A number is not finite.")
        case _ if value is UNSET:
            pass
        case Struct() | dict() | list() | tuple() if not deepest:
            raise RecursionError
        case Struct():
            _check_record(value, deepest - 1)
        case dict():
            _check_object(value, deepest - 1)
        case list() | tuple():
            _check_list(value, deepest - 1)
        case _:
            raise InvalidInput("A value of this type cannot be stored.")


def _check_record(record: Struct, deepest: int) -> None:
    for name in record.__struct_fields__:
        field = getattr(record, name)
        if field and not _plain(field):  # a field that is empty, zero or not set needs no check
            try:
                check(field, deepest)
            except InvalidInput as error:
                raise error.within(name) from None
            except RecursionError:
                raise InvalidInput(f"{name}: is nested more than {DEEPEST} deep.", place=name) from None


def _check_object(value: dict[Any, Any], deepest: int) -> None:
    for key, item in value.items():
        _check_text(str(key))
        try:
            check(item, deepest)
        except InvalidInput as error:
            raise error.within(label(key)) from None


def _check_list(value: list[Any] | tuple[Any, ...], deepest: int) -> None:
    for index, item in enumerate(value):
        try:
            check(item, deepest)
        except InvalidInput as error:
            raise error.within(f"[{index}]") from None


def _plain(value: Any) -> bool:
    """Whether a value is a short text that passes, as most fields are; quicker than `check`."""
    return isinstance(value, str) and len(value) <= _SHORT and value.isascii() and "\x00" not in value


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(f"Text must be at most {LONGEST_TEXT:,} characters long.")
    if "\x00" in text or not text.isascii():
        check_text(text)
