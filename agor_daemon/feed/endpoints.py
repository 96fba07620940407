"""``/feed``: a page of the log as JSON, or a stream of it as a WebSocket or as server-sent events."""

from collections.abc import Mapping

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from agor_core.db.store import Store
from agor_core.wire.feed import Resync
from agor_daemon.endpoint import json, method, pairs
from agor_daemon.feed import frames, query
from agor_daemon.feed.carriers import EVENT_STREAM, EventStream, WebSocket
from agor_daemon.feed.hub import Hub
from agor_daemon.feed.selection import FeedSelection
from agor_daemon.feed.stream import Stream
from agor_daemon.services.contract import Service


class FeedRoutes:
    """The two endpoints of the feed; ``services`` are those that a client may follow."""

    def __init__(self, hub: Hub, store: Store, services: Mapping[str, Service]) -> None:
        self._hub = hub
        self._store = store
        self._services = services

    async def follow(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream to one client. Raises InvalidInput before the handshake is accepted."""
        wanted = await self._query(HTTPConnection(scope))
        carrier = WebSocket(receive, send, scope.get("state", {}).get("connection"))
        await Stream(self._hub, wanted, carrier).run()

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page, or for a client that accepts nothing but events a stream. Raises InvalidInput."""
        request = Request(scope, receive)
        given = method(request, "GET")
        wanted = await self._query(request)
        if given == request.method and request.headers.get("accept", "").split(";")[0].strip() == EVENT_STREAM:
            if (last := request.headers.get("last-event-id")) is not None:
                wanted = msgspec.structs.replace(wanted, since=query.cursor(last))
            await Stream(self._hub, wanted, EventStream(receive, send, scope["state"]["visit"])).run()
            return
        response = await self._page(wanted)
        await response(scope, receive, send)

    async def _page(self, wanted: query.FeedQuery) -> Response:
        """One page of the log as JSON, after a cursor."""
        if wanted.since is None:
            return json({"data": [], "cursor": str(self._hub.cursor), "more": False})
        page = await self._hub.page(wanted.since, wanted.services, wanted.limit)
        reached = str(self._hub.cursor_at(page.reached))
        if page.reason is not None:
            return json({"data": [Resync(reason=page.reason, cursor=reached)], "cursor": reached, "more": False})
        selection = FeedSelection(wanted.services, None if wanted.records is None else wanted.records.where)
        taken = [row for row in page.rows if selection.takes(frames.unencoded(row))]
        changes = [frames.change_record(wanted.since.epoch, row) for row in taken]
        return json({"data": changes, "cursor": reached, "more": page.more})

    async def _query(self, connection: HTTPConnection) -> query.FeedQuery:
        """The client's query, with full ids. Raises InvalidInput, NotFound and Ambiguous."""
        wanted = query.parse(pairs(connection), self._services)
        if (records := wanted.records) is None:
            return wanted
        service = self._services[next(iter(wanted.services or ()))]
        full = await self._store.read(lambda reader: service.with_full_ids(reader, records))
        return msgspec.structs.replace(wanted, records=full)
