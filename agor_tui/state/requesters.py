"""Who asked for what a record is of, as the record's name of the requester says it."""

import functools
import os
import pwd

from agor_core.ids import short_id
from agor_tui.state.clean import line

_SESSION = "session:"


def agent_who(did: str, name: str | None) -> str:
    """``DID by the agent of session …`` where an agent asked; empty for a person, which is the usual case."""
    if name == "agent":
        return f"{did} by an agent"
    if name is None or not name.startswith(_SESSION):
        return ""
    return f"{did} by the agent of session {short_id(line(name.removeprefix(_SESSION)))}"


def author(name: str, *, me: str = "") -> str:
    """Who wrote something: a person's name, ``You`` for ``me``, or ``agent …`` with the short id of its session."""
    if name.startswith(_SESSION):
        return f"agent {short_id(line(name.removeprefix(_SESSION)))}"
    return "You" if me and name == me else line(name)


@functools.cache
def user_name() -> str:
    """The name of this process's user, who is the daemon's; empty if it has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return ""
