"""The actions on queued tasks, and on those that are to be tried again."""

from collections.abc import Mapping
from typing import Any

from agor_core.domain.task import Task
from agor_core.ids import TaskId
from agor_core.repositories import tasks
from agor_core.wire import codec
from agor_core.wire.queue_requests import EditPrompt, MoveTask, Retry, SendNow
from agor_daemon.services.action import Action
from agor_daemon.services.context import Context
from agor_daemon.services.references import requested_id


class QueueActions:
    """``POST /tasks/{id}/edit|move|drop|now|retry``."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._queue = context.supervisor.queue

    def by_name(self) -> Mapping[str, Action]:
        """The actions, by name."""
        return {
            "edit": Action("POST", self.edit, Task, EditPrompt),
            "move": Action("POST", self.move, Task, MoveTask),
            "drop": Action("POST", self.drop, Task),
            "now": Action("POST", self.now, Task, SendNow),
            "retry": Action("POST", self.retry, Task, Retry, 201, ("task_id",)),
        }

    async def edit(self, reference: str, body: Any) -> Task:
        """Replace the prompt of a queued task. Raises Conflict once it has begun."""
        request = codec.request(EditPrompt, body)
        return await self._queue.edit(await self._task_id(reference), request.prompt)

    async def move(self, reference: str, body: Any) -> Task:
        """Move a queued task to another place in the queue. Raises Conflict once it has begun."""
        request = codec.request(MoveTask, body)
        task_id = await self._task_id(reference)
        return next(task for task in await self._queue.move(task_id, request.to) if task.task_id == task_id)

    async def drop(self, reference: str, body: Any) -> Task:  # noqa: ARG002
        """Take a task out of the queue. Raises Conflict once it has begun."""
        return await self._queue.drop(await self._task_id(reference))

    async def now(self, reference: str, body: Any) -> Task:
        """Run a queued task now. Raises Conflict where the agent takes no message into its turn."""
        request = codec.request(SendNow, body or {})
        return await self._queue.send_now(await self._task_id(reference), interrupt=request.interrupt)

    async def retry(self, reference: str, body: Any) -> Task:
        """Prompt the session with the task's prompt again. Raises Conflict for a task that has not ended."""
        request = codec.request(Retry, body or {})
        own = requested_id(request.task_id, "task_id")
        task = await self._queue.retried(await self._task_id(reference))
        prompt = request.prompt or task.full_prompt
        given = None if own is None else TaskId(own)
        return await self._context.supervisor.prompt(task.session_id, prompt, task_id=given)

    async def _task_id(self, reference: str) -> TaskId:
        return await self._context.store.read(lambda reader: tasks.resolve(reader, reference))
