"""Loads open conversations: tasks, messages, earlier messages, inherited tasks and the genealogy of a session."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from agor_core.domain.genealogy import Family
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


class ConversationLoader:
    """The part of the link that fills conversations. What comes by the feed meanwhile wins over what is read."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self._reading: dict[SessionId, Gap] = {}
        self._inheriting: set[TaskId] = set()

    # For the link to say

    def call(
        self,
        work: Callable[[Calls], T],
        then: Callable[[T], object] | None = None,
        failed: Callable[[str], object] | None = None,
    ) -> None:
        """Do something with the daemon in a thread, and something with its answer here."""
        raise NotImplementedError

    def note(self, changes: Changes) -> None:
        """Show the changes with all others of this frame."""
        raise NotImplementedError

    def complain(self, sentence: str) -> None:
        """Say what did not work."""
        raise NotImplementedError

    # What is read

    def open(self, session: Session) -> None:
        """Load a session's whole and keep it current. What is being read of it for a gap no longer counts."""
        self.records.look_at(session.session_id)
        self._reading.pop(session.session_id, None)
        self.call(lambda daemon: loading.whole(daemon, session), lambda whole: self._opened(session.session_id, whole))

    def close_session(self, session_id: SessionId) -> None:
        """It is no longer looked at."""
        self.records.look_away(session_id)

    def reads(self, session_id: SessionId) -> bool:
        """Whether messages that were missing are on their way."""
        return session_id in self._reading

    def read(self, session_id: SessionId, gap: Gap, *, first: bool, unread: Callable[[], object] | None = None) -> None:
        """Read the first or the last of the messages that are missing in a conversation; one such at a time.

        ``unread`` is called if that fails.
        """
        conversation = self.records.conversations.get(session_id)
        if conversation is None or session_id in self._reading:
            return
        self._reading[session_id] = gap

        def answered() -> bool:
            """Whether this is what is being read still; then it has ended."""
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
                    conversation.hear(task_id, [one for one in messages if one.task_id == task_id])
            self.note(Changes(messages={session_id: {message.message_id for message in messages}}))

        def failed(sentence: str) -> None:
            if answered():
                self.complain(sentence)
                if unread is not None:
                    unread()

        self.call(lambda daemon: loading.messages_in(daemon, gap, first=first), put, failed)

    def inherit(self, session_id: SessionId, task: Task, unread: Callable[[], object] | None = None) -> None:
        """Read what was said in a task that a fork inherited; ``unread`` is called if that fails."""
        conversation = self.records.conversations.get(session_id)
        if conversation is None or task.task_id in conversation.heard or task.task_id in self._inheriting:
            return
        self._inheriting.add(task.task_id)

        def put(messages: list[Message]) -> None:
            self._inheriting.discard(task.task_id)
            conversation.hear(task.task_id, messages)
            self.note(Changes(tasks={session_id}))

        def failed(sentence: str) -> None:
            self._inheriting.discard(task.task_id)
            self.complain(sentence)
            if unread is not None:
                unread()

        self.call(lambda daemon: loading.messages_of_task(daemon, task), put, failed)

    def refresh_family(self, session_id: SessionId) -> None:
        """Its forks and spawns differ."""

        def put(family: Family | None) -> None:
            conversation = self.records.conversations.get(session_id)
            if conversation is not None and family is not None:
                conversation.family = family
                self.note(Changes(tasks={session_id}))

        self.call(lambda daemon: loading.family(daemon, session_id), put)

    def _opened(self, session_id: SessionId, whole: loading.Whole) -> None:
        conversation = self.records.conversations.get(session_id)
        if conversation is None:
            return
        conversation.load(whole.tasks, whole.messages)
        conversation.inherited = whole.inherited
        for task_id, messages in whole.heard.items():
            conversation.hear(task_id, messages)
        conversation.family = whole.family
        self.note(Changes(tasks={session_id}, messages={session_id: set(conversation.messages)}))

    def fetch(self, message_id: MessageId) -> None:
        """Read a message whose live text has a gap."""

        def put(record: dict[str, Any]) -> None:
            message = msgspec.convert(record, Message)
            conversation = self.records.conversations.get(message.session_id)
            if conversation is not None:
                conversation.put_message(message)
                changes = Changes()
                changes.message(message.session_id, message.message_id)
                self.note(changes)

        self.call(lambda daemon: daemon.get("messages", message_id), put)
