"""A turn that no prompt began: the agent went on by itself, and is recorded, asked about and stopped as in any other.

The agent does not say when it has done. The turn ends when nothing came for ``QUIET`` seconds, no tool runs and no
question is open; sooner, if a prompt waits.
"""

import asyncio

from agor_core.domain.message import Role
from agor_core.domain.session import Session
from agor_core.errors import AgentFailed
from agor_core.repositories import tasks
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.turns.settling import Ending
from agor_daemon.supervisor.turns.turn import Stopped, Turn

QUIET = 6.0
QUIET_IF_AWAITED = 1.5
LOOK = 0.25
"""Seconds between two looks."""
PROMPT = "(went on by itself)"
SAID = "The agent went on by itself, without a prompt."


class OwnTurn(Turn):
    """Its agent runs already, and has begun."""

    def _begin(self) -> None:
        self._agent.recorder.add_message(Role.SYSTEM, SAID)

    async def _prepare(self, session: Session) -> None:
        self._agent.take_up(self.task)
        await self._checkpoint_start(session)
        self._check_stop()

    async def _converse(self) -> Ending:
        stop = asyncio.create_task(self._stop.wait(), name="agor stop")
        try:
            while not await self._over():
                if not self._agent.alive:
                    raise AgentFailed("The agent ended while it went on by itself.")
                await asyncio.wait({stop}, timeout=LOOK)
                if stop.done():
                    await self._agent.cancel()
                    await self._agent.end_started()
                    raise Stopped(self._stop_reason)
        finally:
            stop.cancel()
        return self._read(self._agent.recorder.adapter.end_turn({}))

    async def _over(self) -> bool:
        recorder = self._agent.recorder
        quiet = self._resources.clock.monotonic() - recorder.heard
        if self._agent.asking or recorder.adapter.working or quiet < QUIET_IF_AWAITED:
            return False
        if quiet >= QUIET:
            return True
        waiting = await retrying.read(self._resources.store, lambda r: tasks.next_queued(r, self.task.session_id))
        return waiting is not None
