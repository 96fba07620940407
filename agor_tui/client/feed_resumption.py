"""The resume policy of a feed, without I/O: bytes and breaks in, frames and decisions out.

A driver connects to ``address``, hands on every message to `received`, and at every end of the connection does what
`broke` says. The policy keeps the cursor, the backoff, and how long the daemon has been away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from agor_core.errors import AgorError, InvalidInput
from agor_core.wire.codec import frame
from agor_core.wire.failure import Failure
from agor_core.wire.feed import Delta, Frame
from agor_tui.client.connection import NOT_ANSWERING
from agor_tui.client.errors import DaemonError, NoDaemon, NotAnswering

RETURN_SECONDS = 20.0
"""Time in which a daemon that was stopped must be back, where the feed does not start it."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds of backoff after the first failed connection; doubled up to the longest."""
GOODBYES = frozenset({1000, 1001, 1012})
"""Close codes of a daemon that is stopped in good order."""
BREAKS = (ConnectionClosed, InvalidHandshake, EOFError, OSError, AgorError)
"""Exceptions that end a connection, for `Resumption.broke`."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Connect again after ``pause`` seconds, with ``start_daemon`` after starting it; ``reason`` is a sentence."""

    pause: float
    start_daemon: bool
    reason: str


class Resumption:
    """Resumes one feed at its last cursor.

    With ``keep_alive`` it never gives up, and every retry starts the daemon. Without, it starts a daemon that crashed,
    waits for a daemon that was stopped, and raises an error for a daemon that refuses or does not answer.
    """

    def __init__(self, since: str | None = None, services: Sequence[str] = (), *, keep_alive: bool = False) -> None:
        self.cursor = since
        self._services = services
        self._keep_alive = keep_alive
        self._pause = FIRST_PAUSE
        self._lost_at: float | None = None

    @property
    def address(self) -> str:
        """The WebSocket address of the next connection."""
        query = {"since": self.cursor} if self.cursor is not None else {}
        if self._services:
            query["service"] = ",".join(self._services)
        return f"ws://localhost/feed?{urlencode(query)}" if query else "ws://localhost/feed"

    def received(self, data: str | bytes) -> Frame:
        """Decode a message and note its cursor. Raises DaemonError if this version does not know the frame."""
        received = _decoded(data)
        if not isinstance(received, Delta):
            self.cursor = received.cursor
        self._pause, self._lost_at = FIRST_PAUSE, None
        return received

    def broke(self, error: Exception | None, now: float) -> Retry:
        """Decide what follows the end of a connection; ``error`` is one of `BREAKS`, None is a regular close.

        ``now`` is a monotonic clock's time. Raises ``error`` or NoDaemon to give up.
        """
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        if self._keep_alive:
            return Retry(pause, start_daemon=True, reason=_reason(error))
        match error:
            case InvalidStatus() if error.response.status_code < 500:
                raise DaemonError(_refusal(error)) from None
            case NoDaemon() if not isinstance(error, NotAnswering) and self._lost_at is not None:
                stopped = True
            case AgorError():
                raise error
            case _:
                stopped = error is None or _is_goodbye(error)
        self._lost_at = now if self._lost_at is None else self._lost_at
        if stopped and now - self._lost_at > RETURN_SECONDS:
            raise NoDaemon("The daemon was stopped and has not come back; start it with: agor daemon start") from None
        return Retry(pause, start_daemon=not stopped, reason=_reason(error))


def _is_goodbye(error: Exception) -> bool:
    return isinstance(error, ConnectionClosed) and error.rcvd is not None and error.rcvd.code in GOODBYES


def _reason(error: Exception | None) -> str:
    match error:
        case None:
            return "The daemon is stopping."
        case InvalidStatus():
            return _refusal(error).message
        case TimeoutError():
            return NOT_ANSWERING
        case AgorError():
            return error.message
        case _:
            return "The connection to the daemon broke."


def _decoded(data: str | bytes) -> Frame:
    try:
        return frame(data)
    except InvalidInput:
        raise DaemonError(
            Failure(
                name="GeneralError",
                message="The daemon's feed sends something that this version does not know.",
                code=502,
                class_name="general-error",
            )
        ) from None


def _refusal(error: InvalidStatus) -> Failure:
    try:
        return msgspec.json.decode(error.response.body or b"", type=Failure)
    except msgspec.DecodeError:
        return Failure(
            name="GeneralError",
            message=f"The daemon refuses the feed with status {error.response.status_code}.",
            code=error.response.status_code,
            class_name="general-error",
        )
