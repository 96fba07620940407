"""The review of a session: looked at, its changes marked as read, and its open comments sent as one prompt."""

from functools import partial
from typing import Any

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.comment import Comment, CommentStatus
from agor_core.domain.review import Review, prompt_of
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.errors import Conflict
from agor_core.ids import TaskId
from agor_core.repositories import base, comments, sessions, tasks
from agor_core.repositories.mappings import TASKS
from agor_core.wire import codec
from agor_core.wire.review_requests import MarkChanges, SendComments
from agor_daemon.services.context import Context
from agor_daemon.services.references import requested_id


class Reviews:
    """Answers the actions of a session's review."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def look(self, reference: str, body: Any) -> Review:  # noqa: ARG002
        """How far the review is, with comments and hunks looked for in the files as they are now."""
        session = await self._session(reference)
        return await self._context.supervisor.reviewing.look(session.session_id)

    async def mark(self, reference: str, body: Any) -> Review:
        """Note changes as read or unread."""
        request = codec.request(MarkChanges, body)
        session = await self._session(reference)
        return await self._context.supervisor.reviewing.mark(session.session_id, request.read, request.unread)

    async def send(self, reference: str, body: Any) -> Task:
        """Send the open comments. Raises Conflict where there are none, or where they change meanwhile.

        The task and the comments are stored together, so none is sent twice; the stored task for a known ``task_id``.
        """
        request = codec.request(SendComments, body or {})
        own = requested_id(request.task_id, "task_id")
        source = await self._session(reference)
        target = source if request.to is None else await self._session(request.to)
        if own is not None and (sent := await self._context.store.read(lambda r: _sent(r, own, target))) is not None:
            return sent
        wanted = await self._context.store.read(
            lambda r: comments.with_status(r, source.session_id, CommentStatus.OPEN)
        )
        if not wanted:
            raise Conflict(f"The session {source.short_id} has no open comments to send.")
        task = await self._context.supervisor.prompt(
            target.session_id,
            prompt_of(wanted, source, to=target),
            task_id=None if own is None else TaskId(own),
            along=partial(_mark_sent, wanted=wanted),
        )
        return await self._context.store.read(lambda r: tasks.get(r, task.task_id))

    async def _session(self, reference: str) -> Session:
        return await self._context.store.read(lambda r: sessions.get(r, sessions.resolve(r, reference)))


def _mark_sent(writer: Writer, task: Task, wanted: list[Comment]) -> None:
    if {comment.comment_id for comment in comments.sent_in(writer, task.task_id)} != {it.comment_id for it in wanted}:
        comments.mark_sent(writer, wanted, task.task_id)
        count = len(wanted)
        words = "1 review comment" if count == 1 else f"{count} review comments"
        tasks.update(writer, replace(task, description=words))


def _sent(reader: Reader, task_id: str, target: Session) -> Task | None:
    """The task that an earlier request with this id made. Raises Conflict for any other task."""
    task = base.lookup(reader, TASKS, task_id)
    if task is not None and (task.session_id != target.session_id or not comments.sent_in(reader, task_id)):
        raise Conflict(f"There is another task with the id {task_id}.")
    return task
