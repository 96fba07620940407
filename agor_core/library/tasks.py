"""The tasks and messages of a store, for programs of one's own."""

from typing import Any

import msgspec

from agor_core.db.connections import Writer
from agor_core.domain.message import Message, Role
from agor_core.domain.task import Task, TaskStatus
from agor_core.ids import MessageId, SessionId, TaskId, new_id
from agor_core.library.records import Records, identity, valid
from agor_core.repositories import messages, sessions, tasks
from agor_core.repositories.mappings import MESSAGES, TASKS
from agor_core.wire import codec
from agor_core.wire.requests import Prompt


class Tasks(Records[Task]):
    """Tasks; they go with their session."""

    mapping = TASKS
    repository = tasks

    async def create(self, session: str, prompt: str) -> Task:
        """Store a prompt as the session's next task, ``created`` and not begun.

        Raises InvalidInput for an empty prompt, NotFound and Ambiguous for the session.
        """
        checked = codec.request(Prompt, {"prompt": prompt}).prompt
        full, short = identity()

        def work(writer: Writer) -> Task:
            task = Task(
                task_id=TaskId(full),
                short_id=short,
                session_id=SessionId(sessions.resolve(writer, session)),
                position=0,
                full_prompt=checked,
                created_at=writer.at,
            )
            return tasks.insert(writer, task)

        return await self._write(work)

    async def insert(self, task: Task) -> Task:
        """Store a task that was made elsewhere, checked as a request is; the same one again changes nothing."""
        checked = valid(Task, task)
        return await self._write(lambda writer: tasks.insert(writer, checked))

    async def update(self, reference: str, **fields: Any) -> Task:
        """Change fields of a task, its ``status`` among them; the session follows.

        Raises InvalidInput, NotFound, Ambiguous, and Conflict for a change that is not permitted.
        """

        def work(writer: Writer) -> Task:
            changed = valid(Task, msgspec.structs.replace(self._found(writer, reference), **fields))
            return tasks.update(writer, changed)

        return await self._write(work)

    async def find_by_session(self, session: str) -> list[Task]:
        """All tasks of a session in order of position. Raises NotFound and Ambiguous."""
        return await self._store.read_many(lambda reader: tasks.of_session(reader, sessions.resolve(reader, session)))

    async def find_running(self) -> list[Task]:
        """All tasks that are running, the oldest first; not those that wait."""
        return await self._store.read_many(tasks.find_running)

    async def find_by_status(self, status: TaskStatus | str) -> list[Task]:
        """The tasks with a status, the oldest first."""
        return await self.find(status=str(status))


class Messages(Records[Message]):
    """Messages, in their order."""

    mapping = MESSAGES
    repository = messages

    async def append(self, task: str, text: str, *, role: Role | str = Role.ASSISTANT) -> Message:
        """Store a message as the last of a task's session. Raises InvalidInput, NotFound and Ambiguous."""

        def work(writer: Writer) -> Message:
            of = tasks.get(writer, tasks.resolve(writer, task))
            message = Message(
                message_id=MessageId(message_id),
                session_id=of.session_id,
                task_id=of.task_id,
                index=0,
                role=role,  # type: ignore[arg-type]
                text=text,
                created_at=writer.at,
            )
            return messages.append(writer, valid(Message, message))

        message_id = new_id()
        return await self._write(work)

    async def find_by_task(self, task: str) -> list[Message]:
        """All messages of a task in order."""
        return await self._store.read_many(lambda reader: messages.of_task(reader, tasks.resolve(reader, task)))

    def _resolved(self, reader: Any, reference: str) -> str:  # noqa: ARG002 - messages have full ids only
        return reference
