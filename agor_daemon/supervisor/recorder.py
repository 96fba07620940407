"""Records what an agent says, in order: events become drafts in memory, drafts become rows, many in one write.

``take`` is synchronous and cheap, so that the order of arrival is the order of record. A pulse shows running text live
at most thirty times a second; new messages and changes are stored with the next pulse, running text each second.
"""

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from agor_core.agents.adapter import Adapter
from agor_core.clock import Clock, timestamp
from agor_core.db.connections import Writer
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
from agor_core.repositories import messages, sessions, tasks
from agor_core.wire.feed import Delta
from agor_daemon.supervisor.drafts import TOOL_ENDED, Draft
from agor_daemon.supervisor.persistence import keep

PULSE = 1 / 30
STORE_EVERY = 1.0
SLOWER_PER_CHARACTER = 1 / 200_000
"""Further seconds between writes of one long text, so that a megabyte is not rewritten each second."""
MOST_UNSTORED = 1_000_000
"""Code points in memory above which the agent has to wait."""
REMEMBERED_CALLS = 500

_log = logging.getLogger("agor.agents")


class Recorder:
    """One session's record; events belong to the task begun last, also those that come after its end."""

    def __init__(
        self, store: Store, clock: Clock, session_id: SessionId, on_delta: Callable[[Delta], None], adapter: Adapter
    ) -> None:
        self.adapter = adapter
        self.replayed: int | None = None
        self._store = store
        self._clock = clock
        self._session_id = session_id
        self._on_delta = on_delta
        self._task_id: TaskId | None = None
        self._drafts: OrderedDict[MessageId, Draft] = OrderedDict()
        self._text: Draft | None = None
        self._calls: OrderedDict[str, Draft] = OrderedDict()
        self._task_changes: dict[str, Any] = {}
        self._title: str | None = None
        self._report: Draft | None = None
        self._unstored = 0
        self._urgent = False
        self._store_at = 0.0
        self._awake = asyncio.Event()
        self._closing = False
        self._writing = asyncio.Lock()

    def begin(self, task_id: TaskId) -> None:
        """What comes from here on belongs to this task."""
        self._task_id = task_id
        self._text = None
        self._report = None
        self.adapter.begin_turn()

    def discard_replay(self) -> None:
        """The agent tells its history again: count it, keep nothing, until :meth:`end_replay`."""
        self.replayed = 0

    def end_replay(self) -> int:
        """How many updates were discarded."""
        count, self.replayed = self.replayed or 0, None
        return count

    def update(self, params: Mapping[str, Any]) -> None:
        """Take in the raw params of one ``session/update``."""
        if self.replayed is not None:
            self.replayed += 1
            return
        update = params.get("update")
        if isinstance(update, dict):
            for event in self.adapter.events(update):
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
                self._change_task(plan=entries)
            case UsageChanged(usage=usage):
                self._change_task(usage=usage)
            case ModeChanged(mode=mode):
                self._change_task(mode=mode)
            case TitleSuggested(title=title):
                self._title = title
                self._wake(urgent=True)
            case Unknown(kind=kind):
                _log.debug("an update of a kind that is not known: %s", kind)

    def say(self, role: Role, text: str) -> None:
        """A whole message of our own: the user's prompt, or what the system has to note."""
        if self._task_id is None:
            return
        self._finish_text()
        draft = self._add(Draft(self._message(role)))
        draft.append(text)
        draft.finish()

    def know_call(self, tool: ToolCall) -> None:
        """Make sure that a tool call which is asked about is in the record; some agents never announce it."""
        if tool.call_id not in self._calls:
            self._take_tool(
                ToolCallChanged(
                    tool.call_id, tool.title, tool.kind, tool.status, tool.input, tool.output, tool.locations, tool.diff
                )
            )

    async def room(self) -> None:
        """Wait while too much is only in memory; the agent waits with us, as its output is not read meanwhile."""
        if self._unstored > MOST_UNSTORED:
            await self._flush_or_drop()

    async def pulse(self) -> None:
        """Show and store until :meth:`close`; to be run as a task and awaited, never cancelled in the middle."""
        while not self._closing:
            await self._awake.wait()
            await asyncio.sleep(0 if self._closing else PULSE)
            self._show()
            if self._urgent or self._closing or self._clock.monotonic() >= self._store_at:
                await self._flush_or_drop()
            if not self._changed() and not self._closing:
                self._awake.clear()

    def open(self) -> None:
        """Before a pulse begins."""
        self._closing = False

    def close(self) -> None:
        """Let the pulse come to its end, with everything stored."""
        self._closing = True
        self._awake.set()

    async def finish(self, *, interrupted: bool) -> str | None:
        """The turn is over: complete what is open, store everything; the last text that the agent said.

        ``interrupted``: tool calls that are still open have failed, as nobody will go on with them.
        """
        self._finish_text()
        for draft in self._drafts.values():
            tool = draft.message.tool
            if interrupted and tool is not None and tool.status not in TOOL_ENDED:
                draft.change_tool(ToolCallChanged(tool.call_id, status=ToolStatus.FAILED))
            draft.finish()
        await self.flush()
        return "".join(self._report.parts) if self._report is not None else None

    async def flush(self) -> None:
        """Store all that has changed, in one unit of work."""
        async with self._writing:
            self._show()
            changed = [draft for draft in self._drafts.values() if draft.changed]
            batch = [(draft.stored, draft.snapshot()) for draft in changed]
            task_changes, self._task_changes = self._task_changes, {}
            title, self._title = self._title, None
            self._urgent, self._unstored = False, 0
            longest = max((draft.length for draft in changed), default=0)
            self._store_at = self._clock.monotonic() + STORE_EVERY + longest * SLOWER_PER_CHARACTER
            if not batch and not task_changes and title is None:
                return
            task_id = self._task_id
            stored = await keep(self._store, lambda w: self._write(w, batch, task_id, task_changes, title))
            for draft, message in zip(changed, stored, strict=True):
                self._note_stored(draft, message)

    async def _flush_or_drop(self) -> None:
        """Store, where nobody waits for it: what the store refuses for good (a session that is gone) is dropped."""
        try:
            await self.flush()
        except Exception:  # noqa: BLE001 - logged; the agent's conversation goes on without its record
            _log.exception("what the agent of session %s said could not be stored", self._session_id)
            self._drafts.clear()
            self._text = None

    def _write(
        self,
        w: Writer,
        batch: list[tuple[bool, Message]],
        task_id: TaskId | None,
        task_changes: Mapping[str, Any],
        title: str | None,
    ) -> list[Message]:
        stored = [messages.update(w, message) if old else messages.append(w, message) for old, message in batch]
        calls = Counter(message.task_id for old, message in batch if not old and message.role is Role.TOOL)
        for called_in, count in calls.items():
            task = tasks.get(w, called_in, lock=True)
            tasks.update(w, msgspec.structs.replace(task, tool_use_count=task.tool_use_count + count))
        if task_changes and task_id is not None:
            tasks.update(w, msgspec.structs.replace(tasks.get(w, task_id, lock=True), **task_changes))
        if title is not None:
            session = sessions.get(w, self._session_id, lock=True)
            if session.title is None:
                sessions.update(w, msgspec.structs.replace(session, title=title))
        return stored

    def _note_stored(self, draft: Draft, message: Message) -> None:
        """Take over the index; clients know the text as of the snapshot, what came since will be shown to them."""
        draft.message = msgspec.structs.replace(draft.message, index=message.index)
        if not draft.stored:
            draft.stored = True
            draft.shown = len(message.text)
            draft.unshown = draft.parts[1:] if len(draft.parts) > 1 else []
        if draft.message.complete and not draft.changed:
            self._drafts.pop(draft.message_id, None)

    def _show(self) -> None:
        for draft in self._drafts.values():
            if (delta := draft.delta()) is not None:
                self._on_delta(delta)

    def _take_text(self, chunk: TextChunk) -> None:
        draft = self._text
        if draft is None or not draft.takes(chunk.role, chunk.agent_message_id):
            self._finish_text()
            draft = self._text = self._add(Draft(self._message(chunk.role, chunk.agent_message_id)))
        draft.append(chunk.text)
        if chunk.role is Role.ASSISTANT:
            self._report = draft
        self._unstored += len(chunk.text)
        self._wake()

    def _take_tool(self, event: ToolCallChanged) -> None:
        draft = self._calls.get(event.call_id)
        if draft is None:
            self._finish_text()
            draft = self._calls[event.call_id] = self._add(Draft(self._message(Role.TOOL)))
            while len(self._calls) > REMEMBERED_CALLS:
                self._calls.popitem(last=False)
        draft.change_tool(event)
        self._drafts[draft.message_id] = draft
        self._unstored += len(event.output or "")
        self._wake(urgent=True)

    def _change_task(self, **changes: Any) -> None:
        self._task_changes.update(changes)
        self._wake(urgent=True)

    def _finish_text(self) -> None:
        if self._text is not None:
            self._text.finish()
            self._text = None
            self._wake(urgent=True)

    def _add(self, draft: Draft) -> Draft:
        self._drafts[draft.message_id] = draft
        self._wake(urgent=True)
        return draft

    def _message(self, role: Role, agent_message_id: str | None = None) -> Message:
        if self._task_id is None:
            raise RuntimeError("there is no task to record for")
        return Message(
            message_id=MessageId(new_id()),
            session_id=self._session_id,
            task_id=self._task_id,
            index=0,
            role=role,
            created_at=timestamp(self._clock.now()),
            complete=False,
            agent_message_id=agent_message_id,
        )

    def _wake(self, *, urgent: bool = False) -> None:
        self._urgent = self._urgent or urgent
        self._awake.set()

    def _changed(self) -> bool:
        return bool(self._task_changes) or self._title is not None or any(d.changed for d in self._drafts.values())
