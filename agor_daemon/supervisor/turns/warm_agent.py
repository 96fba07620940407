"""The agent between turns: kept warm until an idle timeout, its late events recorded by a pulse."""

import asyncio
import time

from agor_core.ids import SessionId
from agor_daemon.supervisor.agents.agent_session import AgentSession
from agor_daemon.supervisor.warm_pool import WarmPool

LONGEST = 24
"""How many idle timeouts work in the background keeps an agent; it may have left a helper behind."""
LOOK = 30.0
"""Seconds between two looks at work in the background."""


class WarmAgent:
    """Ends an agent that no turn wakes for ``idle`` seconds, or that has to make room for others in the ``pool``."""

    def __init__(self, agent: AgentSession, session_id: SessionId, idle: float, pool: WarmPool) -> None:
        self._agent = agent
        self._session_id = session_id
        self._idle = idle
        self._resting: asyncio.Task[None] | None = None
        self._pool = pool
        self._woken = asyncio.Event()
        self._given_up = asyncio.Event()
        self._pulse: asyncio.Task[None] | None = None

    async def wake(self) -> None:
        """Before a turn: stop the idle timeout, and start the recorder's pulse."""
        await self._end_rest()
        if self._pulse is None:
            self._agent.recorder.open()
            self._pulse = asyncio.create_task(self._agent.recorder.pulse(), name=f"agor pulse {self._session_id}")

    def rest(self) -> None:
        """After a turn: start the idle timeout."""
        self._given_up.clear()
        self._resting = asyncio.create_task(self._rest(), name=f"agor idle {self._session_id}")
        self._pool.rests(self)

    def give_up(self) -> None:
        """End the agent soon, unless a turn wakes it first."""
        self._given_up.set()

    async def end(self) -> None:
        """End the agent now."""
        await self._end_rest()
        await self._end_agent()

    async def _rest(self) -> None:
        """Wait for the idle timeout or the agent's exit, and end the agent; do nothing more if a turn wakes it.

        While something that it started in its last turn still runs, it is not idle.
        """
        exited = asyncio.create_task(self._agent.exited(), name="agor agent exit")
        woken = asyncio.create_task(self._woken.wait(), name="agor wake")
        given_up = asyncio.create_task(self._given_up.wait(), name="agor give up")
        waits = {exited, woken, given_up}
        await asyncio.wait(waits, timeout=self._idle, return_when=asyncio.FIRST_COMPLETED)
        until = time.monotonic() + LONGEST * self._idle
        while not exited.done() and not woken.done() and time.monotonic() < until and await self._agent.works_on():
            await asyncio.wait({exited, woken}, timeout=min(self._idle, LOOK), return_when=asyncio.FIRST_COMPLETED)
        awake = woken.done()
        self._pool.leaves(self)
        for waiting in waits:
            waiting.cancel()
        await asyncio.wait(waits)
        if not awake:
            await self._end_agent()

    async def _end_rest(self) -> None:
        """Stop the idle timeout; if it has begun to end the agent, wait for that."""
        resting, self._resting = self._resting, None
        if resting is not None:
            self._woken.set()
            await asyncio.wait({resting})
        self._woken.clear()

    async def _end_agent(self) -> None:
        """End the process, then let the pulse store the rest of its messages."""
        await self._agent.end()
        pulse, self._pulse = self._pulse, None
        if pulse is not None:
            self._agent.recorder.close()
            await asyncio.wait({pulse})
