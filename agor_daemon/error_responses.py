"""Errors as HTTP answers: a status and a Failure, with the names of Feathers' errors."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from agor_core import errors
from agor_core.wire.codec import encode
from agor_core.wire.failure import Failure

logger = logging.getLogger(__name__)

NAMES: Mapping[int, str] = {
    400: "BadRequest",
    401: "NotAuthenticated",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    413: "PayloadTooLarge",
    422: "Unprocessable",
    500: "GeneralError",
    503: "Unavailable",
    507: "InsufficientStorage",
}


RETRY_AFTER = 1
"""Seconds after which a caller may try again what is unavailable now."""


class BodyTooLarge(errors.AgorError):
    """The body of a request is longer than ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is longer than {limit:,} bytes.")
        self.limit = limit


class NotOffered(errors.MethodNotAllowed):
    """The address does not offer this call; ``allowed`` are the methods that it has."""

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class WrongMethod(NotOffered):
    """The address has no call with this method."""

    def __init__(self, method: str, path: str, allowed: Sequence[str]) -> None:
        super().__init__(f"{method} is not for {path}; it takes {', '.join(allowed)}.", allowed)


STATUS: Mapping[type[errors.AgorError], int] = {
    errors.InvalidInput: 400,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.Ambiguous: 409,
    errors.Conflict: 409,
    BodyTooLarge: 413,
    errors.Unprocessable: 422,
    errors.StoreFull: 507,
    errors.Unavailable: 503,
}


def status_of(error: Exception) -> int:
    """The HTTP status of an error; 500 for an unexpected one."""
    if isinstance(error, errors.Refused):
        return 403 if error.authenticated else 401
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def failure(error: Exception, request_id: str | None = None) -> Failure:
    """The answer to an error. An unexpected one is logged under an id, and the answer holds only that id."""
    code = status_of(error)
    if code == 500:
        request_id = request_id or secrets.token_hex(8)
        logger.error("unhandled error", exc_info=error, extra={"request_id": request_id})
        said = f"Something went wrong in the daemon; its log has more under {request_id}."
        return _named(500, said, {"id": request_id})
    return _named(code, str(error), _details(error))


def response(error: Exception, request_id: str | None = None) -> Response:
    """An error as an HTTP answer."""
    failed = failure(error, request_id)
    headers = {"www-authenticate": "Bearer"} if failed.code == 401 else {}
    if failed.code == 503:
        headers["retry-after"] = str(RETRY_AFTER)
    if isinstance(error, NotOffered):
        headers["allow"] = ", ".join(error.allowed)
    return Response(encode(failed), failed.code, headers, media_type="application/json")


def _named(code: int, message: str, details: dict[str, Any]) -> Failure:
    name = NAMES[code]
    kebab = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
    return Failure(name=name, message=message, code=code, class_name=kebab, errors=details)


def _details(error: Exception) -> dict[str, Any]:
    match error:
        case errors.Ambiguous(candidates=candidates):
            return {"candidates": [{"id": identifier, "title": title} for identifier, title in candidates]}
        case errors.InvalidInput(place=str(place)):
            return {place: error.message}
        case errors.AgentNotInstalled(agent=agent, hint=hint):
            return {"agent": agent, "hint": hint}
        case errors.Conflicting(paths=paths):
            return {"conflicts": list(paths)}
        case errors.ConsentNeeded(text=text, digest=digest):
            return {"commands": text, "consent": digest}
        case errors.GitFailed(stderr=stderr) if stderr:
            return {"stderr": stderr}
        case _:
            return {}
