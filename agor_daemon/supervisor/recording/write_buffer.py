"""The write buffer of a session: records that are not stored yet.

All of it is stored in one unit of work; if that fails, write by write. A failed write goes back into the buffer; one
that the store refuses for good is dropped, and no other with it.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.message import Message, Role
from agor_core.errors import AgorError, StoreClosed
from agor_core.ids import MessageId, SessionId, TaskId
from agor_core.repositories import base, messages, sessions, tasks
from agor_core.repositories.mappings import MESSAGES
from agor_core.wire.feed import Delta
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.recording.message_drafts import MessageDraft

TRIES = 3
"""Failures of one write in a row, other than refusals, after which it is dropped for the sake of the others."""

_log = logging.getLogger("agor.agents")


@dataclass(frozen=True, slots=True)
class MessageWrite:
    """A draft's message as it was when taken from the buffer; ``old`` if the store has an earlier state of it."""

    draft: MessageDraft
    old: bool
    message: Message


@dataclass(frozen=True, slots=True)
class TaskWrite:
    """New values of a task's fields."""

    task_id: TaskId
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SessionWrite:
    """New values of the session's fields; a title is stored only if it has none."""

    fields: Mapping[str, Any]


Write = MessageWrite | TaskWrite | SessionWrite


class WriteBuffer:
    """A session's message drafts, changes of its tasks, and its own.

    ``size`` is about how many code points came since the last write.
    """

    def __init__(self, store: Store, session_id: SessionId, on_delta: Callable[[Delta], None]) -> None:
        self.drafts: dict[MessageId, MessageDraft] = {}
        self.size = 0
        self._store = store
        self._session_id = session_id
        self._on_delta = on_delta
        self._changes: dict[TaskId, dict[str, Any]] = {}
        self._session: dict[str, Any] = {}
        self._suspect: object = None
        self._tries = 0
        self._writing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> bool:
        """Whether the buffer has anything to store."""
        return bool(self._changes) or bool(self._session) or any(d.changed for d in self.drafts.values())

    def put(self, draft: MessageDraft) -> None:
        """Add a message that is new or changed."""
        draft.dropped = False
        self.drafts[draft.message_id] = draft

    def change(self, task_id: TaskId, **fields: Any) -> None:
        """Set fields of a task; the last value of a field counts."""
        self._changes.setdefault(task_id, {}).update(fields)

    def change_session(self, **fields: Any) -> None:
        """Set fields of the session; the last value counts. A title is only a suggestion."""
        self._session.update(fields)

    def show(self) -> None:
        """Send clients the live text that they do not have yet."""
        for draft in self.drafts.values():
            if (delta := draft.delta()) is not None:
                self._on_delta(delta)

    def drop(self) -> None:
        """Drop all messages; the conversation goes on without them."""
        for draft in self.drafts.values():
            draft.dropped = True
        self.drafts.clear()
        self.size = 0

    async def store(self) -> None:
        """Store all that has changed; a write that began is finished even if the caller is cancelled.

        Raises failures of the store other than "not now" and refusals; nothing is lost then.
        """
        write = asyncio.create_task(self._write(), name=f"agor record {self._session_id}")
        self._tasks.add(write)
        write.add_done_callback(self._tasks.discard)
        await asyncio.shield(write)

    async def _write(self) -> None:
        async with self._writing:
            self.show()
            writes = deque(self._take())
            try:
                if len(writes) > 1 and await self._put_together(writes):
                    writes.clear()
                while writes:
                    await self._put_alone(writes[0])
                    writes.popleft()
            finally:
                self._give_back(writes)

    async def _put_together(self, writes: Collection[Write]) -> bool:
        """Whether the store took them all; it takes all or none."""
        try:
            await self._put(writes)
        except StoreClosed:
            raise
        except Exception as error:  # noqa: BLE001 - each is tried alone next, which shows the one at fault
            _log.info("session %s: %d writes failed together: %r", self._session_id, len(writes), error)
            return False
        return True

    async def _put_alone(self, write: Write) -> None:
        """Store one write, or drop it if the store refuses it.

        Raises any other failure, until it has failed TRIES times in a row; then the write is dropped as well.
        """
        try:
            await self._put([write])
        except StoreClosed:
            raise
        except Exception as error:
            if not isinstance(error, AgorError) and not self._failed_too_often(write):
                raise
            self._drop_refused(write, error)

    async def _put(self, writes: Collection[Write]) -> None:
        stored = await retrying.write(self._store, partial(self._apply, writes=writes))
        if self._suspect in {_target(write) for write in writes}:
            self._suspect = None
        for write, message in zip(writes, stored, strict=True):
            if isinstance(write, MessageWrite) and message is not None:
                write.draft.note_stored(message)
                if write.draft.message.complete and not write.draft.changed:
                    self.drafts.pop(write.draft.message_id, None)

    def _failed_too_often(self, write: Write) -> bool:
        """Count a failure of this write; True once it failed TRIES times in a row, alone, while others did not."""
        self._tries = self._tries + 1 if _target(write) == self._suspect else 1
        self._suspect = _target(write)
        return self._tries >= TRIES

    def _take(self) -> list[Write]:
        """Empty the buffer; messages that are not complete stay, as more of them may come."""
        changed = [draft for draft in self.drafts.values() if draft.changed]
        writes: list[Write] = [MessageWrite(draft, draft.stored, draft.snapshot()) for draft in changed]
        writes += [TaskWrite(task_id, fields) for task_id, fields in self._changes.items()]
        if self._session:
            writes.append(SessionWrite(self._session))
        self._changes, self._session, self.size = {}, {}, 0
        return writes

    def _apply(self, w: Writer, writes: Collection[Write]) -> list[Message | None]:
        """In a unit of work: the messages as they are stored, None for the other writes."""
        stored: list[Message | None] = []
        calls: Counter[TaskId] = Counter()
        for write in writes:
            match write:
                case MessageWrite(old=old, message=message):
                    known = message if old else base.lookup(w, MESSAGES, message.message_id)
                    if known is None:
                        calls[message.task_id] += message.role is Role.TOOL
                        stored.append(messages.append(w, message))
                    else:  # a new message is known if an earlier try was committed and its answer got lost
                        stored.append(messages.update(w, msgspec.structs.replace(message, index=known.index)))
                case TaskWrite(task_id=task_id, fields=fields):
                    tasks.update(w, msgspec.structs.replace(tasks.get(w, task_id, lock=True), **fields))
                    stored.append(None)
                case SessionWrite(fields=fields):
                    session = sessions.get(w, self._session_id, lock=True)
                    title = session.title or fields.get("title")
                    changed = msgspec.structs.replace(session, **{**fields, "title": title})
                    if changed != session:
                        sessions.update(w, changed)
                    stored.append(None)
        for task_id, count in (+calls).items():
            task = tasks.get(w, task_id, lock=True)
            tasks.update(w, msgspec.structs.replace(task, tool_use_count=task.tool_use_count + count))
        return stored

    def _drop_refused(self, write: Write, error: Exception) -> None:
        _log.warning("session %s: the store refuses a write, which is dropped: %r", self._session_id, error)
        if isinstance(write, MessageWrite) and (write.message.tool is None or not write.draft.changed):
            write.draft.dropped = True
            self.drafts.pop(write.draft.message_id, None)

    def _give_back(self, writes: Collection[Write]) -> None:
        """Put failed writes back into the buffer; newer values in it win."""
        for write in writes:
            match write:
                case MessageWrite(draft=draft):
                    draft.changed = True
                    self.size += draft.size
                case TaskWrite(task_id=task_id, fields=fields):
                    self._changes[task_id] = {**fields, **self._changes.get(task_id, {})}
                case SessionWrite(fields=fields):
                    self._session = {**fields, **self._session}


def _target(write: Write) -> object:
    """The record that a write is for: the same each time the write is tried."""
    match write:
        case MessageWrite(message=message):
            return message.message_id
        case TaskWrite(task_id=task_id):
            return task_id
        case SessionWrite():
            return SessionWrite
