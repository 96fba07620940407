"""Grants that Agor keeps: what one covers. A grant is for the very call that a person saw, in its session. Pure."""

from collections.abc import Mapping
from typing import Any

from agor_core.domain.message import ToolCall

BY_FILES = frozenset({"edit", "delete", "move"})
"""Kinds of calls for which a grant is about files: a later change of the same ones is covered, whatever it says."""
COMMENTS = frozenset({
    "description", "reason", "justification", "timeout", "timeout_ms", "yield_time_ms", "max_output_tokens",
    "call_id", "callId", "id",
})  # fmt: skip
"""Fields of a command's input that say nothing of what it does."""


def can_grant(tool: ToolCall) -> bool:
    """Whether a later call can be recognized as the same: it has a command, files, or an input."""
    if tool.kind == "execute":
        return bool(_command(tool))
    if tool.kind in BY_FILES:
        return bool(files_of(tool))
    return bool(tool.title or tool.input)


def covers(granted: ToolCall, asked: ToolCall) -> bool:
    """Whether a grant for one call covers another: the same command, the same files, else the same call."""
    if granted.kind != asked.kind or not can_grant(granted):
        return False
    if asked.kind == "execute":
        return _command(asked) == _command(granted) and _rest(asked) == _rest(granted)
    if asked.kind in BY_FILES:
        return bool(files_of(asked)) and files_of(asked) <= files_of(granted)
    return (asked.title, asked.input) == (granted.title, granted.input)


def files_of(tool: ToolCall) -> frozenset[str]:
    """The files that a call is about."""
    places = (_path(place) for place in tool.locations)
    return frozenset({*(diff.path for diff in tool.diffs), *places} - {""})


def _command(tool: ToolCall) -> tuple[str, ...]:
    said: Any = tool.input.get("command", tool.input.get("cmd")) if isinstance(tool.input, Mapping) else None
    if isinstance(said, list | tuple):
        return tuple(map(str, said))
    return (said,) if isinstance(said, str) and said.strip() else ()


def _rest(tool: ToolCall) -> dict[str, Any]:
    """What else says what a command does, such as its folder."""
    return {name: value for name, value in tool.input.items() if name not in COMMENTS}


def _path(place: str) -> str:
    """A location without its line."""
    path, _, line = place.rpartition(":")
    return path if line.isdecimal() else place
