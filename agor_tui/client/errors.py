"""What can go wrong between a client and the daemon.

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
    """The daemon's own error answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure

    @property
    def code(self) -> int:
        """The HTTP status."""
        return self.failure.code


class NoDaemon(AgorError):
    """Nobody listens on the daemon's socket, or it may not be trusted."""


class NotAnswering(NoDaemon):
    """The daemon is there and does not answer in time."""


class WentAway(NoDaemon):
    """The daemon was asked, and went away; it may have done what it was asked for."""


class WrongVersion(AgorError):
    """The running daemon is of another version than this client; both are named."""

    def __init__(self, daemon: str, client: str, busy: int) -> None:
        what, whose = ("1 session is", "it has") if busy == 1 else (f"{busy} sessions are", "they have")
        super().__init__(
            f"The daemon that runs is version {daemon}, this is version {client}; {what} running. "
            f"Restart it when {whose} ended: agor daemon restart --wait"
        )
        self.daemon = daemon
        self.client = client
        self.busy = busy
