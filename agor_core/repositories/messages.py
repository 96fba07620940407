"""Messages in the store, in the order of their session's conversation."""

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.doing import doing
from agor_core.domain.message import Message, Role
from agor_core.domain.task import MessageRange, Task
from agor_core.errors import Conflict
from agor_core.query.tree import Query, mentions
from agor_core.repositories import base, card, listing, sessions, tasks
from agor_core.repositories.mappings import MESSAGES, TASKS
from agor_core.repositories.page import Page

FIELDS = MESSAGES.fields()
_columns = MESSAGES.table.c


def append(writer: Writer, message: Message) -> Message:
    """Store a message as the next of its session, whatever its ``index``, and count it.

    Idempotent: returns the stored one with the same id and task. Raises NotFound for the session or task, Conflict for
    a task of another session.
    """
    session = sessions.get(writer, message.session_id, lock=True)
    task = tasks.get(writer, message.task_id, lock=True)
    if task.session_id != session.session_id:
        raise Conflict(f"The task {task.task_id} is not one of the session {session.session_id}.")
    stored = base.lookup(writer, MESSAGES, message.message_id)
    if stored is not None:
        if stored.task_id == message.task_id:
            return stored
        raise Conflict(f"There is another message with the id {message.message_id}.")
    message = base.insert_record(writer, MESSAGES, replace(message, index=session.message_count))
    base.update_record(writer, TASKS, task, replace(task, message_range=_extended(task, message)))
    counted = replace(session, message_count=session.message_count + 1)
    sessions.follow(writer, session, card.with_message(counted, message))
    return message


def get(reader: Reader, message_id: str, *, lock: bool = False) -> Message:
    """The message with a full id. Raises NotFound."""
    return base.get(reader, MESSAGES, message_id, lock=lock)


def find(reader: Reader, query: Query) -> Page:
    """A page of messages, without ``$sort`` by ``created_at``; by ``index`` if the query is on a session or task."""
    within = mentions(query.where, "session_id") or mentions(query.where, "task_id")
    return listing.find(reader, MESSAGES, query, default_sort=("index" if within else "created_at",))


def update(writer: Writer, message: Message, *, event: str = "patched") -> Message:
    """Store the new state of a message. Raises NotFound, and Conflict for a change of its place."""
    old = get(writer, message.message_id, lock=True)
    place = (old.session_id, old.task_id, old.index)
    if (message.session_id, message.task_id, message.index) != place:
        raise Conflict("A message's session, task and index never change.")
    new = base.update_record(writer, MESSAGES, old, replace(message, created_at=old.created_at), event=event)
    if (said := doing(new)) is not None and said != doing(old):
        session = sessions.get(writer, new.session_id, lock=True)
        sessions.follow(writer, session, card.with_message(session, new))
    return new


def of_task(reader: Reader, task_id: str) -> list[Message]:
    """A task's messages in order."""
    return base.matching(reader, MESSAGES, _columns.task_id == task_id, order=[_columns.index])


def page_of_session(reader: Reader, session_id: str, start: int, most: int) -> list[Message]:
    """At most so many messages of a session in order, from the one with the index ``start`` on."""
    mine = (_columns.session_id == session_id, _columns.index >= start)
    return base.matching(reader, MESSAGES, *mine, order=[_columns.index], limit=most)


def last_said(reader: Reader, session_id: str) -> Message | None:
    """The last message of the agent in a session that is neither a thought nor a tool call; None without one."""
    mine = (_columns.session_id == session_id, _columns.role == Role.ASSISTANT)
    return next(iter(base.matching(reader, MESSAGES, *mine, order=[_columns.index.desc()], limit=1)), None)


def incomplete(reader: Reader, task_id: str) -> list[Message]:
    """A task's messages whose ``complete`` is False."""
    return base.matching(
        reader, MESSAGES, _columns.task_id == task_id, _columns.complete.is_(False), order=[_columns.index]
    )


def _extended(task: Task, message: Message) -> MessageRange:
    held = task.message_range
    if held is None or held.end_index < held.start_index:
        held = MessageRange(start_index=message.index, end_index=message.index, start_timestamp=message.created_at)
    return replace(held, end_index=message.index, end_timestamp=message.created_at)
