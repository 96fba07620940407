"""The ASGI application: access control, then the error boundary, then the routes."""

import itertools
import logging
import secrets
import time
from collections.abc import Callable, Mapping

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agor_core.errors import NotFound
from agor_daemon import error_responses
from agor_daemon.access.descent import Descent
from agor_daemon.access.middleware import AccessMiddleware, AccessRules
from agor_daemon.endpoint import Endpoint
from agor_daemon.feed.endpoints import FeedRoutes
from agor_daemon.lifespan import Components
from agor_daemon.logging import REQUEST_ID
from agor_daemon.long_answers import LongAnswers
from agor_daemon.routes import asyncapi
from agor_daemon.routes.beginning import Beginnings
from agor_daemon.routes.caller import WhoCalls
from agor_daemon.routes.compare import Compare
from agor_daemon.routes.disk import Disk
from agor_daemon.routes.docs import Docs
from agor_daemon.routes.health import Health
from agor_daemon.routes.openapi import OpenApi
from agor_daemon.routes.search import Search
from agor_daemon.routes.services import ServiceRoutes

logger = logging.getLogger(__name__)


def application(
    components: Components, rules: AccessRules, health: Health, check: Callable[[], None] = lambda: None
) -> ASGIApp:
    """The application that answers all requests, as long as ``check`` raises no AgorError."""
    feed = FeedRoutes(components.hub, components.store, components.catalogue.services)
    description = OpenApi(components.catalogue)
    router = Router(
        {
            "/health": Endpoint(health),
            "/caller": Endpoint(WhoCalls(components.catalogue.rights)),
            "/feed": feed.answer,
            "/search": Endpoint(Search(components.store)),
            "/beginning": Endpoint(Beginnings(components.standings.beginning)),
            "/compare": Endpoint(Compare(components.store, components.comparing)),
            "/disk": Endpoint(Disk(components.standings)),
            "/openapi.json": Endpoint(description),
            "/asyncapi.json": Endpoint(asyncapi.answer),
            "/docs": Endpoint(Docs(description)),
        },
        Endpoint(ServiceRoutes(components.catalogue)),
        {"/feed": feed.follow},
    )
    return AccessMiddleware(
        ErrorBoundary(LongAnswers(router), check),
        rules,
        Descent(components.agents, rules.uid),
        error_responses.response,
    )


class Router:
    """Dispatches by address: to the applications in ``named``, else to the services; WebSockets to ``sockets``."""

    def __init__(self, named: Mapping[str, ASGIApp], services: ASGIApp, sockets: Mapping[str, ASGIApp]) -> None:
        self._named = named
        self._services = services
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if scope["type"] == "http":
            await self._named.get(path, self._services)(scope, receive, send)
        elif (app := self._sockets.get(path)) is not None:
            await app(scope, receive, send)
        else:
            raise NotFound("address", path, f"There is no WebSocket at {path!r}.")


class ErrorBoundary:
    """Turns every error into an answer, for HTTP and for WebSockets before they are accepted.

    Each request has an id, which every line logged meanwhile contains. At debug level each answer is logged.
    """

    def __init__(self, app: ASGIApp, check: Callable[[], None]) -> None:
        self._app = app
        self._check = check
        self._numbers = itertools.count(secrets.randbits(40) << 24)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = f"{next(self._numbers):x}"
        REQUEST_ID.set(request_id)
        status: int | None = None

        async def watched(message: Message) -> None:
            nonlocal status
            if status is None:
                status = message.get("status", 0)
            await send(message)

        began = time.perf_counter()
        try:
            self._check()
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            pass
        except Exception as error:  # noqa: BLE001 - the one place that answers unexpected errors
            answer = error_responses.response(error, request_id)
            if status is None:
                await answer(scope, receive, watched)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011, "reason": "see the daemon's log"})
        if logger.isEnabledFor(logging.DEBUG):
            ms = round((time.perf_counter() - began) * 1000, 1)
            method = scope.get("method", scope["type"])
            logger.debug("answered", extra={"method": method, "path": scope["path"], "status": status, "ms": ms})
