"""The client of the daemon's REST interface: blocking calls over the Unix socket, a kept connection per thread."""

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from agor_core.config.paths import Paths
from agor_core.ids import new_id
from agor_core.wire.failure import Failure
from agor_tui.client.connection import NOT_ANSWERING, SocketConnection
from agor_tui.client.errors import DaemonError, NoDaemon, NotAnswering, WentAway, WrongVersion

__all__ = ["Daemon", "DaemonError", "NoDaemon", "NotAnswering", "WrongVersion"]

OWN_ID = {
    "sessions": "session_id",
    "boards": "board_id",
    "worktrees": "worktree_id",
    "comments": "comment_id",
}
"""The id field that a create is given here, so that it can be repeated; a repo is identified by its path."""

HEALTH = "/health"
SILENT_SECONDS = 1.0
"""Seconds without an answer after which the daemon's health is asked for."""
HEALTH_SECONDS = 1.5
STREAMED = 256 * 1024
"""Bytes of a streamed answer that are read at once."""
MOST_BREAKS = 3
MOST_REVIVALS = 2
WENT_AWAY = "The daemon went away before it answered; see: agor daemon status"


class Daemon:
    """The running daemon. Every method raises DaemonError with the daemon's error answer, or NoDaemon.

    An idempotent call is repeated when the connection breaks; ``revive``, if given, starts a daemon that is gone
    before that.
    """

    def __init__(self, paths: Paths, *, timeout: float = 30, revive: Callable[[], object] | None = None) -> None:
        self.paths = paths
        self._timeout = timeout
        self._revive = revive
        self._connections = threading.local()

    def find(self, service: str, query: Mapping[str, object] | None = None, /, **more: object) -> dict[str, Any]:
        """A page ``{"total","limit","skip","data"}``; the query in Feathers' syntax: ``{"$limit": 5}``, ``status=…``.

        A list stands for several values: ``{"status[$in]": ["idle", "failed"]}``.
        """
        pairs = [pair for key, value in {**(query or {}), **more}.items() for pair in _pairs(key, value)]
        page: dict[str, Any] = self.call("GET", f"/{service}", query=pairs)
        return page

    def get(self, service: str, identifier: str) -> dict[str, Any]:
        """A record by its id in any form."""
        return self._record("GET", _path(service, identifier))

    def create(self, service: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create a record; it is given a new id unless the body has one."""
        own = OWN_ID.get(service)
        if own is not None and not body.get(own):
            body = {**body, own: new_id()}
        return self._record("POST", f"/{service}", body=body, repeatable=own is not None)

    def patch(self, service: str, identifier: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set the fields of the body in a record."""
        return self._record("PATCH", _path(service, identifier), body=body)

    def remove(self, service: str, identifier: str, *, purge: bool = False) -> dict[str, Any]:
        """Archive a session, or remove a record; ``purge`` deletes a session for good."""
        query = [("purge", "true")] if purge else None
        return self._record("DELETE", _path(service, identifier), query=query, repeatable=not purge)

    def act(self, session: str, action: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Do an action on a session: ``prompt`` and ``send`` (answer the task), ``fork``, ``spawn``, ``stop``, ….

        The records that it creates are given their ids here, so that a repeated call creates them once.
        """
        body = dict(body or {})
        if action in ("prompt", "send"):
            body.setdefault("task_id", new_id())
        elif action in ("fork", "spawn"):
            body.setdefault("session_id", new_id())
            if body.get("prompt") is not None:
                body.setdefault("task_id", new_id())
        return self._record("POST", f"{_path('sessions', session)}/{action}", body=body)

    def health(self) -> dict[str, Any]:
        """The daemon's health report: version, pid, port, uptime, running sessions."""
        return self._record("GET", HEALTH)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] | None = None,
        body: object = None,
        repeatable: bool = True,
    ) -> Any:
        """Make a call and decode its JSON answer. ``repeatable``: it may be sent again if the connection breaks."""
        target = f"{path}?{urlencode(query)}" if query else path
        payload = None if body is None else msgspec.json.encode(body)
        status, answer = self._exchange(method, target, payload, repeatable=repeatable)
        try:
            value = msgspec.json.decode(answer) if answer else None
        except msgspec.DecodeError:
            value = None
            status = status if status >= 400 else 502
        if status >= 400:
            raise DaemonError(_failure(status, value))
        return value

    def stream(self, path: str) -> Iterator[bytes]:
        """The pieces of an answer that is no JSON, of whatever size. Raises WentAway if it ends before its end."""
        connection = SocketConnection(self.paths, self._timeout)
        try:
            connection.request("GET", path)
            self._await_answer(connection)
            response = connection.getresponse()
            if response.status >= 400:
                raise DaemonError(_failure(response.status, _decoded(response.read())))
            while piece := response.read1(STREAMED):
                yield piece
            if response.length:
                raise WentAway(WENT_AWAY)
        except TimeoutError:
            raise NotAnswering(NOT_ANSWERING) from None
        except (OSError, http.client.HTTPException):
            raise WentAway(WENT_AWAY) from None
        finally:
            connection.close()

    def close(self) -> None:
        """Close this thread's connection."""
        connection: SocketConnection | None = getattr(self._connections, "kept", None)
        if connection is not None:
            connection.close()
            self._connections.kept = None

    def _record(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] | None = None,
        body: object = None,
        repeatable: bool = True,
    ) -> dict[str, Any]:
        answer = self.call(method, path, query=query, body=body, repeatable=repeatable)
        if not isinstance(answer, dict):
            raise DaemonError(_failure(502, None))
        return answer

    def _exchange(self, method: str, target: str, payload: bytes | None, *, repeatable: bool) -> tuple[int, bytes]:
        breaks = revivals = 0
        while True:
            try:
                return self._send(method, target, payload)
            except NotAnswering:
                raise
            except NoDaemon:  # the request was not sent
                if self._revive is None or revivals == MOST_REVIVALS:
                    raise
                revivals += 1
                self._revive()
            except (OSError, http.client.HTTPException):
                breaks += 1
                if not repeatable or breaks == MOST_BREAKS:
                    raise WentAway(WENT_AWAY) from None

    def _send(self, method: str, target: str, payload: bytes | None) -> tuple[int, bytes]:
        connection: SocketConnection | None = getattr(self._connections, "kept", None)
        if connection is None:
            connection = SocketConnection(self.paths, self._timeout)
            self._connections.kept = connection
        headers = {"Content-Type": "application/json"} if payload is not None else {}
        try:
            connection.request(method, target, body=payload, headers=headers)
            if target != HEALTH:
                self._await_answer(connection)
            response = connection.getresponse()
            answer = response.read()
        except TimeoutError:
            self.close()
            raise NotAnswering(NOT_ANSWERING) from None
        except BaseException:
            self.close()
            raise
        return response.status, answer

    def _await_answer(self, connection: SocketConnection) -> None:
        """Wait for an answer as long as the daemon is healthy: a large fork takes long. Raises NotAnswering."""
        while not connection.answered(SILENT_SECONDS):
            asking = Daemon(self.paths, timeout=HEALTH_SECONDS)
            try:
                asking.health()
            except NotAnswering:
                raise
            except (NoDaemon, DaemonError):
                continue  # the daemon is ending, which ends this connection too
            finally:
                asking.close()


def _decoded(answer: bytes) -> object:
    try:
        return msgspec.json.decode(answer)
    except msgspec.DecodeError:
        return None


def _pairs(key: str, value: object) -> list[tuple[str, str]]:
    match value:
        case list() | tuple():
            return [(f"{key}[]", str(item)) for item in value]
        case bool():
            return [(key, "true" if value else "false")]
        case None:
            return [(key, "null")]
        case _:
            return [(key, str(value))]


def _path(service: str, identifier: str) -> str:
    return f"/{service}/{quote(identifier, safe='')}"


def _failure(status: int, value: object) -> Failure:
    try:
        return msgspec.convert(value, Failure)
    except msgspec.ValidationError:
        return Failure(
            name="GeneralError",
            message=f"The daemon answered with status {status} and something that is not its own.",
            code=status,
            class_name="general-error",
        )
