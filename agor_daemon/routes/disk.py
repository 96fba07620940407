"""``GET /disk``: the room that Agor takes, and what could go without loss.

It is looked at now where nobody has yet, or with ``fresh=true``; ``fresh=false`` answers the latest look, or null.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from agor_core.domain.standing import DiskUse
from agor_core.errors import InvalidInput
from agor_daemon.endpoint import json, method, query


class Disk:
    """The endpoint; ``look`` looks at the disk, ``last`` is the latest look."""

    def __init__(self, look: Callable[[], Awaitable[DiskUse]], last: Callable[[], DiskUse | None]) -> None:
        self._look = look
        self._last = last

    async def __call__(self, request: Request) -> Response:
        method(request, "GET")
        asked = query(request)
        if others := sorted(asked.keys() - {"fresh"}):
            raise InvalidInput(f"{others[0]}: only fresh can be given here.", place=others[0])
        match asked.get("fresh"):
            case "true":
                return json(await self._look())
            case "false":
                return json(self._last())
            case None:
                last = self._last()
                return json(last if last is not None else await self._look())
            case _:
                raise InvalidInput("fresh: must be true or false.", place="fresh")
