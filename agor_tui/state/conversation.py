"""One session's tasks and messages, as far as a client has read them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from agor_core.domain.comment import Comment
from agor_core.domain.genealogy import Genealogy, Inheritance
from agor_core.domain.message import Message
from agor_core.domain.task import Task
from agor_core.ids import CommentId, MessageId, SessionId, TaskId


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages of a session that were not read: their indexes are from ``start`` up to, not including, ``end``."""

    session_id: SessionId
    start: int
    end: int


@dataclass(slots=True)
class Conversation:
    """The tasks, messages and genealogy of one session, and the tasks that it inherits.

    ``inherited_messages`` has the messages of the inherited tasks that were read so far. A record that came by the
    feed while a list was read is newer than the list, and stays.
    """

    tasks: dict[TaskId, Task] = field(default_factory=dict)
    messages: dict[MessageId, Message] = field(default_factory=dict)
    inherited: Inheritance = field(default_factory=Inheritance)
    inherited_messages: dict[TaskId, tuple[Message, ...]] = field(default_factory=dict)
    genealogy: Genealogy | None = None
    comments: dict[CommentId, Comment] = field(default_factory=dict)
    """Comments on what the agent said."""
    loaded: bool = False
    _newer: set[str] = field(default_factory=set)

    def load(self, tasks: Iterable[Task], messages: Iterable[Message]) -> None:
        """Add the records of lists that were read; those that came by the feed meanwhile stay."""
        for task in tasks:
            if task.task_id not in self._newer:
                self.tasks[task.task_id] = task
        for message in messages:
            if message.message_id not in self._newer:
                self.messages[message.message_id] = message
        self.loaded = True
        self._newer.clear()

    def add(self, messages: Iterable[Message]) -> None:
        """Add messages of a gap; those that came by the feed meanwhile stay."""
        for message in messages:
            self.messages.setdefault(message.message_id, message)

    def clear(self) -> None:
        """Drop tasks and messages, as they may be out of date."""
        self.tasks.clear()
        self.messages.clear()
        self._newer.clear()
        self.loaded = False

    def put_inherited(self, task_id: TaskId, messages: Iterable[Message]) -> None:
        """Add messages of an inherited task."""
        known = {message.index: message for message in (*self.inherited_messages.get(task_id, ()), *messages)}
        self.inherited_messages[task_id] = tuple(known[index] for index in sorted(known))

    def next_unread(self) -> Task | None:
        """The latest inherited task whose messages were not read."""
        return next(
            (task for task in reversed(self.inherited.tasks) if task.task_id not in self.inherited_messages), None
        )

    def put_task(self, task: Task) -> None:
        """Set a task to its record from the feed."""
        self.tasks[task.task_id] = task
        self._touch(task.task_id)

    def put_message(self, message: Message) -> None:
        """Set a message to its record from the feed; live text that is longer than the record's is kept."""
        known = self.messages.get(message.message_id)
        if known is not None and not message.complete and known.text.startswith(message.text):
            message = replace(message, text=known.text)
        self.messages[message.message_id] = message
        self._touch(message.message_id)

    def extend(self, message_id: MessageId, offset: int, text: str) -> bool:
        """Add live text at ``offset`` (code points). False if text before it is missing, or the message is unknown."""
        known = self.messages.get(message_id)
        if known is None or offset > len(known.text):
            return False
        if not known.complete and offset + len(text) > len(known.text):
            self.messages[message_id] = replace(known, text=known.text[:offset] + text)
            self._touch(message_id)
        return True

    def put_comment(self, comment: Comment, *, removed: bool = False) -> bool:
        """Set a comment to its record from the feed; False if it is on no message."""
        if comment.message_id is None:
            return False
        if removed:
            self.comments.pop(comment.comment_id, None)
        else:
            self.comments[comment.comment_id] = comment
        return True

    def comments_on(self) -> dict[str, list[Comment]]:
        """The comments by the message that they are on, the oldest first."""
        found: dict[str, list[Comment]] = {}
        for comment in sorted(self.comments.values(), key=lambda one: (one.created_at, one.comment_id)):
            found.setdefault(str(comment.message_id), []).append(comment)
        return found

    def ordered_tasks(self) -> list[Task]:
        """The session's own tasks by position."""
        return sorted(self.tasks.values(), key=lambda task: task.position)

    def ordered_messages(self) -> list[Message]:
        """The session's own messages by index."""
        return sorted(self.messages.values(), key=lambda message: message.index)

    def has_start_of(self, task: Task) -> bool:
        """Whether the first message of a task was read, or the task has no messages."""
        if task.task_id not in self.tasks:
            return task.task_id in self.inherited_messages
        first = first_index(task)
        return first is None or gap_at(self.ordered_messages(), first) is None

    def _touch(self, record_id: str) -> None:
        if not self.loaded:
            self._newer.add(record_id)


def first_index(task: Task) -> int | None:
    """The index of a task's first message; None while it has none."""
    said = task.message_range
    return said.start_index if said is not None and said.start_index <= said.end_index else None


def gaps(messages: Sequence[Message], start: int = 0) -> list[Gap]:
    """The gaps before and between messages of one session, which are in order, from the index ``start`` on."""
    found = []
    for message in messages:
        if message.index > start:
            found.append(Gap(message.session_id, start, message.index))
        start = message.index + 1
    return found


def gap_at(messages: Sequence[Message], index: int) -> Gap | None:
    """The part of a gap from ``index`` on; None if the message with that index was read."""
    return next((Gap(gap.session_id, index, gap.end) for gap in gaps(messages) if gap.start <= index < gap.end), None)
