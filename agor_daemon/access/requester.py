"""Who asks for what a request does: the daemon's user, or an agent."""

import functools
import os
import pwd
from contextvars import ContextVar
from dataclasses import dataclass

from agor_core.ids import SessionId


@dataclass(frozen=True, slots=True)
class Requester:
    """The user, or with ``agent`` a process of the agent of ``session_id``; None if it is not known of which one."""

    agent: bool = False
    session_id: SessionId | None = None

    @property
    def name(self) -> str:
        """As records keep it: the user's name, ``session:ID`` for an agent, ``agent`` for one that is not known."""
        if not self.agent:
            return user_name()
        return "agent" if self.session_id is None else f"session:{self.session_id}"


USER = Requester()
UNKNOWN_AGENT = Requester(agent=True)
"""A process that is below no living agent, or cannot be seen: it counts as an agent that owns no session."""

REQUESTER: ContextVar[Requester] = ContextVar("requester", default=USER)
"""Who sent the request that is being answered. What is begun meanwhile, and goes on after it, is still this one's."""


def asked_by() -> str:
    """The name of the present requester."""
    return REQUESTER.get().name


@functools.cache
def user_name() -> str:
    """The name of the daemon's user, or its number if it has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
