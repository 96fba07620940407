"""What is recorded of a session but not stored yet, and its way into the store: together, and alone where it must be.

A write that fails gives back what it took, so that the next one has it. What the store refuses for good is dropped, and
nothing else with it.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
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
"""How often one part may fail in a row with what is no refusal, until it is given up for the sake of the others."""

_log = logging.getLogger("agor.agents")


@dataclass(frozen=True, slots=True)
class MessageWrite:
    """A message as it was when it was taken; ``old`` if the store has it in an earlier state."""

    draft: MessageDraft
    old: bool
    message: Message


@dataclass(frozen=True, slots=True)
class TaskWrite:
    """What is new of a task."""

    task_id: TaskId
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TitleWrite:
    """A title for the session, if it has none."""

    title: str


Write = MessageWrite | TaskWrite | TitleWrite
"""What could be stored alone."""


class WriteBuffer:
    """One session's drafts, changes of its tasks, and title. ``size`` is about how many code points came since a write.

    Drafts that are not complete stay, as more of them is to come.
    """

    def __init__(self, store: Store, session_id: SessionId, on_delta: Callable[[Delta], None]) -> None:
        self.drafts: dict[MessageId, MessageDraft] = {}
        self.size = 0
        self._store = store
        self._session_id = session_id
        self._on_delta = on_delta
        self._changes: dict[TaskId, dict[str, Any]] = {}
        self._title: str | None = None
        self._suspect: object = None
        self._tries = 0
        self._writing = asyncio.Lock()
        self._writes: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> bool:
        """Whether there is anything to store."""
        return bool(self._changes) or self._title is not None or any(d.changed for d in self.drafts.values())

    def put(self, draft: MessageDraft) -> None:
        """A message that is new or changed."""
        draft.dropped = False
        self.drafts[draft.message_id] = draft

    def change(self, task_id: TaskId, **fields: Any) -> None:
        """New values of a task's fields; the last ones count."""
        self._changes.setdefault(task_id, {}).update(fields)

    def suggest(self, title: str) -> None:
        """A title for the session; the last one counts."""
        self._title = title

    def show(self) -> None:
        """Send clients the text that they have not seen."""
        for draft in self.drafts.values():
            if (delta := draft.delta()) is not None:
                self._on_delta(delta)

    def drop(self) -> None:
        """Give up the messages; the conversation goes on without them."""
        for draft in self.drafts.values():
            draft.dropped = True
        self.drafts.clear()
        self.size = 0

    async def store(self) -> None:
        """Store all that has changed; seen through when the caller is cancelled, before the next write begins.

        Raises what keeps the store from taking it, besides "not now" and refusals; nothing is lost then.
        """
        write = asyncio.create_task(self._write(), name=f"agor record {self._session_id}")
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)
        await asyncio.shield(write)

    async def _write(self) -> None:
        """In one unit of work; if that fails in halves, down to the parts that are at fault."""
        async with self._writing:
            self.show()
            taken = self._take()
            remaining: deque[Sequence[Write]] = deque([taken] if taken else [])
            try:
                while remaining:
                    parts = remaining[0]
                    try:
                        stored = await retrying.write(self._store, partial(self._put, parts=parts))
                    except StoreClosed:
                        raise
                    except Exception as error:
                        if len(parts) == 1 and not isinstance(error, AgorError) and not self._hopeless(parts[0]):
                            raise
                        remaining.popleft()
                        if len(parts) > 1:
                            half = len(parts) // 2
                            remaining.extendleft([parts[half:], parts[:half]])
                        else:
                            self._refused(parts[0], error)
                    else:
                        remaining.popleft()
                        self._clear(parts)
                        self._note(parts, stored)
            finally:
                self._give_back([part for parts in remaining for part in parts])

    def _hopeless(self, part: Write) -> bool:
        """Whether this one failed alone again and again: then it is at fault, and not the store."""
        self._tries = self._tries + 1 if _name(part) == self._suspect else 1
        self._suspect = _name(part)
        return self._tries >= TRIES

    def _clear(self, parts: Sequence[Write]) -> None:
        """What was stored is no suspect any more."""
        if any(_name(part) == self._suspect for part in parts):
            self._suspect = None

    def _take(self) -> list[Write]:
        changed = [draft for draft in self.drafts.values() if draft.changed]
        parts: list[Write] = [MessageWrite(draft, draft.stored, draft.snapshot()) for draft in changed]
        parts += [TaskWrite(task_id, fields) for task_id, fields in self._changes.items()]
        if self._title is not None:
            parts.append(TitleWrite(self._title))
        self._changes, self._title, self.size = {}, None, 0
        return parts

    def _put(self, w: Writer, parts: Sequence[Write]) -> list[Message | None]:
        """The messages as they are stored, None for the other parts."""
        stored: list[Message | None] = []
        calls: Counter[TaskId] = Counter()
        for part in parts:
            match part:
                case MessageWrite(old=old, message=message):
                    known = message if old else base.lookup(w, MESSAGES, message.message_id)
                    if known is None:
                        calls[message.task_id] += message.role is Role.TOOL
                        stored.append(messages.append(w, message))
                    else:  # if not as of old, an earlier try was committed though its answer got lost
                        stored.append(messages.update(w, msgspec.structs.replace(message, index=known.index)))
                case TaskWrite(task_id=task_id, fields=fields):
                    tasks.update(w, msgspec.structs.replace(tasks.get(w, task_id, lock=True), **fields))
                    stored.append(None)
                case TitleWrite(title=title):
                    session = sessions.get(w, self._session_id, lock=True)
                    if session.title is None:
                        sessions.update(w, msgspec.structs.replace(session, title=title))
                    stored.append(None)
        for task_id, count in (+calls).items():
            task = tasks.get(w, task_id, lock=True)
            tasks.update(w, msgspec.structs.replace(task, tool_use_count=task.tool_use_count + count))
        return stored

    def _note(self, parts: Sequence[Write], stored: Sequence[Message | None]) -> None:
        for part, message in zip(parts, stored, strict=True):
            if isinstance(part, MessageWrite) and message is not None:
                part.draft.note_stored(message)
                if part.draft.message.complete and not part.draft.changed:
                    self.drafts.pop(part.draft.message_id, None)

    def _refused(self, part: Write, error: Exception) -> None:
        _log.warning("session %s: the store refuses what the agent said: %r", self._session_id, error)
        if isinstance(part, MessageWrite) and (part.message.tool is None or not part.draft.changed):
            part.draft.dropped = True
            self.drafts.pop(part.draft.message_id, None)

    def _give_back(self, parts: Sequence[Write]) -> None:
        """What was taken is to be stored still, except what there is newer of it."""
        for part in parts:
            match part:
                case MessageWrite(draft=draft):
                    draft.changed = True
                    self.size += draft.size
                case TaskWrite(task_id=task_id, fields=fields):
                    self._changes[task_id] = {**fields, **self._changes.get(task_id, {})}
                case TitleWrite(title=title):
                    self._title = title if self._title is None else self._title


def _name(part: Write) -> object:
    """What a part is about: that is the same each time it is tried."""
    match part:
        case MessageWrite(message=message):
            return message.message_id
        case TaskWrite(task_id=task_id):
            return task_id
        case TitleWrite():
            return TitleWrite
