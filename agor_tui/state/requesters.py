"""Who asked for what a record is of, as the record's name of the requester says it."""

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


def author(name: str) -> str:
    """Who wrote something: a person's name, or ``agent …`` with the short id of its session."""
    return f"agent {short_id(line(name.removeprefix(_SESSION)))}" if name.startswith(_SESSION) else line(name)
