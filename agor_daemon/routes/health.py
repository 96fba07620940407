"""``GET /health``: the daemon's version, place and load, answered from memory."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from agor_core.clock import Clock
from agor_daemon.access.admission import Admission
from agor_daemon.endpoint import json, method


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """The answer; ``uptime`` in seconds, ``memory_mb`` in millions of bytes.

    ``warnings`` are sentences about the home, SQLite (whose version is None with another database) and damage.
    ``connections`` are open, ``strangers_refused`` those of other users that were closed since the start.
    """

    status: str = "ok"
    version: str
    schema: str
    pid: int
    uptime: float = 0.0
    started_at: str
    home: str
    port: int
    socket: str
    sessions_running: int = 0
    clients: int = 0
    connections: int = 0
    strangers_refused: int = 0
    memory_mb: float = 0.0
    log: str
    database: str
    sqlite: str | None = None
    warnings: tuple[str, ...] = ()


class Health:
    """The endpoint: a report whose constant part is made once and whose rest is read at each call."""

    def __init__(
        self,
        fixed: HealthReport,
        clock: Clock,
        *,
        sessions_running: Callable[[], int],
        clients: Callable[[], int],
        admission: Admission,
        faults: Callable[[], Sequence[str]],
    ) -> None:
        self._fixed = fixed
        self._clock = clock
        self._begun = clock.monotonic()
        self._sessions_running = sessions_running
        self._clients = clients
        self._admission = admission
        self._faults = faults

    async def __call__(self, request: Request) -> Response:
        method(request, "GET")
        return json(
            replace(
                self._fixed,
                uptime=round(self._clock.monotonic() - self._begun, 3),
                sessions_running=self._sessions_running(),
                clients=self._clients(),
                connections=self._admission.connections,
                strangers_refused=self._admission.refused,
                memory_mb=memory_mb(),
                warnings=(*self._fixed.warnings, *self._faults()),
            )
        )


def memory_mb() -> float:
    """The resident memory of the process; on systems other than Linux, its peak."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[1])
    except OSError:
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
    return round(pages * os.sysconf("SC_PAGESIZE") / 1e6, 1)
