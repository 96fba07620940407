"""Loads open conversations: tasks, messages, earlier messages, inherited tasks and the genealogy of a session."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import msgspec

from agor_core.domain.genealogy import Genealogy
from agor_core.domain.message import Message
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.ids import MessageId, SessionId, TaskId
from agor_tui.app import loading
from agor_tui.app.loading import Calls
from agor_tui.state.changes import Changes
from agor_tui.state.conversation import Gap
from agor_tui.state.records import Records

T = TypeVar("T")


class DaemonCalls(Protocol):
    """The daemon link, which makes the calls and shows what they change."""

    def call(
        self,
        work: Callable[[Calls], T],
        then: Callable[[T], object] | None = None,
        failed: Callable[[str], object] | None = None,
    ) -> None: ...
    def call_to_open(
        self, work: Callable[[Calls], T], then: Callable[[T], object], failed: Callable[[str], object] | None = None
    ) -> None: ...
    def note(self, changes: Changes) -> None: ...
    def complain(self, sentence: str) -> None: ...


class ConversationLoader:
    """Fills the conversations of the records. A record that the feed brought meanwhile wins over one that was read."""

    def __init__(self, records: Records, caller: DaemonCalls) -> None:
        self._records = records
        self._caller = caller
        self._reading: dict[SessionId, Gap] = {}
        """The gap of each session whose messages are being read."""
        self._inheriting: set[TaskId] = set()
        """Inherited tasks whose messages are being read."""

    def open(self, session: Session) -> None:
        """Load a session's conversation and keep it current. An answer for a gap of it that is still due is ignored."""
        self._records.open_conversation(session.session_id)
        self._reading.pop(session.session_id, None)
        self._caller.call(
            lambda daemon: loading.session_records(daemon, session),
            lambda found: self._opened(session.session_id, found),
        )

    def preview(self, session: Session) -> None:
        """Read the last messages of a session and keep them current, those of no other but it."""
        session_id = session.session_id
        conversation = self._records.preview(session_id)

        def put(found: tuple[list[Task], list[Message]]) -> None:
            if self._records.previews.get(session_id) is conversation:
                conversation.load(*found)
                self._caller.note(Changes(tasks={session_id}))

        self._caller.call(lambda daemon: loading.preview(daemon, session), put, lambda _: None)

    def close(self, session_id: SessionId) -> None:
        """Keep a session's conversation no longer current."""
        self._records.close_conversation(session_id)

    def reads(self, session_id: SessionId) -> bool:
        """Whether missing messages of a session are being read."""
        return session_id in self._reading

    def read_gap(
        self, session_id: SessionId, gap: Gap, *, first: bool, unread: Callable[[], object] | None = None
    ) -> None:
        """Read the first or the last messages of a gap; ignored while another gap of the session is read.

        ``unread`` is called if the call fails.
        """
        conversation = self._records.conversations.get(session_id)
        if conversation is None or session_id in self._reading:
            return
        self._reading[session_id] = gap

        def answered() -> bool:
            """End this reading; False if the session was opened anew meanwhile."""
            counts = self._reading.get(session_id) is gap
            if counts:
                del self._reading[session_id]
            return counts

        def put(messages: list[Message]) -> None:
            if not answered():
                return
            if gap.session_id == session_id:
                conversation.add(messages)
            else:
                for task_id in {message.task_id for message in messages}:
                    conversation.put_inherited(task_id, [one for one in messages if one.task_id == task_id])
            self._caller.note(Changes(messages={session_id: {message.message_id for message in messages}}))

        def failed(sentence: str) -> None:
            if answered():
                self._fail(sentence, unread)

        self._caller.call(lambda daemon: loading.messages_of_gap(daemon, gap, first=first), put, failed)

    def read_inherited(self, session_id: SessionId, task: Task, unread: Callable[[], object] | None = None) -> None:
        """Read the messages of a task that a fork inherited; ``unread`` is called if the call fails."""
        conversation = self._records.conversations.get(session_id)
        if conversation is None or task.task_id in conversation.inherited_messages or task.task_id in self._inheriting:
            return
        self._inheriting.add(task.task_id)

        def put(messages: list[Message]) -> None:
            self._inheriting.discard(task.task_id)
            conversation.put_inherited(task.task_id, messages)
            self._caller.note(Changes(tasks={session_id}))

        def failed(sentence: str) -> None:
            self._inheriting.discard(task.task_id)
            self._fail(sentence, unread)

        self._caller.call(lambda daemon: loading.messages_of_task(daemon, task), put, failed)

    def refresh_genealogy(self, session_id: SessionId) -> None:
        """Read a session's genealogy again, as a fork or a spawn in it differs."""

        def put(genealogy: Genealogy | None) -> None:
            conversation = self._records.conversations.get(session_id)
            if conversation is not None and genealogy is not None:
                conversation.genealogy = genealogy
                self._caller.note(Changes(tasks={session_id}))

        self._caller.call(lambda daemon: loading.genealogy(daemon, session_id), put)

    def read_message(self, message_id: MessageId) -> None:
        """Read a message whose live text has a gap."""

        def put(record: dict[str, Any]) -> None:
            message = msgspec.convert(record, Message)
            changes = Changes()
            for conversation in self._records.followed(message.session_id):
                conversation.put_message(message)
                changes.message(message.session_id, message.message_id)
            self._caller.note(changes)

        self._caller.call(lambda daemon: daemon.get("messages", message_id), put)

    def _opened(self, session_id: SessionId, found: loading.SessionRecords) -> None:
        conversation = self._records.conversations.get(session_id)
        if conversation is None:
            return
        conversation.load(found.tasks, found.messages)
        conversation.inherited = found.inherited
        for task_id, messages in found.inherited_messages.items():
            conversation.put_inherited(task_id, messages)
        conversation.genealogy = found.genealogy
        for comment in found.comments:
            conversation.put_comment(comment)
        self._caller.note(Changes(tasks={session_id}, messages={session_id: set(conversation.messages)}))

    def _fail(self, sentence: str, unread: Callable[[], object] | None) -> None:
        self._caller.complain(sentence)
        if unread is not None:
            unread()
