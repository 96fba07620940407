"""``GET /compare?sessions=ID,ID,…``: sessions of one repo beside each other."""

from starlette.requests import Request
from starlette.responses import Response

from agor_core.db.store import Store
from agor_daemon.endpoint import json, method, query
from agor_daemon.services.comparisons import comparison
from agor_daemon.services.context import CompareCalls


class Compare:
    """The endpoint of comparisons."""

    def __init__(self, store: Store, comparing: CompareCalls) -> None:
        self._store = store
        self._comparing = comparing

    async def __call__(self, request: Request) -> Response:
        method(request, "GET")
        return json(await comparison(self._store, self._comparing, query(request)))
