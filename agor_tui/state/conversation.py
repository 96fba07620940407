"""One session's tasks and messages, as a client that looks at it knows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from agor_core.domain.genealogy import Genealogy, Inheritance
from agor_core.domain.message import Message
from agor_core.domain.task import Task
from agor_core.ids import MessageId, SessionId, TaskId


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages of a session that were not read: from the index ``start`` up to, not including, ``end``."""

    session_id: SessionId
    start: int
    end: int


@dataclass(slots=True)
class Conversation:
    """What is known of one session beyond its own record.

    ``heard`` has the messages of those inherited tasks that were read so far. While a list is on its way, what the
    feed brings wins over what the list says, since it is newer.
    """

    tasks: dict[TaskId, Task] = field(default_factory=dict)
    messages: dict[MessageId, Message] = field(default_factory=dict)
    inherited: Inheritance = field(default_factory=Inheritance)
    heard: dict[TaskId, tuple[Message, ...]] = field(default_factory=dict)
    genealogy: Genealogy | None = None
    loaded: bool = False
    _newer: set[str] = field(default_factory=set)

    def load(self, tasks: Iterable[Task], messages: Iterable[Message]) -> None:
        """Take in lists that were asked for earlier."""
        for task in tasks:
            if task.task_id not in self._newer:
                self.tasks[task.task_id] = task
        for message in messages:
            if message.message_id not in self._newer:
                self.messages[message.message_id] = message
        self.loaded = True
        self._newer.clear()

    def add(self, messages: Iterable[Message]) -> None:
        """Take in messages that were missing; one that came by the feed meanwhile stays, since it is newer."""
        for message in messages:
            self.messages.setdefault(message.message_id, message)

    def forget(self) -> None:
        """Begin anew: what is known may be out of date."""
        self.tasks.clear()
        self.messages.clear()
        self._newer.clear()
        self.loaded = False

    def hear(self, task_id: TaskId, messages: Iterable[Message]) -> None:
        """Take in what was said in an inherited task, or a part of it."""
        known = {message.index: message for message in (*self.heard.get(task_id, ()), *messages)}
        self.heard[task_id] = tuple(known[index] for index in sorted(known))

    def next_unread(self) -> Task | None:
        """The latest inherited task whose messages were not read yet."""
        return next((task for task in reversed(self.inherited.tasks) if task.task_id not in self.heard), None)

    def put_task(self, task: Task) -> None:
        """A task as the feed tells it."""
        self.tasks[task.task_id] = task
        self._touch(task.task_id)

    def put_message(self, message: Message) -> None:
        """A message as the feed tells it; one that has less text than the live one keeps the live text."""
        known = self.messages.get(message.message_id)
        if known is not None and not message.complete and known.text.startswith(message.text):
            message = replace(message, text=known.text)
        self.messages[message.message_id] = message
        self._touch(message.message_id)

    def extend(self, message_id: MessageId, offset: int, text: str) -> bool:
        """Add live text at ``offset`` (code points); False if there is a gap before it."""
        known = self.messages.get(message_id)
        if known is None or offset > len(known.text):
            return False
        if not known.complete and offset + len(text) > len(known.text):
            self.messages[message_id] = replace(known, text=known.text[:offset] + text)
            self._touch(message_id)
        return True

    def in_order(self) -> list[Task]:
        """Its own tasks by position."""
        return sorted(self.tasks.values(), key=lambda task: task.position)

    def spoken(self) -> list[Message]:
        """Its messages by index."""
        return sorted(self.messages.values(), key=lambda message: message.index)

    def begins(self, task: Task) -> bool:
        """Whether the first message of a task is known, or there is none to read."""
        if task.task_id not in self.tasks:
            return task.task_id in self.heard
        first = first_index(task)
        return first is None or gap_at(self.spoken(), first) is None

    def _touch(self, record_id: str) -> None:
        if not self.loaded:
            self._newer.add(record_id)


def first_index(task: Task) -> int | None:
    """The index of a task's first message; None while nothing was said in it."""
    said = task.message_range
    return said.start_index if said is not None and said.start_index <= said.end_index else None


def gaps(messages: Sequence[Message], start: int = 0) -> list[Gap]:
    """What is missing before and between messages of one session that are in order, from an index on."""
    found = []
    for message in messages:
        if message.index > start:
            found.append(Gap(message.session_id, start, message.index))
        start = message.index + 1
    return found


def gap_at(messages: Sequence[Message], index: int) -> Gap | None:
    """What is missing from this index on, up to the next message that is known; None if the message is there."""
    return next((Gap(gap.session_id, index, gap.end) for gap in gaps(messages) if gap.start <= index < gap.end), None)
