"""The outermost layer, for HTTP and WebSocket alike: it admits a request before anything else reads it."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from agor_core.errors import AgorError, Refused
from agor_daemon.access import origin, token
from agor_daemon.access.peer import Peers, own_uid

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The access rules: the allowed host ``names``, the token, and the lookup of a peer's user."""

    names: Collection[bytes]
    token: bytes
    peers: Peers
    socket: str
    uid: int = field(default_factory=own_uid)

    def check(self, scope: Scope) -> None:
        """Raises Refused. A connection by the Unix socket has already passed the file's permissions."""
        if scope.get("server") == (self.socket, None):
            return
        headers = scope["headers"]
        origin.check(headers, self.names)
        if not self._same_user(scope) and not self._has_token(headers):
            raise Refused(
                "This is another user's daemon, or a proxy is in between: send its token, as in "
                "'Authorization: Bearer TOKEN' ('agor daemon token' prints it).",
                authenticated=False,
            )

    def _same_user(self, scope: Scope) -> bool:
        client, server = scope.get("client"), scope.get("server")
        if client is None or server is None or server[1] is None or origin.forwarded(scope["headers"]):
            return False
        return self.peers.uid(client, server) == self.uid

    def _has_token(self, headers: origin.Headers) -> bool:
        given = [value for key, value in headers if key == b"authorization"]
        return len(given) == 1 and token.matches(given[0], self.token)


class AccessMiddleware:
    """Passes a request on or answers it with an error; a WebSocket gets the error before its handshake is accepted."""

    def __init__(self, app: ASGIApp, rules: AccessRules, answer: Callable[[AgorError], Response]) -> None:
        self._app = app
        self._rules = rules
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._rules.check(scope)
        except Refused as error:
            refusal = self._answer(error)
            method = scope.get("method", scope["type"])
            logger.debug("refused", extra={"method": method, "path": scope["path"], "reason": error.message})
        else:
            await self._app(scope, receive, send)
            return
        refusal.headers["connection"] = "close"
        await refusal(scope, receive, send)
