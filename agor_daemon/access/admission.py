"""How many connections are held at once: strangers few, and a reserve of descriptors that TCP cannot take.

A stranger is a caller over TCP that is not certain to be the daemon's user. Without the token it is answered once and
disconnected, so that it needs few connections; the token makes it a guest, which counts like the daemon's user.
"""

import logging
import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from agor_daemon.access.callers import Caller
from agor_daemon.access.requester import Requester

logger = logging.getLogger(__name__)

MOST_OF_ONE_STRANGER = 32
"""Connections of one user of this machine, or of one address of another."""
MOST_OF_STRANGERS = 128
MOST_DESCRIPTORS = 65_536
"""The most that the daemon asks for; a hard limit can be a billion, and programs that close them all take long."""
RESERVE = 256
"""Descriptors that are kept for the store and agents, and again for callers by the Unix socket."""
LOGGED_EVERY = 1_000
"""Refusals of strangers between two lines of the log."""


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open files to the hard one, at most MOST_DESCRIPTORS; the limit that holds then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):  # macOS has a lower limit of its own
            return soft
        return wanted
    return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


@dataclass(eq=False, slots=True)
class Visit:
    """One connection that is held: who called, and the stranger that it counts for, if any.

    ``requester`` is whom the caller stands for, found out at the first request. ``abort`` closes the connection at
    once, whatever waits to be sent.
    """

    caller: Caller
    stranger: int | str | None
    _admission: "Admission" = field(repr=False)
    requester: Requester | None = None
    abort: Callable[[], None] = lambda: None

    def welcome(self) -> None:
        """Count the caller, which sent the token, as a stranger no more."""
        self._admission.welcome(self)

    def end(self) -> None:
        """Count the connection no more."""
        self._admission.end(self)


class Admission:
    """Counts the connections that are held; ``descriptors`` is the limit of open files, ``uid`` the daemon's user."""

    def __init__(self, descriptors: int, uid: int) -> None:
        reserve = min(RESERVE, descriptors // 4)
        self._most_over_socket = descriptors - reserve
        self._most_over_tcp = descriptors - 2 * reserve
        self._uid = uid
        self._visits: set[Visit] = set()
        self._strangers: Counter[int | str] = Counter()
        self.refused = 0
        """How many connections of strangers were closed since the start."""

    @property
    def connections(self) -> int:
        """How many connections are held."""
        return len(self._visits)

    def admit(self, caller: Caller) -> Visit | None:
        """Count a connection; None if it has to be closed."""
        most = self._most_over_socket if caller.over_socket else self._most_over_tcp
        stranger = self._stranger(caller)
        if stranger is not None and self._crowded(stranger):
            self._note_refusal(stranger)
            return None
        if len(self._visits) >= most:
            logger.warning("a connection was closed: there are too many", extra={"connections": len(self._visits)})
            return None
        visit = Visit(caller, stranger, self)
        self._visits.add(visit)
        if stranger is not None:
            self._strangers[stranger] += 1
        return visit

    def welcome(self, visit: Visit) -> None:
        """Count a visit's caller as a stranger no more."""
        stranger, visit.stranger = visit.stranger, None
        if stranger is not None:
            self._strangers[stranger] -= 1
            self._strangers += Counter()

    def end(self, visit: Visit) -> None:
        """Count a connection no more; a second call does nothing."""
        if visit in self._visits:
            self._visits.discard(visit)
            self.welcome(visit)

    def is_stranger(self, caller: Caller) -> bool:
        """Whether the caller is not certain to be the daemon's user."""
        return self._stranger(caller) is not None

    def _stranger(self, caller: Caller) -> int | str | None:
        """What a stranger's connections are counted under: its user, else its address; None for our own user."""
        if caller.over_socket or caller.uid == self._uid:
            return None
        return caller.uid if caller.uid is not None else caller.address or ""

    def _crowded(self, stranger: int | str) -> bool:
        own, all_of_them = self._strangers[stranger], self._strangers.total()
        return own >= MOST_OF_ONE_STRANGER or all_of_them >= MOST_OF_STRANGERS

    def _note_refusal(self, stranger: int | str) -> None:
        if self.refused % LOGGED_EVERY == 0:
            logger.warning(
                "connections of a stranger are closed", extra={"stranger": stranger, "refused": self.refused + 1}
            )
        self.refused += 1
