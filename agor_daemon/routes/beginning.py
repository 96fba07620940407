"""``GET /beginning``: where the worktree of a new session would begin, in the folder ``cwd`` or in a ``repo``.

``base`` is a branch, tag or commit. With ``fetch=true`` its upstream is fetched before; only a person may ask for that.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from agor_core.domain.beginning import Beginning
from agor_core.errors import InvalidInput, Refused
from agor_daemon.access.requester import REQUESTER
from agor_daemon.endpoint import json, method, query

Look = Callable[..., Awaitable[Beginning]]
GIVEN = ("cwd", "repo", "base", "fetch")


class Beginnings:
    """The endpoint."""

    def __init__(self, look: Look) -> None:
        self._look = look

    async def __call__(self, request: Request) -> Response:
        method(request, "GET")
        asked = query(request)
        if others := sorted(asked.keys() - {*GIVEN}):
            raise InvalidInput(f"{others[0]}: only {', '.join(GIVEN)} can be given here.", place=others[0])
        if asked.get("fetch", "false") not in ("true", "false"):
            raise InvalidInput("fetch: must be true or false.", place="fetch")
        fetch = asked.get("fetch") == "true"
        if fetch and REQUESTER.get().agent:
            raise Refused("An agent asks this, and may not have the daemon fetch; git can do that in its worktree.")
        found = await self._look(asked.get("cwd"), repo=asked.get("repo"), base=asked.get("base") or None, fetch=fetch)
        return json(found)
