"""JSON in and out: requests with one clear sentence on error, frames, and the error answer."""

import re
from typing import Any, TypeVar

import msgspec

from agor_core.bounds import check_text, fits
from agor_core.errors import InvalidInput
from agor_core.wire.feed import Frame

T = TypeVar("T")

MAX_DEPTH = 64
"""Nesting of arrays and objects beyond which a body is refused."""

_NAMED = re.compile(r"field `([^`]+)`$")
_encoder = msgspec.json.Encoder()
_frames = msgspec.json.Decoder(Frame)


def encode(value: object) -> bytes:
    """A value as JSON bytes."""
    return _encoder.encode(value)


def decode(body: bytes | str) -> Any:
    """Any JSON value. Raises InvalidInput with what is wrong: not JSON, too deep, NUL, lone surrogates, 2^63 …"""
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise InvalidInput("The body is nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InvalidInput(f"The body is not valid JSON: {error}.") from None
    check(value)
    return value


def request(kind: type[T], value: Any) -> T:
    """A decoded body as a request record. Raises InvalidInput naming the field."""
    if not isinstance(value, dict):
        raise InvalidInput("The body must be a JSON object.")
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InvalidInput(_sentence(error), place=_place(error)) from None


def frame(data: bytes | str) -> Frame:
    """One frame of the feed. Raises InvalidInput."""
    try:
        decoded: Frame = _frames.decode(data)
    except RecursionError:
        raise InvalidInput("Not a frame of the feed: nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InvalidInput(f"Not a frame of the feed: {error}.") from None
    return decoded


def check(value: Any, depth: int = 0) -> None:
    """Refuse what no store can hold: NUL and lone surrogates in text, numbers out of range, absurd nesting."""
    match value:
        case str():
            check_text(value)
        case bool() | None:
            pass
        case int() if not fits(value):
            raise InvalidInput("A number is beyond 64 bits.")
        case float() if value != value or value in (float("inf"), float("-inf")):
            raise InvalidInput("A number is not finite.")
        case dict() | list() if depth >= MAX_DEPTH:
            raise InvalidInput(f"The body is nested more than {MAX_DEPTH} deep.")
        case dict():
            for key, item in value.items():
                check_text(key)
                check(item, depth + 1)
        case list():
            for item in value:
                check(item, depth + 1)
        case _:
            pass


def _sentence(error: msgspec.ValidationError) -> str:
    """``Expected `str`, got `int` - at `$.title``` as: ``title: expected `str`, got `int`.``"""
    text = str(error)
    message, _, path = text.partition(" - at `")
    place = path.rstrip("`").removeprefix("$").removeprefix(".")
    if not place:
        return f"{message}."
    return f"{place}: {message[0].lower()}{message[1:]}."


def _place(error: msgspec.ValidationError) -> str | None:
    message, _, path = str(error).partition(" - at `")
    named = _NAMED.search(message)
    return ".".join(filter(None, [path.rstrip("`").removeprefix("$").removeprefix("."), named and named[1]])) or None
