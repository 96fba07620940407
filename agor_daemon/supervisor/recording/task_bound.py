"""How much of one task's text is kept: a flood ends in a note of how much more there was."""

import dataclasses

import msgspec

from agor_core.bounded_map import BoundedMap
from agor_core.events import AgentEvent, TextChunk, ToolCallChanged
from agor_daemon.supervisor.recording.message_drafts import MessageDraft, size_of_diff

MOST_OF_TASK = 16_000_000
"""Code points of a task's messages."""
PER_EVENT = 100
"""Code points that an event counts for besides its text, since a message costs more than its text."""


class TaskBound:
    """Counts what is kept of the present task, and what is left out; ``note`` is the message that says so."""

    def __init__(self) -> None:
        self.note: MessageDraft | None = None
        self._kept = self._left_out = 0

    def begin(self) -> None:
        """Count for another task from here on."""
        self.note = None
        self._kept = self._left_out = 0

    def kept(self, event: AgentEvent, calls: BoundedMap[str, MessageDraft]) -> AgentEvent | None:
        """The event, or what is kept of it: of a known one of the ``calls`` its status, of anything else nothing."""
        if not isinstance(event, TextChunk | ToolCallChanged):
            return event
        size = _size(event)
        if self._kept < MOST_OF_TASK:
            self._kept += size + PER_EVENT
            return event
        self._left_out += size
        if isinstance(event, TextChunk) or event.call_id not in calls:
            return None
        return dataclasses.replace(event, input=None, output=None, diff=None, more_diffs=())

    def begin_note(self, note: MessageDraft) -> None:
        """Begin the message that says that not all is kept."""
        self.note = note
        note.append("…")

    def end_note(self) -> None:
        """Say how much was not kept, once the turn has ended."""
        if self.note is not None and not self.note.message.complete:
            self.note.append(f" {self._left_out:,} more characters were not kept.")


def _size(event: TextChunk | ToolCallChanged) -> int:
    if isinstance(event, TextChunk):
        return len(event.text)
    given = 0 if event.input is None else len(msgspec.json.encode(event.input))
    diffs = (*(() if event.diff is None else (event.diff,)), *event.more_diffs)
    return given + len(event.output or "") + sum(map(size_of_diff, diffs))
