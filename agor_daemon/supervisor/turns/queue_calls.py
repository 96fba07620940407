"""The queue of a session as people change it: edited, put in order, dropped, sent now, and let go on."""

from functools import partial

from msgspec.structs import replace

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.session import Session
from agor_core.domain.task import ENDED, Task, TaskStatus
from agor_core.domain.texts import check_not_empty
from agor_core.errors import Conflict, InvalidInput
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import sessions, tasks
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.turns.queue import cancel_queued, drop, set_paused
from agor_daemon.supervisor.turns.runners import Runners

DROPPED = "It was taken out of the queue."


class QueueCalls:
    """Each change is one unit of work, which the start of the next task waits for."""

    def __init__(self, store: Store, runners: Runners) -> None:
        self._store = store
        self._runners = runners

    async def edit(self, task_id: TaskId, prompt: str) -> Task:
        """Replace the prompt of a queued task. Raises NotFound, InvalidInput, and Conflict once it has begun."""
        check_not_empty(prompt, "prompt")

        def work(w: Writer) -> Task:
            return tasks.update(w, replace(_queued(w, task_id), full_prompt=prompt))

        return await self._store.write(work)

    async def move(self, task_id: TaskId, to: int) -> list[Task]:
        """Move a queued task to a place in the queue, from 1; the whole queue then. Raises NotFound, Conflict."""
        if to < 1:
            raise InvalidInput("to: counts from 1, the next one.", place="to")

        def work(w: Writer) -> list[Task]:
            task = _queued(w, task_id)
            order = [one.task_id for one in tasks.queued(w, task.session_id) if one.task_id != task_id]
            order.insert(to - 1, task_id)
            return tasks.reorder(w, task.session_id, order)

        return await self._store.write(work)

    async def drop(self, task_id: TaskId) -> Task:
        """Take a task out of the queue, as cancelled. Raises NotFound, and Conflict once it has begun."""
        return await self._store.write(lambda w: drop(w, tasks.get(w, task_id, lock=True), DROPPED))

    async def send_now(self, task_id: TaskId, *, interrupt: bool) -> Task:
        """Run a queued task now. Raises as `SessionRunner.send_now`."""
        task = await self._store.read(lambda r: tasks.get(r, task_id))
        return await (await self._runners.of_id(task.session_id)).send_now(task_id, interrupt=interrupt)

    async def end(self, session_id: SessionId, *, drop: bool) -> None:
        """Pause or drop the queue of a session whose agent is not known any more."""
        settle = cancel_queued if drop else partial(set_paused, paused=True)
        await retrying.write(self._store, lambda w: settle(w, session_id))

    async def resume(self, session_id: SessionId) -> Session:
        """Go on with a queue that is paused. Raises NotFound, Unavailable."""
        await (await self._runners.of_id(session_id)).resume()
        return await self._store.read(lambda r: sessions.get(r, session_id))

    async def retried(self, task_id: TaskId) -> Task:
        """The task that is to be tried again. Raises NotFound, and Conflict for one that has not failed."""
        task = await self._store.read(lambda r: tasks.get(r, task_id))
        if task.status not in ENDED:
            raise Conflict(f"The task is {task.status}; it can be tried again once it has ended.")
        return task


def _queued(w: Writer, task_id: TaskId) -> Task:
    task = tasks.get(w, task_id, lock=True)
    if task.status is not TaskStatus.QUEUED:
        raise Conflict(f"The task is {task.status}, not queued.")
    return task
