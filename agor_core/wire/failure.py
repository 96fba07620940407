"""The error answer of the REST interface, in the shape and with the names of Feathers."""

from typing import Any

import msgspec


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` is Feathers' error class, ``code`` the HTTP status, ``errors`` details (``candidates`` for ids)."""

    name: str
    message: str
    code: int
    class_name: str = msgspec.field(name="className")
    errors: dict[str, Any] = msgspec.field(default_factory=dict)
