"""JSON to requests and frames and back, with one clear sentence for every error."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from agor_core.domain import storable
from agor_core.domain.texts import label, suggestion
from agor_core.errors import InvalidInput
from agor_core.wire.feed import Frame
from agor_core.wire.requests import NOT_EMPTY

T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R")

MAX_DEPTH = 64
"""The deepest nesting of arrays and objects in a body."""

MOST_ELEMENTS = 1_000
"""The most records that one request may make."""

_MISFIT = re.compile(r"Expected `([^`]+)`(?: of length <= (\d+)|, got `([^`]+)`)")
"""msgspec's message about a value: the types that fit, and the greatest length or the type that was given."""
_EMPTY = f"Expected `str` matching regex {NOT_EMPTY!r}"
_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}
_GIVEN = {**_KINDS, "int": "a number", "float": "a fraction"}
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_encoder = msgspec.json.Encoder()
_frames = msgspec.json.Decoder(Frame)


def encode(value: object) -> bytes:
    """Encode a value as JSON."""
    return _encoder.encode(value)


def decode(body: bytes | str) -> Any:
    """Decode any JSON value. Raises InvalidInput for a body that is not JSON or that no store can hold."""
    try:
        value = msgspec.json.decode(body)
        storable.check(value, MAX_DEPTH)
    except RecursionError:
        raise InvalidInput(f"The body is nested more than {MAX_DEPTH} deep.") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        _refuse_surrogates(body)
        raise InvalidInput(f"The body is not valid JSON: {error}.") from None
    return value


def request(kind: type[T], value: Any) -> T:
    """Convert a decoded body to a request. Raises InvalidInput, naming the field."""
    if not isinstance(value, dict):
        raise InvalidInput("The body must be a JSON object.")
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _misfit(kind, value, error) from None


def each(body: Any, read: Callable[[Any], R]) -> list[R]:
    """Apply ``read`` to a body, or to each element if it is a list; errors name the element's place."""
    results: list[R] = []
    for at, item in enumerate(elements(body)):
        with element(body, at):
            results.append(read(item))
    return results


def elements(body: Any) -> list[Any]:
    """The elements of a body that is a list, else the body alone. Raises InvalidInput for more than MOST_ELEMENTS."""
    if not isinstance(body, list):
        return [body]
    if len(body) > MOST_ELEMENTS:
        raise InvalidInput(f"A list has at most {MOST_ELEMENTS:,} records, not {len(body):,}; send it in parts.")
    return body


@contextlib.contextmanager
def element(body: Any, at: int) -> Iterator[None]:
    """Add the element's place to errors raised within, if the body is a list: ``[1].name: is missing.``"""
    try:
        yield
    except InvalidInput as error:
        if not isinstance(body, list):
            raise
        raise error.within(f"[{at}]") from None


def frame(data: bytes | str) -> Frame:
    """Decode one frame of the feed. Raises InvalidInput."""
    try:
        decoded: Frame = _frames.decode(data)
    except RecursionError:
        raise InvalidInput("Not a frame of the feed: nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InvalidInput(f"Not a frame of the feed: {error}.") from None
    return decoded


def _refuse_surrogates(body: bytes | str) -> None:
    """Raises InvalidInput if the body failed to decode because of lone surrogates, which Python's decoder takes."""
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    if _SURROGATE.search(raw):
        with contextlib.suppress(ValueError, RecursionError):
            storable.check(json.loads(raw), MAX_DEPTH)


def _misfit(kind: type[msgspec.Struct], value: dict[str, Any], error: msgspec.ValidationError) -> InvalidInput:
    """Say in our words why a body is not a request of this type."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name in value:
        if name not in fields:
            return InvalidInput(f"{label(name)}: there is no such field{suggestion(name, fields)}", place=label(name))
    for name, field in fields.items():
        if field.required and name not in value:
            return InvalidInput(f"{name}: is missing.", place=name)
    problem, at, place = str(error).rpartition(" - at `$.")
    if not at:
        return InvalidInput(f"{error}.")
    place = place.removesuffix("`")
    if problem == _EMPTY:
        return InvalidInput(f"The {place} is empty.", place=place)
    found = _MISFIT.fullmatch(problem)
    if found is None:
        return InvalidInput(f"{problem}.").within(place)
    kinds, longest, got = found.groups()
    if longest is not None:
        return InvalidInput(f"{place}: must be at most {int(longest):,} characters long.", place=place)
    *others, last = [_KINDS.get(name, name) for name in kinds.split(" | ")]
    wanted = f"{', '.join(others)} or {last}" if others else last
    return InvalidInput(f"{place}: must be {wanted}, not {_GIVEN.get(got, got)}.", place=place)
