"""HTTP endpoints: the query and the body of a request, and its JSON answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from agor_core.bounds import check_text
from agor_core.errors import InvalidInput
from agor_core.query.query_string import MAX_PAIRS, parse_pairs
from agor_core.wire import codec
from agor_daemon.error_responses import BodyTooLarge, WrongMethod

LONGEST_BODY = 10_000_000
"""Bytes."""
DECODED_AT_ONCE = 200_000
"""Bytes; a longer body is decoded in a thread, so that other requests do not wait for it."""


class Endpoint:
    """A function from request to answer as an ASGI application, for every method."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)


def json(value: object, status: int = 200) -> Response:
    """A value as a JSON answer."""
    return Response(codec.encode(value), status, media_type="application/json")


def method(request: Request, *allowed: str) -> str:
    """The request's method, HEAD as GET. Raises WrongMethod for one that is not ``allowed``."""
    given = "GET" if request.method == "HEAD" else request.method
    if given not in allowed:
        raise WrongMethod(given, request.url.path, allowed)
    return given


def pairs(request: HTTPConnection) -> list[tuple[str, str]]:
    """The decoded pairs of the query string. Raises InvalidInput for invalid text and too many pairs."""
    raw: bytes = request.scope["query_string"]
    if not raw:
        return []
    try:
        decoded = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_PAIRS)
    except UnicodeDecodeError:
        raise InvalidInput("The query string is not valid UTF-8.") from None
    except ValueError:
        raise InvalidInput(f"A query string has at most {MAX_PAIRS} parts.") from None
    for key, value in decoded:
        check_text(key)
        check_text(value)
    return decoded


def query(request: Request) -> dict[str, Any]:
    """The query string as a nested object. Raises InvalidInput."""
    return parse_pairs(pairs(request))


async def body(request: Request) -> Any:
    """The decoded JSON body, whatever its content type; None if it is empty.

    Raises InvalidInput, and BodyTooLarge before more than LONGEST_BODY is read.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > LONGEST_BODY:
        raise BodyTooLarge(LONGEST_BODY)
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LONGEST_BODY:
            raise BodyTooLarge(LONGEST_BODY)
    if not raw.strip():
        return None
    if len(raw) > DECODED_AT_ONCE:
        return await asyncio.to_thread(codec.decode, bytes(raw))
    return codec.decode(bytes(raw))
