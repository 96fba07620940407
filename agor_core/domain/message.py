"""A message: one piece of a session's conversation, in order."""

from enum import StrEnum
from typing import Any

import msgspec

from agor_core.ids import MessageId, SessionId, TaskId


class Role(StrEnum):
    """The author of a message."""

    USER = "user"
    ASSISTANT = "assistant"
    THOUGHT = "thought"
    TOOL = "tool"
    SYSTEM = "system"


class ToolStatus(StrEnum):
    """Where a tool call stands, as the Agent Client Protocol names it."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


class FileDiff(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a file before a tool call (None: no such file) and after it."""

    path: str
    old_text: str | None = None
    new_text: str | None = None


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """One use of a tool by the agent.

    ``kind`` is ACP's: read, edit, delete, move, search, execute, think, fetch, other. ``more_diffs`` are the changes of
    further files.
    """

    call_id: str
    title: str = ""
    kind: str = "other"
    status: ToolStatus = ToolStatus.PENDING
    input: Any = None
    output: str | None = None
    locations: tuple[str, ...] = ()
    diff: FileDiff | None = None
    more_diffs: tuple[FileDiff, ...] = ()

    @property
    def diffs(self) -> tuple[FileDiff, ...]:
        """The changes of all files."""
        return () if self.diff is None else (self.diff, *self.more_diffs)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message; ``index`` counts from 0 in its session; ``complete`` is False while it is still being written."""

    message_id: MessageId
    session_id: SessionId
    task_id: TaskId
    index: int
    role: Role
    text: str = ""
    tool: ToolCall | None = None
    created_at: str
    complete: bool = True
    agent_message_id: str | None = None
