"""``GET /disk``: the room that Agor takes, and what could go without loss.

It is looked at now where nobody has yet, or with ``fresh=true``; ``fresh=false`` answers the latest look, or null.
"""

from starlette.requests import Request
from starlette.responses import Response

from agor_core.errors import InvalidInput
from agor_daemon.endpoint import json, method, query
from agor_daemon.services.context import StandingCalls


class Disk:
    """The endpoint."""

    def __init__(self, standings: StandingCalls) -> None:
        self._standings = standings

    async def __call__(self, request: Request) -> Response:
        method(request, "GET")
        asked = query(request)
        if others := sorted(asked.keys() - {"fresh"}):
            raise InvalidInput(f"{others[0]}: only fresh can be given here.", place=others[0])
        match asked.get("fresh"):
            case "true":
                return json(await self._standings.disk())
            case "false":
                return json(self._standings.last)
            case None:
                return json(self._standings.last or await self._standings.disk())
            case _:
                raise InvalidInput("fresh: must be true or false.", place="fresh")
