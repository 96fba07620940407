"""Opening a conversation in an agent's process: new, resumed, loaded or forked, with mode and model set each time."""

import asyncio
import contextlib
import logging

from agor_core.agents.mcp import in_repo
from agor_core.agents.registry import AgentSpec
from agor_core.domain.message import Role
from agor_core.domain.session import Session
from agor_core.errors import AgentFailed
from agor_daemon.supervisor.agents.choosing import Choosing
from agor_daemon.supervisor.agents.connection import AgentConnection
from agor_daemon.supervisor.recording.recorder import Recorder

UNKNOWN_MESSAGE = "agor-no-such-message"
"""A message id that no agent knows, to test whether it heeds fork points."""
QUIET = 0.2
"""Seconds without an update after which a replay is over."""
_log = logging.getLogger("agor.supervisor")


class Opening:
    """The ways to open a session's conversation over a connection; each call has ``limit`` seconds."""

    def __init__(
        self, connection: AgentConnection, spec: AgentSpec, session: Session, recorder: Recorder, limit: float
    ) -> None:
        self._connection = connection
        self._spec = spec
        self._session = session
        self._recorder = recorder
        self._cwd = session.repo.cwd
        self._limit = limit
        left_out = connection.serve(in_repo(spec.mcp, session.repo.repo_slug))
        if left_out and not session.agent_sessions:
            names = ", ".join(left_out)
            recorder.add_message(Role.SYSTEM, f"{spec.title} takes no MCP servers at such addresses: {names}.")

    async def new(self) -> str:
        """Open a new conversation: the agent's id of it. Raises AgentFailed."""
        opened = await self._connection.new(self._cwd, self._limit)
        await self._set_up(opened)
        return opened

    async def again(self, agent_session_id: str, *, has_history: bool) -> bool:
        """Resume or load a conversation; False if the agent cannot. Raises AgentFailed if its process ended.

        An agent that replays nothing although the conversation ``has_history`` has lost it.
        """
        connection = self._connection
        self._recorder.discard_replay()
        replayed = 0
        try:
            if "resume" in connection.capabilities:
                await connection.resume(agent_session_id, self._cwd, self._limit)
            elif "load" in connection.capabilities:
                await connection.load(agent_session_id, self._cwd, self._limit)
                await self._end_of_replay()
            else:
                return False
        except AgentFailed as error:
            if not connection.alive:
                raise
            _log.warning("session %s: %s", self._session.session_id, error)
            return False
        finally:
            replayed = self._recorder.end_replay()
        if "resume" not in connection.capabilities and replayed == 0 and has_history:
            return False
        await self._set_up(agent_session_id)
        return True

    async def fork(self, source: str, at_message: str | None) -> str:
        """Open a fork of another conversation, at its end or at a message: the agent's id of it. Raises AgentFailed."""
        if "fork" not in self._connection.capabilities:
            raise AgentFailed(f"{self._session.agent} cannot fork its sessions.")
        self._recorder.discard_replay()
        try:
            if at_message is not None and not await self._heeds_fork_points(source):
                raise AgentFailed(f"{self._session.agent} forks its sessions only at their end.")
            forked = await self._connection.fork(source, self._cwd, at_message, self._limit)
        finally:
            self._recorder.end_replay()
        await self._set_up(forked)
        return forked

    async def _heeds_fork_points(self, source: str) -> bool:
        """Whether the agent refuses an unknown message; an agent without fork points silently forks at its end."""
        try:
            await self._connection.fork(source, self._cwd, UNKNOWN_MESSAGE, self._limit)
        except AgentFailed:
            return True
        return False

    async def _end_of_replay(self) -> None:
        """Wait until no more updates come: Gemini replays after its answer to the load."""
        seen = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limit):
                while seen != self._recorder.replayed:
                    seen = self._recorder.replayed
                    await asyncio.sleep(QUIET)

    async def _set_up(self, agent_session_id: str) -> None:
        """Set mode and model each time: agents fall back to modes that may ask nothing."""
        choosing = Choosing(self._connection, self._spec, self._recorder, agent_session_id, self._limit)
        await choosing.begin(self._session)
