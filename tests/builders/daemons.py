"""Daemons for tests: one in this process with a supervisor of the test's choice, and one as a program of its own."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from agor_core.clock import Clock, SystemClock
from agor_core.config.paths import Paths
from agor_core.config.settings import Settings
from agor_core.db.store_holder import Hold
from agor_core.domain.session import Session, SessionRepo
from agor_core.ids import SessionId, new_id, short_id
from agor_core.repositories import sessions
from agor_daemon import home, sockets
from agor_daemon.access.token import load_or_create
from agor_daemon.feed.hub import Hub
from agor_daemon.lifespan import database_url
from agor_daemon.run import Setup, run_until_stopped
from agor_daemon.server import StopRequest
from tests.builders import ready_stores
from tests.builders.http import Caller
from tests.fakes.supervisor import FakeSupervisor


@dataclass
class Running:
    """A daemon in this process."""

    setup: Setup
    stop: StopRequest
    supervisor: FakeSupervisor

    @property
    def paths(self) -> Paths:
        return self.setup.paths

    @property
    def port(self) -> int:
        return self.setup.listening.port

    @property
    def tcp(self) -> Caller:
        return Caller(self.port)

    @property
    def unix(self) -> Caller:
        return Caller(socket=self.setup.listening.path)

    @property
    def store(self) -> Any:
        return self.supervisor._store

    @property
    def hub(self) -> Hub:
        """The feed's hub: it is what the supervisor was given to speak to."""
        hub: Hub = self.supervisor.on_delta.__self__  # type: ignore[attr-defined]
        return hub

    async def session(self, **fields: Any) -> Session:
        """A session put straight into the store."""
        full = SessionId(new_id())
        given = {"agent": "demo", "repo": SessionRepo(cwd="/"), "created_at": "", "updated_at": "", **fields}
        made = Session(session_id=full, short_id=short_id(full), **given)

        def work(writer: Any) -> Session:
            return sessions.insert(writer, msgspec.structs.replace(made, created_at=writer.at, updated_at=writer.at))

        stored: Session = await self.store.write(work)
        return stored


@contextlib.asynccontextmanager
async def running(folder: Path, settings: Settings | None = None, clock: Clock | None = None) -> AsyncIterator[Running]:
    """A daemon in this process and loop, with the fake supervisor, on a free port."""
    settings = settings or Settings()
    daemon = msgspec.structs.replace(settings.daemon, port=0)
    settings = msgspec.structs.replace(settings, daemon=daemon)
    paths, clock = Paths(folder), clock or SystemClock()
    home.make(paths)
    made: list[FakeSupervisor] = []

    def supervisor(*given: Any) -> FakeSupervisor:
        made.append(FakeSupervisor(*given))
        return made[0]

    with sockets.listen(settings.daemon, paths) as listening:
        ready_stores.prepare(database_url(settings, paths), backups=paths.backups, clock=clock)
        setup = Setup(settings, paths, clock, listening, load_or_create(paths.token), Hold())
        ready = asyncio.Event()
        stop = StopRequest(lambda: None)
        task = asyncio.create_task(run_until_stopped(setup, stop, lambda _: ready.set(), supervisor=supervisor))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if task.done():
            await task
        try:
            yield Running(setup, stop, made[0])
        finally:
            stop.requested.set()
            await task


@dataclass
class Program:
    """``python -m agor_daemon run`` and what it said when it was ready."""

    process: subprocess.Popen[bytes]
    said: dict[str, Any]

    @property
    def caller(self) -> Caller:
        return Caller(self.said["port"])


def start(folder: Path, *, environ: Mapping[str, str] | None = None, wrapped: Sequence[str] = ()) -> Program:
    """Start the program and wait for its one line; ``wrapped`` is a command that runs the rest of its arguments."""
    reading, writing = os.pipe()
    variables = {**os.environ, "AGOR_HOME": str(folder), "AGOR_PORT": "0", **(environ or {})}
    process = subprocess.Popen(
        [*wrapped, sys.executable, "-m", "agor_daemon", "run", "--ready-fd", str(writing)],
        pass_fds=[writing],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        line = pipe.readline()
    return Program(process, msgspec.json.decode(line) if line else {})


@contextlib.contextmanager
def program(
    folder: Path, *, environ: Mapping[str, str] | None = None, wrapped: Sequence[str] = ()
) -> Iterator[Program]:
    """The daemon as a program; it is terminated at the end of the block, also after an error."""
    started = start(folder, environ=environ, wrapped=wrapped)
    try:
        yield started
    finally:
        started.process.terminate()
        try:
            started.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            started.process.kill()
            started.process.communicate()
