"""The errors between a client and the daemon.

AgorError
├── DaemonError        the daemon answered with an error; ``failure`` is its answer
├── NoDaemon           there is no daemon, and none could be started
│   ├── NotAnswering   there is one, but it does not answer in time
│   └── WentAway       there was one, which went before it answered
└── WrongVersion       the daemon is of another version
"""

from agor_core.errors import AgorError
from agor_core.wire.failure import Failure


class DaemonError(AgorError):
    """The daemon answered with an error."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure

    @property
    def code(self) -> int:
        """The HTTP status code."""
        return self.failure.code


class NoDaemon(AgorError):
    """No process listens on the daemon's socket, or the socket belongs to another user."""


class NotAnswering(NoDaemon):
    """The daemon runs and does not answer in time."""


class WentAway(NoDaemon):
    """The daemon ended before it answered; it may have done the request."""


class WrongVersion(AgorError):
    """The running daemon has another version than this client; the sentence names both.

    ``busy`` is the number of its running sessions; a ``newer`` daemon is never replaced.
    """

    def __init__(self, daemon: str, client: str, busy: int, *, newer: bool = False) -> None:
        what, whose = ("1 session is", "it has") if busy == 1 else (f"{busy} sessions are", "they have")
        super().__init__(
            f"The daemon that runs is version {daemon}, newer than this program, which is version {client}. "
            f"Update this program, or use the newer one."
            if newer
            else f"The daemon that runs is version {daemon}, this is version {client}; {what} running. "
            f"Restart it when {whose} ended: agor daemon restart --wait"
        )
        self.daemon = daemon
        self.client = client
        self.busy = busy
