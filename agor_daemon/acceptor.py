"""Accepts connections: the kernel is asked who calls before a byte is read, and a stranger too many is closed at once.

The event loop's own server would accept everything that waits, and make a transport and a protocol for each.
"""

import asyncio
import contextlib
import errno
import logging
import socket
import struct
from collections.abc import Callable

from agor_daemon.access.admission import Admission, Visit
from agor_daemon.access.callers import identify
from agor_daemon.access.peer import Peers

logger = logging.getLogger(__name__)

AT_ONCE = 16
"""Connections that are accepted before other work of the event loop gets its turn."""
PAUSE = 0.25
"""Seconds without accepting after the system had no descriptor or memory for a connection."""
NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_RESET = struct.pack("ii", 1, 0)
"""``struct linger``: closing leaves nothing behind, as a connection that waits for its end would."""


class Acceptor:
    """Accepts on listening sockets until :meth:`close`.

    ``connected`` makes the protocol of an admitted connection; ``overloaded`` is what the daemon's own user is sent
    where there is no room.
    """

    def __init__(
        self,
        admission: Admission,
        peers: Peers,
        connected: Callable[[Visit], asyncio.Protocol],
        overloaded: Callable[[], bytes],
    ) -> None:
        self._admission = admission
        self._peers = peers
        self._connected = connected
        self._overloaded = overloaded
        self._loop = asyncio.get_running_loop()
        self._listening: list[socket.socket] = []
        self._opening: set[asyncio.Task[None]] = set()

    def listen(self, listening: socket.socket) -> None:
        """Accept on a bound socket, which stays the caller's to close."""
        listening.setblocking(False)
        self._listening.append(listening)
        self._loop.add_reader(listening, self._accept, listening)

    def close(self) -> None:
        """Accept no more."""
        for listening in self._listening:
            self._loop.remove_reader(listening)
        self._listening.clear()

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(AT_ONCE):
            try:
                accepted, _ = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                logger.warning("connections wait", extra={"reason": error.strerror})
                self._pause(listening)
                return
            self._receive(accepted)

    def _receive(self, accepted: socket.socket) -> None:
        caller = identify(accepted, self._peers)
        visit = self._admission.admit(caller)
        if visit is None:
            self._turn_away(accepted, stranger=self._admission.is_stranger(caller))
            return
        accepted.setblocking(False)
        opening = self._loop.create_task(self._open(accepted, visit), name="open a connection")
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def _open(self, accepted: socket.socket, visit: Visit) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: self._connected(visit), accepted)
        except OSError:
            visit.end()
            accepted.close()

    def _turn_away(self, accepted: socket.socket, *, stranger: bool) -> None:
        with accepted, contextlib.suppress(OSError):
            if stranger:
                accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            else:
                accepted.setblocking(False)
                accepted.send(self._overloaded())

    def _pause(self, listening: socket.socket) -> None:
        self._loop.remove_reader(listening)
        self._loop.call_later(PAUSE, self._resume, listening)

    def _resume(self, listening: socket.socket) -> None:
        if listening in self._listening:
            self._loop.add_reader(listening, self._accept, listening)
