"""The runners of all sessions: each is made when its session is first at work, and ended with the daemon."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from agor_core.domain.session import Session
from agor_core.errors import Unavailable
from agor_core.ids import SessionId
from agor_core.repositories import sessions
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.turns.approvals import Approvals
from agor_daemon.supervisor.turns.session_runner import SessionRunner

T = TypeVar("T")


class Runners:
    """While the daemon stops, no runner is made, and none is given out."""

    def __init__(self, resources: Resources, approvals: Approvals) -> None:
        self._resources = resources
        self._approvals = approvals
        self._runners: dict[SessionId, SessionRunner] = {}
        self._closing = self._draining = False

    def __getitem__(self, session_id: SessionId) -> SessionRunner:
        return self._runners[session_id]

    def __contains__(self, session_id: SessionId) -> bool:
        return session_id in self._runners

    def __len__(self) -> int:
        return len(self._runners)

    @property
    def running(self) -> int:
        """The number of running turns."""
        return sum(runner.running for runner in self._runners.values())

    def check_open(self) -> None:
        """Raises Unavailable while the daemon stops."""
        if self._closing or self._draining:
            raise Unavailable("The daemon is stopping.")

    def of(self, session: Session) -> SessionRunner:
        """The runner of a session. Raises Unavailable while the daemon stops, InvalidInput for an unknown agent."""
        self.check_open()
        if (runner := self._runners.get(session.session_id)) is None:
            runner = self._runners[session.session_id] = self.new(session)
        return runner

    async def of_id(self, session_id: SessionId) -> SessionRunner:
        """The runner of the session with this id. Raises as :meth:`of`, and NotFound."""
        return self.of(await self._resources.store.read(lambda r: sessions.get(r, session_id)))

    def new(self, session: Session) -> SessionRunner:
        """A runner that is not kept yet."""
        return SessionRunner(session.session_id, session.agent, self._resources, self._approvals)

    async def keep(self, session_id: SessionId, runner: SessionRunner) -> None:
        """Keep the runner of a session that was made with it."""
        self._runners[session_id] = runner
        if self._closing:
            await runner.close(self._resources.limits.end)

    async def undisturbed(self, session: Session, work: Callable[[], Awaitable[T]]) -> T:
        """Do work that must not meet a turn of the session. Raises Conflict while one runs."""
        if session.agent not in self._resources.programs:
            return await work()
        return await self.of(session).undisturbed(work)

    async def released(self, users: Sequence[Session], work: Callable[[], Awaitable[T]]) -> T:
        """End the agents of these sessions, and do work that must not meet a turn of any of them."""
        runners = [self.of(session) for session in users if session.agent in self._resources.programs]
        for runner in runners:
            await runner.release()
        for runner in runners:
            work = partial(runner.undisturbed, work)
        return await work()

    async def release(self, session_id: SessionId) -> None:
        """End the agent of a session, unless a turn runs."""
        if (runner := self._runners.get(session_id)) is not None:
            await runner.release()

    async def forget(self, session_id: SessionId) -> None:
        """End the agent of a session that was removed."""
        if (runner := self._runners.pop(session_id, None)) is not None:
            await runner.release()

    async def drain(self) -> None:
        """Wait for the end of the running turns; no other is begun, and queues stay for the next start."""
        self._draining = True
        await asyncio.gather(*(runner.drain() for runner in list(self._runners.values())))

    def refuse(self) -> None:
        """Give out no runner any more."""
        self._closing = True

    async def close(self, grace: float) -> None:
        """Cancel all turns and end all agents in about ``grace`` seconds; queues stay for the next start."""
        self.refuse()
        while self._runners:
            runners, self._runners = list(self._runners.values()), {}
            await asyncio.gather(*(runner.close(grace) for runner in runners))
