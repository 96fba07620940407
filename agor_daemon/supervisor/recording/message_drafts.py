"""Messages in progress: the content of each, how much of it is stored, and how much clients have seen live."""

from dataclasses import dataclass, field

import msgspec

from agor_core.domain.message import FileDiff, Message, Role, ToolCall, ToolStatus
from agor_core.events import ToolCallChanged
from agor_core.ids import MessageId, SessionId, TaskId, new_id
from agor_core.wire.feed import Delta

LONGEST_TEXT = 256 * 1024
"""Code points of one message; longer running text continues in another message."""
TOOL_ENDED = frozenset({ToolStatus.COMPLETED, ToolStatus.FAILED})


@dataclass(slots=True)
class MessageDraft:
    """One message in progress.

    ``shown`` counts the code points that clients were sent; ``dropped``: the message will not be stored any more.
    """

    message: Message
    parts: list[str] = field(default_factory=list)
    length: int = 0
    stored: bool = False
    changed: bool = True
    dropped: bool = False
    shown: int = 0
    unshown: list[str] = field(default_factory=list)
    _input_size: int = 0

    def append(self, text: str) -> None:
        """Add running text."""
        self.parts.append(text)
        self.length += len(text)
        self.changed = True
        if self.stored:
            self.unshown.append(text)

    def takes(self, role: Role, agent_message_id: str | None) -> bool:
        """Whether a piece of running text belongs to this message."""
        same = self.message.role is role and self.message.agent_message_id == agent_message_id
        return same and not self.message.complete and not self.dropped and self.length < LONGEST_TEXT

    def finish(self) -> None:
        """Mark the message as complete."""
        if not self.message.complete:
            self.message = msgspec.structs.replace(self.message, complete=True)
            self.changed = True

    def change_tool(self, event: ToolCallChanged) -> bool:
        """Apply an update of the tool call; True if it changed more than the output of a running call."""
        before = self.message.tool
        tool = merged(before or ToolCall(call_id=event.call_id), event)
        self.message = msgspec.structs.replace(self.message, tool=tool, complete=tool.status in TOOL_ENDED)
        self.changed = True
        if event.input is not None:
            self._input_size = len(msgspec.json.encode(event.input))
        return before is None or msgspec.structs.replace(tool, output=before.output) != before

    def snapshot(self) -> Message:
        """The message as it is now, for a write; later changes need another write."""
        if len(self.parts) > 1:
            self.parts = ["".join(self.parts)]
        text = self.parts[0] if self.parts else self.message.text
        self.message = msgspec.structs.replace(self.message, text=text)
        self.changed = False
        return self.message

    def note_stored(self, message: Message) -> None:
        """Take the index from the stored message. Clients know its text; text that came since is to be shown."""
        self.message = msgspec.structs.replace(self.message, index=message.index)
        if not self.stored:
            self.stored = True
            self.shown = len(message.text)
            self.unshown = self.parts[1:] if len(self.parts) > 1 else []

    def delta(self) -> Delta | None:
        """The text that clients do not have yet; None before the message is stored."""
        if not self.stored or not self.unshown:
            return None
        text = "".join(self.unshown)
        delta = Delta(service="messages", id=self.message.message_id, offset=self.shown, text=text)
        self.shown += len(text)
        self.unshown = []
        return delta

    @property
    def message_id(self) -> MessageId:
        return self.message.message_id

    @property
    def size(self) -> int:
        """About how many code points the message holds."""
        tool = self.message.tool
        return self.length + (
            0 if tool is None else self._input_size + len(tool.output or "") + sum(map(size_of_diff, tool.diffs))
        )


def size_of_diff(diff: FileDiff) -> int:
    """The code points of both sides of a change."""
    return len(diff.old_text or "") + len(diff.new_text or "")


def merged(tool: ToolCall, event: ToolCallChanged) -> ToolCall:
    """A tool call with the fields that an update sets."""
    return ToolCall(
        call_id=tool.call_id,
        title=tool.title if event.title is None else event.title,
        kind=tool.kind if event.kind is None else event.kind,
        status=tool.status if event.status is None else event.status,
        input=tool.input if event.input is None else event.input,
        output=tool.output if event.output is None else event.output,
        locations=tool.locations if event.locations is None else event.locations,
        diff=tool.diff if event.diff is None else event.diff,
        more_diffs=tool.more_diffs if event.diff is None else event.more_diffs,
    )


def announced(tool: ToolCall, *, new: bool) -> ToolCallChanged:
    """The event of a tool call in a request for permission: of a known call, what the request adds to it."""
    return ToolCallChanged(
        tool.call_id,
        title=tool.title or None,
        kind=tool.kind if new or tool.kind != "other" else None,
        status=tool.status if new else None,
        input=tool.input,
        locations=tool.locations or None,
        diff=tool.diff,
        more_diffs=tool.more_diffs,
    )


def new_draft(
    session_id: SessionId, task_id: TaskId, role: Role, agent_message_id: str | None, *, at: str
) -> MessageDraft:
    """A message that begins now, with an id of its own."""
    return MessageDraft(
        Message(
            message_id=MessageId(new_id()),
            session_id=session_id,
            task_id=task_id,
            index=0,
            role=role,
            created_at=at,
            complete=False,
            agent_message_id=agent_message_id,
        )
    )
