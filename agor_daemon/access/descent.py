"""From a caller's process to the agent that it descends from.

What an agent starts stays below the agent's process, which adopts what loses its parent; when that process ends, the
daemon adopts the rest. So neither a session of its own, nor a parent that ended, nor an emptied environment takes a
process out of the tree. Only other programs can start one outside of it for an agent: a service manager, cron, a
terminal multiplexer that runs already.
"""

import asyncio
import os
from typing import Protocol

from agor_core.ids import SessionId
from agor_daemon import processes
from agor_daemon.access.callers import Caller
from agor_daemon.access.requester import UNKNOWN_AGENT, USER, Requester

TRIES = 5
"""Walks that are begun anew when a process of the line ends meanwhile."""


class Agents(Protocol):
    """The agents that run."""

    def session_of(self, pid: int, started: str) -> SessionId | None:
        """The session whose agent is this process; ``started`` tells it from a later process with the pid."""


class Descent:
    """Answers who a process or a connection stands for; ``uid`` is the daemon's user."""

    def __init__(self, agents: Agents, uid: int) -> None:
        self._agents = agents
        self._uid = uid
        self._adopts = processes.is_subreaper()

    async def of_caller(self, caller: Caller) -> Requester:
        """The requester that the other end of a connection stands for.

        Another user who has the token stands for the daemon's user, and so does everyone on a system that does not
        tell who calls.
        """
        if caller.over_socket:
            if caller.pid is None:
                return UNKNOWN_AGENT if self._adopts else USER
            return self.of_process(caller.pid)
        if (
            caller.uid != self._uid or caller.inode is None or not processes.children()
        ):  # no agent, and none was adopted
            return USER
        return await asyncio.to_thread(self.of_socket, caller.inode)

    def of_process(self, pid: int) -> Requester:
        """The requester that a process stands for. One that is gone, or cannot be seen, counts as an unknown agent."""
        for _ in range(TRIES):
            process = processes.look_up(pid)
            if process is None:
                break
            if (found := self._ascend(process)) is not None:
                return found
        return UNKNOWN_AGENT

    def of_socket(self, inode: int) -> Requester:
        """The requester that holds the socket with this inode number.

        It takes milliseconds: some 20 µs for each process that is younger than the caller. The holder may be one that
        this user cannot look into, such as a server of SSH that forwards a port. It counts as the user if no process of
        an agent is like that.
        """
        hidden = []
        for pid in processes.newest():
            held = processes.holds_socket(pid, inode)
            if held:
                return self.of_process(pid)
            if held is None:
                hidden.append(pid)
        return UNKNOWN_AGENT if any(self._is_running_agent(pid) for pid in hidden) else USER

    def _is_running_agent(self, pid: int) -> bool:
        process = processes.look_up(pid)
        return process is not None and not process.ended and self.of_process(pid).agent

    def _ascend(self, process: processes.Process) -> Requester | None:
        """Go from parent to parent; None if the line changed meanwhile."""
        here = os.getpid()
        below = False
        while True:
            if (session_id := self._agents.session_of(process.pid, str(process.started))) is not None:
                return Requester(agent=True, session_id=session_id)
            if process.pid == here:
                return UNKNOWN_AGENT if below and self._adopts else USER
            if process.parent == 0:
                return USER
            parent = processes.look_up(process.parent)
            if parent is None or parent.started > process.started:  # it has ended, and its pid may be another's
                return None
            process, below = parent, True
