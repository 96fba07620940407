"""``GET /search?q=WORDS``, over all sessions or those of a ``board``, an ``agent`` or a ``repo``."""

from starlette.requests import Request
from starlette.responses import Response

from agor_core.db.store import Store
from agor_daemon.endpoint import json, method, query
from agor_daemon.services.search import search_page


class Search:
    """The endpoint of the search."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, request: Request) -> Response:
        method(request, "GET")
        return json(await search_page(self._store, query(request)))
