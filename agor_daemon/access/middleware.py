"""The outermost layer, for HTTP and WebSocket alike: it admits a request before anything else reads it."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from agor_core.errors import AgorError, Refused
from agor_daemon.access import origin, token
from agor_daemon.access.admission import Visit
from agor_daemon.access.descent import Descent
from agor_daemon.access.peer import own_uid
from agor_daemon.access.requester import REQUESTER

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The access rules: the allowed host ``names``, the token, and the daemon's user.

    ``token_for_all``: also the daemon's user needs the token over TCP. That is so where the daemon can be reached from
    other machines, since a proxy or a forwarded port of that user looks like the user.
    """

    names: Collection[bytes]
    token: bytes
    token_for_all: bool = False
    uid: int = field(default_factory=own_uid)

    def check(self, scope: Scope) -> None:
        """Raises Refused. A connection by the Unix socket has already passed the file's permissions."""
        visit: Visit = scope["state"]["visit"]
        if visit.caller.over_socket:
            return
        headers = scope["headers"]
        origin.check(headers, self.names)
        if self._has_token(headers):
            visit.welcome()
        elif self.token_for_all or visit.caller.uid != self.uid or origin.forwarded(headers):
            raise Refused(
                "This is another user's daemon, or a proxy is in between: send its token, as in "
                "'Authorization: Bearer TOKEN' ('agor daemon token' prints it)."
                if not self.token_for_all
                else "This daemon can be reached from other machines, so every call over TCP needs its token, as in "
                "'Authorization: Bearer TOKEN' ('agor daemon token' prints it).",
                authenticated=False,
            )

    def _has_token(self, headers: origin.Headers) -> bool:
        given = [value for key, value in headers if key == b"authorization"]
        return len(given) == 1 and token.matches(given[0], self.token)


class AccessMiddleware:
    """Passes a request on or answers it with an error; a WebSocket gets the error before its handshake is accepted.

    What answers it knows the requester: the user, or the agent that the caller's process descends from.
    """

    def __init__(
        self, app: ASGIApp, rules: AccessRules, descent: Descent, answer: Callable[[AgorError], Response]
    ) -> None:
        self._app = app
        self._rules = rules
        self._descent = descent
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._rules.check(scope)
        except Refused as error:
            refusal = self._answer(error)
            method = scope.get("method", scope["type"])
            logger.debug("refused", extra={"method": method, "path": scope["path"], "reason": error.message})
        else:
            visit: Visit = scope["state"]["visit"]
            if visit.requester is None:
                visit.requester = await self._descent.of_caller(visit.caller)
            REQUESTER.set(visit.requester)
            await self._app(scope, receive, send)
            return
        refusal.headers["connection"] = "close"
        await refusal(scope, receive, send)
