"""Records what an agent says, in order: events become drafts in memory, drafts become rows, many in one write.

``take`` is synchronous and cheap, so that the order of arrival is the order of record. A pulse shows running text live
at most thirty times a second; new messages and changes are stored with the next pulse, running text and the running
output of tools each second.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from agor_core.agents.adapter import Adapter
from agor_core.clock import Clock, timestamp
from agor_core.db.store import Store
from agor_core.domain.message import Message, Role, ToolCall, ToolStatus
from agor_core.events import (
    AgentEvent,
    ModeChanged,
    PlanChanged,
    TextChunk,
    TitleSuggested,
    ToolCallChanged,
    Unknown,
    UsageChanged,
)
from agor_core.ids import MessageId, SessionId, TaskId, new_id
from agor_core.wire.feed import Delta
from agor_daemon.supervisor.recording.message_drafts import TOOL_ENDED, MessageDraft
from agor_daemon.supervisor.recording.remembered_calls import RememberedCalls
from agor_daemon.supervisor.recording.write_buffer import WriteBuffer

PULSE = 1 / 30
STORE_EVERY = 1.0
SLOWER_PER_CHARACTER = 1 / 200_000
"""Further seconds between writes of one long text, so that a megabyte is not rewritten each second."""
AFTER_FAILURE = 5.0
"""Seconds until a write that failed is tried again."""
MOST_UNSTORED = 1_000_000
"""Code points in memory above which the agent has to wait."""
PER_PIECE, PER_MESSAGE = 100, 1_000
"""What a piece and a message take besides their text, in code points."""

_log = logging.getLogger("agor.agents")


class Recorder:
    """One session's record; events belong to the task begun last, also those that come after its end.

    What is said of usage belongs to the task that was prompted last: before the prompt it is of what was before it.
    """

    def __init__(
        self, store: Store, clock: Clock, session_id: SessionId, on_delta: Callable[[Delta], None], adapter: Adapter
    ) -> None:
        self.adapter = adapter
        self.replayed: int | None = None
        self._clock = clock
        self._session_id = session_id
        self._task_id: TaskId | None = None
        self._prompted: TaskId | None = None
        self._over = False
        self._buffer = WriteBuffer(store, session_id, on_delta)
        self._text: MessageDraft | None = None
        self._calls = RememberedCalls()
        self._report: MessageDraft | None = None
        self._urgent = False
        self._store_at = self._not_before = 0.0
        self._awake = asyncio.Event()
        self._closing = False

    def listen(self, adapter: Adapter) -> None:
        """Another process speaks from here on; what it says of usage before its first prompt is of no task."""
        self.adapter = adapter
        self._prompted = None

    def begin(self, task_id: TaskId) -> None:
        """What comes from here on belongs to this task."""
        self._complete(interrupted=False)
        self._task_id = task_id
        self._over = False
        self._report = None

    def prompted(self) -> None:
        """The prompt is about to be sent."""
        self.adapter.begin_turn()
        self._prompted = self._task_id

    def discard_replay(self) -> None:
        """The agent tells its history again: count it, keep nothing, until :meth:`end_replay`."""
        self.replayed = 0

    def end_replay(self) -> int:
        """How many updates were discarded."""
        count, self.replayed = self.replayed or 0, None
        return count

    def update(self, params: Mapping[str, Any]) -> None:
        """Take in the raw params of one ``session/update``; of a replay the adapter alone, for its running figures."""
        update = params.get("update")
        events = self.adapter.events(update) if isinstance(update, dict) else []
        if self.replayed is not None:
            self.replayed += 1
            return
        for event in events:
            self.take(event)

    def take(self, event: AgentEvent) -> None:
        """Take in one event; before the first task there is nothing that it could belong to."""
        if self._task_id is None:
            return
        match event:
            case TextChunk(role=Role.USER):
                pass
            case TextChunk():
                self._take_text(event)
            case ToolCallChanged():
                self._take_tool(event)
            case PlanChanged(entries=entries):
                self._change(self._task_id, plan=entries)
            case UsageChanged(usage=usage):
                self._change(self._prompted, usage=usage)
            case ModeChanged(mode=mode):
                self._change(self._task_id, mode=mode)
            case TitleSuggested(title=title):
                self._buffer.suggest(title)
                self._wake(urgent=True)
            case Unknown(kind=kind):
                _log.debug("an update of a kind that is not known: %s", kind)

    def say(self, role: Role, text: str) -> None:
        """A whole message of our own: the user's prompt, or what the system has to note."""
        if self._task_id is None:
            return
        self._finish_text()
        draft = self._add(role)
        draft.append(text)
        draft.finish()
        self._buffer.size += len(text)

    def know_call(self, tool: ToolCall) -> None:
        """Make sure that a tool call which is asked about is in the record; some agents never announce it."""
        if self._calls.get(tool.call_id) is None:
            self._take_tool(
                ToolCallChanged(
                    tool.call_id, tool.title, tool.kind, tool.status, tool.input, tool.output, tool.locations, tool.diff
                )
            )

    async def room(self) -> None:
        """Wait while too much is only in memory; the agent waits with us, as its output is not read meanwhile.

        What cannot be stored then is dropped, for want of a place.
        """
        if self._buffer.size > MOST_UNSTORED and not await self._stored():
            self._buffer.drop()

    async def pulse(self) -> None:
        """Show and store until :meth:`close`; to be run as a task and awaited, never cancelled in the middle."""
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
        """Before a pulse begins."""
        self._closing = False

    def close(self) -> None:
        """Let the pulse come to its end, with everything complete and stored; the agent has ended."""
        self._closing = True
        self._awake.set()

    async def finish(self, *, interrupted: bool) -> str | None:
        """The turn is over: complete what is open, store everything; the last text that the agent said.

        ``interrupted``: tool calls that are still open have failed, as nobody will go on with them.
        """
        self._over = True
        self._complete(interrupted=interrupted)
        await self.flush()
        return "".join(self._report.parts) if self._report is not None else None

    async def flush(self) -> None:
        """Store all that has changed, in one unit of work; seen through when the caller is cancelled.

        What the store refuses for good is dropped. Raises what else keeps it from storing; nothing is lost then.
        """
        self._urgent = False
        longest = max((draft.size for draft in self._buffer.drafts.values() if draft.changed), default=0)
        self._store_at = self._clock.monotonic() + STORE_EVERY + longest * SLOWER_PER_CHARACTER
        await self._buffer.store()

    async def _stored(self) -> bool:
        """Store, where nobody waits for it; False if it has to be tried again later."""
        try:
            await self.flush()
        except Exception:  # noqa: BLE001 - logged; the agent's conversation goes on
            _log.exception("what the agent of session %s said could not be stored", self._session_id)
            self._not_before = self._clock.monotonic() + AFTER_FAILURE
            return False
        return True

    async def _woken(self) -> None:
        """Wait for something to do: that more was said, or that nothing more was, after the turn, for a while."""
        late = self._over and any(not draft.message.complete for draft in self._buffer.drafts.values())
        try:
            async with asyncio.timeout(STORE_EVERY if late else None):
                await self._awake.wait()
        except TimeoutError:
            self._complete(interrupted=False)

    def _complete(self, *, interrupted: bool) -> None:
        """Nothing more will come of what is open; if more of a tool call does all the same, it is open again."""
        self._finish_text()
        for draft in self._buffer.drafts.values():
            tool = draft.message.tool
            if interrupted and tool is not None and tool.status not in TOOL_ENDED:
                draft.change_tool(ToolCallChanged(tool.call_id, status=ToolStatus.FAILED))
            draft.finish()
        self._wake(urgent=True)

    def _take_text(self, chunk: TextChunk) -> None:
        draft = self._text
        if draft is None or not draft.takes(chunk.role, chunk.agent_message_id):
            self._finish_text()
            draft = self._text = self._add(chunk.role, chunk.agent_message_id)
        draft.append(chunk.text)
        if chunk.role is Role.ASSISTANT:
            self._report = draft
        self._buffer.size += len(chunk.text) + PER_PIECE
        self._wake()

    def _take_tool(self, event: ToolCallChanged) -> None:
        draft = self._calls.get(event.call_id)
        if draft is None:
            self._finish_text()
            draft = self._add(Role.TOOL)
        before = draft.size
        more_than_output = draft.change_tool(event)
        self._buffer.put(draft)
        self._buffer.size += max(draft.size - before, 0) + PER_PIECE
        for forgotten in self._calls.put(event.call_id, draft):
            if not forgotten.message.complete:
                forgotten.finish()
                self._buffer.put(forgotten)
        self._wake(urgent=more_than_output)

    def _change(self, task_id: TaskId | None, **fields: Any) -> None:
        if task_id is not None:
            self._buffer.change(task_id, **fields)
            self._wake(urgent=True)

    def _finish_text(self) -> None:
        if self._text is not None:
            self._text.finish()
            self._text = None
            self._wake(urgent=True)

    def _add(self, role: Role, agent_message_id: str | None = None) -> MessageDraft:
        if self._task_id is None:
            raise RuntimeError("there is no task to record for")
        draft = MessageDraft(
            Message(
                message_id=MessageId(new_id()),
                session_id=self._session_id,
                task_id=self._task_id,
                index=0,
                role=role,
                created_at=timestamp(self._clock.now()),
                complete=False,
                agent_message_id=agent_message_id,
            )
        )
        self._buffer.put(draft)
        self._buffer.size += PER_MESSAGE
        self._wake(urgent=True)
        return draft

    def _wake(self, *, urgent: bool = False) -> None:
        self._urgent = self._urgent or urgent
        self._awake.set()
