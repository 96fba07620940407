"""``GET /caller``: who the daemon takes the caller for, and what that may ask."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from agor_core.config.settings import EVERYTHING
from agor_daemon.access.requester import REQUESTER
from agor_daemon.endpoint import json, method
from agor_daemon.services.rights import Rights


class CallerReport(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. ``name`` is what records keep of who asked; ``session_id`` is the agent's, if it is known.

    ``may`` are rights as ``agents.may`` in the config names them, all of which include to read.
    """

    agent: bool
    name: str
    session_id: str | None
    may: tuple[str, ...]


class WhoCalls:
    """The endpoint."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights

    async def __call__(self, request: Request) -> Response:
        method(request, "GET")
        asks = REQUESTER.get()
        may = tuple(sorted(self._rights.may)) if asks.agent else (EVERYTHING,)
        return json(CallerReport(agent=asks.agent, name=asks.name, session_id=asks.session_id, may=may))
