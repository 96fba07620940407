"""The HTTP server: uvicorn on bound sockets, with a start and a stop of our own."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from agor_core.errors import Unavailable
from agor_daemon.acceptor import Acceptor
from agor_daemon.access.admission import Admission, Visit
from agor_daemon.access.peer import Peers
from agor_daemon.lifespan import Components
from agor_daemon.protocols import BoundedHttp, FeedProtocol, last_answer

KEEP_ALIVE_SECONDS = 600
PING_SECONDS = 30.0
REQUESTS_GRACE = 2
FEED_GRACE = 1.0
LONGEST_STOP = 14.0
"""Seconds, after which the process exits whatever it waits for."""

HEADERS = [("x-content-type-options", "nosniff"), ("cache-control", "no-store")]


class StopRequest:
    """A request to stop the daemon, by a signal or a call. A second request exits at once.

    SIGTERM, SIGINT and SIGHUP cancel the turns that run; SIGUSR1 lets them come to their own end first.
    """

    def __init__(self, force: Callable[[], None]) -> None:
        self.requested = asyncio.Event()
        self.requested_when_idle = asyncio.Event()
        self._force = force

    def request(self) -> None:
        """Request an orderly stop within LONGEST_STOP; the second time, exit at once."""
        if self.requested.is_set():
            self._force()
            return
        self.requested.set()
        asyncio.get_running_loop().call_later(LONGEST_STOP, self._force)

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """Request it when the process gets a signal."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        for number in signals:
            loop.add_signal_handler(number, self.request)
        loop.add_signal_handler(signal.SIGUSR1, self.requested_when_idle.set)
        try:
            yield
        finally:
            for number in (*signals, signal.SIGUSR1):
                loop.remove_signal_handler(number)


@dataclass(frozen=True, slots=True)
class Door:
    """Where connections come in: the bound sockets, who is let in, and how the kernel is asked who calls."""

    sockets: tuple[socket.socket, ...]
    admission: Admission
    peers: Peers


class Server(uvicorn.Server):
    """Serves until a stop is requested; then it ends agents first, so that clients learn of that, then clients."""

    def __init__(
        self, app: ASGIApp, components: Components, door: Door, stop: StopRequest, ready: Callable[[], None]
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="none",
                http=BoundedHttp,
                ws=FeedProtocol,
                ws_per_message_deflate=False,
                ws_max_size=1_000_000,
                ws_ping_interval=PING_SECONDS,
                ws_ping_timeout=PING_SECONDS,
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                headers=HEADERS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=REQUESTS_GRACE,
            )
        )
        self._components = components
        self._door = door
        self._stop = stop
        self._ready = ready
        self._acceptor: Acceptor | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept on the sockets by our own acceptor instead of uvicorn's servers."""
        await super().startup([])
        await self.on_tick(0)
        acceptor = self._acceptor = Acceptor(self._door.admission, self._door.peers, self._protocol, self._overloaded)
        for listening in sockets or []:
            acceptor.listen(listening)
        self._ready()

    def _protocol(self, visit: Visit) -> BoundedHttp:
        return BoundedHttp(self.config, self.server_state, {"visit": visit})

    def _overloaded(self) -> bytes:
        return last_answer(Unavailable("There are too many connections."), self.server_state.default_headers)

    async def main_loop(self) -> None:
        """Wait for a stop, and update the ``Date`` header once a second."""
        while not self._stop.requested.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.requested.wait(), 1.0)

    async def stop_when_idle(self) -> None:
        """When requested: stop as soon as no turn runs; no other begins meanwhile."""
        await self._stop.requested_when_idle.wait()
        await self._components.drain()
        if not self._stop.requested.is_set():
            self._stop.request()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._acceptor is not None:
            self._acceptor.close()
        try:
            await self._components.close_agents()
        finally:
            await self._components.hub.disconnect_all(FEED_GRACE)
            await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to StopRequest: uvicorn would raise them again at the end, which would change the exit code."""
        yield


async def serve(app: ASGIApp, components: Components, door: Door, stop: StopRequest, ready: Callable[[], None]) -> None:
    """Serve until ``stop`` is requested; ``ready`` is called once requests are answered."""
    server = Server(app, components, door, stop, ready)
    idle = asyncio.create_task(server.stop_when_idle(), name="stop when idle")
    try:
        await server.serve(list(door.sockets))
    finally:
        idle.cancel()
        await asyncio.wait([idle])


def make_exit(*remove: Callable[[], Any]) -> Callable[[], None]:
    """A function that exits the process at once, after the ``remove`` functions, which must be quick."""

    def force() -> None:
        for last in remove:
            with contextlib.suppress(OSError):
                last()
        os._exit(1)

    return force
