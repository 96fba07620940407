"""Records an agent's events in order: they become drafts in memory, and drafts become rows, many in one write.

``record`` is synchronous and cheap, so that the order of arrival is the order of record. A pulse sends running text to
clients at most thirty times a second; new messages and changes are stored with the next pulse, running text and the
running output of tools each second.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from agor_core.agents.adapter import Adapter
from agor_core.bounded_map import BoundedMap
from agor_core.clock import Clock, timestamp
from agor_core.db.store import Store
from agor_core.domain.message import Role, ToolCall, ToolStatus
from agor_core.events import (
    AgentEvent,
    ModeChanged,
    ModelChanged,
    Notice,
    PlanChanged,
    TextChunk,
    TitleSuggested,
    ToolCallChanged,
    Unknown,
    UsageChanged,
)
from agor_core.ids import SessionId, TaskId
from agor_core.wire.feed import Delta
from agor_daemon.supervisor.recording.message_drafts import TOOL_ENDED, MessageDraft, announced, new_draft
from agor_daemon.supervisor.recording.task_bound import TaskBound
from agor_daemon.supervisor.recording.write_buffer import WriteBuffer

PULSE = 1 / 30
"""Seconds."""
STORE_EVERY = 1.0
"""Seconds between writes of running text."""
SLOWER_PER_CHARACTER = 1 / 200_000
"""Further seconds between writes of one long text, so that a megabyte is not rewritten each second."""
AFTER_FAILURE = 5.0
"""Seconds before a failed write is tried again."""
MOST_CALLS = 500
"""Tool calls that the agent may still update; the next update of an evicted one begins a new message."""
LARGEST_CALLS = 4_000_000
"""Code points of all these calls together."""
MOST_UNSTORED = 1_000_000
"""Code points in memory above which the agent has to wait."""
PER_PIECE, PER_MESSAGE = 100, 1_000
"""Memory that a piece and a message take besides their text, in code points."""

_log = logging.getLogger("agor.agents")


class Recorder:
    """The recorder of one session. An event belongs to the task begun last, even if it comes after the task's end.

    Usage belongs to the task prompted last: usage that comes before a prompt is that of earlier ones. ``heard`` is when
    the last update came.
    """

    def __init__(
        self, store: Store, clock: Clock, session_id: SessionId, on_delta: Callable[[Delta], None], adapter: Adapter
    ) -> None:
        self.adapter = adapter
        self.replayed: int | None = None
        self.heard = clock.monotonic()
        self._notice: str | None = None
        self._clock = clock
        self._session_id = session_id
        self._task_id: TaskId | None = None
        self._prompted: TaskId | None = None
        self._over = self._urgent = self._closing = False
        self._buffer = WriteBuffer(store, session_id, on_delta)
        self._text: MessageDraft | None = None
        self._calls: BoundedMap[str, MessageDraft] = BoundedMap(
            MOST_CALLS, largest=LARGEST_CALLS, expendable=lambda draft: draft.message.complete
        )
        self._report: MessageDraft | None = None
        self._bound = TaskBound()
        self._store_at = self._not_before = 0.0
        self._awake = asyncio.Event()

    def attach(self, adapter: Adapter) -> None:
        """Record another process from here on; its usage before its first prompt belongs to no task."""
        self.adapter = adapter
        self._prompted = None

    def begin(self, task_id: TaskId) -> None:
        """Record for this task from here on."""
        self._complete(interrupted=False)
        self._task_id = task_id
        self._over = False
        self._notice = self._report = None
        self._bound.begin()

    def begin_prompt(self) -> None:
        """Note that the task's prompt is about to be sent."""
        self.adapter.begin_turn()
        self.heard = self._clock.monotonic()
        self._prompted = self._task_id

    def discard_replay(self) -> None:
        """Count the updates of a replay and record none, until :meth:`end_replay`."""
        self.replayed = 0

    def end_replay(self) -> int:
        """End a replay; how many updates were discarded."""
        count, self.replayed = self.replayed or 0, None
        return count

    def update(self, params: Mapping[str, Any]) -> None:
        """Record the raw params of a ``session/update``; in a replay only the adapter gets it, for its totals."""
        update = params.get("update")
        self.heard = self._clock.monotonic()
        events = self.adapter.events(update) if isinstance(update, dict) else []
        if self.replayed is not None:
            self.replayed += 1
            return
        for event in events:
            self.record(event)

    def record(self, event: AgentEvent) -> None:
        """Record one event; an event before the first task is dropped."""
        if self._task_id is None:
            return
        if self._notice is not None and isinstance(event, TextChunk | ToolCallChanged | PlanChanged):
            self.notice(None)
        kept = self._bound.kept(event, self._calls)
        if kept is None and self._bound.note is None and not self._over:
            self._finish_text()
            self._bound.begin_note(self._add(Role.SYSTEM))
        match kept:
            case TextChunk(role=Role.USER):
                pass
            case TextChunk():
                self._record_text(kept)
            case ToolCallChanged():
                self._record_tool(kept)
            case PlanChanged(entries=entries):
                self._change(self._task_id, plan=entries)
            case UsageChanged(usage=usage):
                self._change(self._prompted, usage=usage)
            case ModeChanged() | ModelChanged():
                self.note_choices()
            case Notice(text=text):
                self.notice(text)
            case TitleSuggested(title=title):
                self._change_session(title=title)
            case Unknown(kind=kind):
                _log.debug("an update of a kind that is not known: %s", kind)

    def notice(self, text: str | None) -> None:
        """Show a trouble of the task that runs, or none any more."""
        if text != self._notice and not self._over:
            self._notice = text
            self._change(self._task_id, notice=text)

    def note_choices(self) -> None:
        """Record the mode and the model in use, as far as the agent tells, for the session and the task that runs."""
        fields = self.adapter.selection.in_use()
        chosen = self.adapter.selection.chosen_in_use()
        self._change_session(**fields, **({"options": chosen} if chosen else {}))
        if not self._over:
            self._change(self._task_id, **fields)

    def add_message(self, role: Role, text: str) -> None:
        """Record a whole message that is not the agent's: the user's prompt, or a note of the system."""
        if self._task_id is None:
            return
        self._finish_text()
        draft = self._add(role)
        draft.append(text)
        draft.finish()
        self._buffer.size += len(text)

    def ensure_call(self, tool: ToolCall) -> None:
        """Record a tool call that needs permission: all of it if the agent has not announced it, else what it adds."""
        self._record_tool(announced(tool, new=self._calls.get(tool.call_id) is None))

    async def wait_for_room(self) -> None:
        """Store if the buffer is over its limit; meanwhile the agent's output is not read, so that the agent waits.

        If the store fails, the buffer is dropped.
        """
        if self._buffer.size > MOST_UNSTORED and not await self._stored():
            self._buffer.drop()

    async def pulse(self) -> None:
        """Send live text and store until :meth:`close`. Runs as an asyncio task that is awaited, never cancelled."""
        while not self._closing:
            await self._woken()
            await asyncio.sleep(0 if self._closing else PULSE)
            self._buffer.show()
            now = self._clock.monotonic()
            if now >= self._not_before and (self._urgent or now >= self._store_at):
                await self._stored()
            if not self._buffer.waiting and not self._closing:
                self._awake.clear()
        self._complete(interrupted=True)
        await self._stored()

    def open(self) -> None:
        """Prepare for a pulse."""
        self._closing = False

    def close(self) -> None:
        """Let the pulse end, once all messages are complete and stored; the agent has ended."""
        self._closing = True
        self._awake.set()

    async def finish(self, *, interrupted: bool) -> str | None:
        """End the turn: complete open messages and store everything; returns the agent's last text.

        ``interrupted``: tool calls that are still open have failed.
        """
        self._over = True
        self._bound.end_note()
        self._complete(interrupted=interrupted)
        await self.flush()
        return "".join(self._report.parts) if self._report is not None else None

    async def flush(self) -> None:
        """Store all changes in one unit of work; completed even if the caller is cancelled.

        Writes that the store refuses are dropped. Raises other failures; nothing is lost then.
        """
        self._urgent = False
        longest = max((draft.size for draft in self._buffer.drafts.values() if draft.changed), default=0)
        self._store_at = self._clock.monotonic() + STORE_EVERY + longest * SLOWER_PER_CHARACTER
        await self._buffer.store()

    async def _stored(self) -> bool:
        """Store in the background; False after a failure, which is logged: it is tried again later."""
        try:
            await self.flush()
        except Exception:  # noqa: BLE001 - logged; the agent's conversation goes on
            _log.exception("messages of the agent of session %s could not be stored", self._session_id)
            self._not_before = self._clock.monotonic() + AFTER_FAILURE
            return False
        return True

    async def _woken(self) -> None:
        """Wait for new events; after the turn, a second without any completes the messages that are still open."""
        late = self._over and any(not draft.message.complete for draft in self._buffer.drafts.values())
        try:
            async with asyncio.timeout(STORE_EVERY if late else None):
                await self._awake.wait()
        except TimeoutError:
            self._complete(interrupted=False)

    def _complete(self, *, interrupted: bool) -> None:
        """Complete all open messages; a later update of a tool call opens its message again."""
        self._finish_text()
        for draft in self._buffer.drafts.values():
            tool = draft.message.tool
            if interrupted and tool is not None and tool.status not in TOOL_ENDED:
                draft.change_tool(ToolCallChanged(tool.call_id, status=ToolStatus.FAILED))
            draft.finish()
        self._wake(urgent=True)

    def _record_text(self, chunk: TextChunk) -> None:
        draft = self._text
        if draft is None or not draft.takes(chunk.role, chunk.agent_message_id):
            self._finish_text()
            draft = self._text = self._add(chunk.role, chunk.agent_message_id)
        draft.append(chunk.text)
        if chunk.role is Role.ASSISTANT:
            self._report = draft
        self._buffer.size += len(chunk.text) + PER_PIECE
        self._wake()

    def _record_tool(self, event: ToolCallChanged) -> None:
        draft = self._calls.get(event.call_id)
        if draft is None:
            self._finish_text()
            draft = self._add(Role.TOOL)
        before = draft.size
        more_than_output = draft.change_tool(event)
        self._buffer.put(draft)
        self._buffer.size += max(draft.size - before, 0) + PER_PIECE
        for forgotten in self._calls.put(event.call_id, draft, draft.size):
            if not forgotten.message.complete:
                forgotten.finish()
                self._buffer.put(forgotten)
        self._wake(urgent=more_than_output)

    def _change(self, task_id: TaskId | None, **fields: Any) -> None:
        if task_id is not None and fields:
            self._buffer.change(task_id, **fields)
            self._wake(urgent=True)

    def _change_session(self, **fields: Any) -> None:
        if self._task_id is not None and fields:
            self._buffer.change_session(**fields)
            self._wake(urgent=True)

    def _finish_text(self) -> None:
        if self._text is not None:
            self._text.finish()
            self._text = None
            self._wake(urgent=True)

    def _add(self, role: Role, agent_message_id: str | None = None) -> MessageDraft:
        if self._task_id is None:
            raise RuntimeError("no task was begun")
        at = timestamp(self._clock.now())
        draft = new_draft(self._session_id, self._task_id, role, agent_message_id, at=at)
        self._buffer.put(draft)
        self._buffer.size += PER_MESSAGE
        self._wake(urgent=True)
        return draft

    def _wake(self, *, urgent: bool = False) -> None:
        self._urgent = self._urgent or urgent
        self._awake.set()
