"""The turns of one session, one after the other: a prompt during a turn waits in the queue.

A task that failed does not stop the queue: each prompt is a request of its own, and a person can stop the session.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal, TypeVar

from agor_core.db.connections import Writer
from agor_core.domain.task import DAEMON_STOPPED, Task, TaskStatus
from agor_core.errors import AgorError, Conflict, StoreClosed, Unavailable
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import tasks
from agor_daemon.access.requester import asked_by
from agor_daemon.new_ids import store_one
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.agents.agent_session import AgentSession
from agor_daemon.supervisor.recording.recorder import Recorder
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.turns.approvals import Approvals
from agor_daemon.supervisor.turns.own_turn import PROMPT, OwnTurn
from agor_daemon.supervisor.turns.queue import (
    STOPPED,
    begin,
    cancel_queued,
    drop,
    insert_task,
    next_to_run,
    put_first,
    running_task,
    set_paused,
)
from agor_daemon.supervisor.turns.settling import Ending, NotSettled, end_task, settle
from agor_daemon.supervisor.turns.turn import Turn, ending_of
from agor_daemon.supervisor.turns.warm_agent import WarmAgent

AtStop = Literal["pause", "drop", "keep", "next"]
"""What a stop does with the queue."""
SENT_NOW = "It was sent into task {position} while that ran."
INTERRUPTED = "It was stopped for a prompt that was to run at once."
PAUSES = (1.0, 2.0)
"""Seconds before the second and the third try to settle a task, after failures that are no refusals."""
AFTER_GRACE = 2.0
"""Seconds that the store has, beyond the agents' grace, when the daemon stops."""
_log = logging.getLogger("agor.supervisor")
T = TypeVar("T")
Along = Callable[[Writer, Task], None]
"""What is written together with a new task."""


class SessionRunner:
    """One session's queue and agent, and the asyncio tasks that drive them."""

    def __init__(self, session_id: SessionId, agent: str, resources: Resources, approvals: Approvals) -> None:
        adapter = resources.programs.spec(agent).adapter()
        recorder = Recorder(resources.store, resources.clock, session_id, resources.on_delta, adapter)
        self.agent = AgentSession(
            session_id,
            recorder,
            store=resources.store,
            programs=resources.programs,
            permissions=approvals,
            limits=resources.limits,
        )
        self.agent.late.on_work = self._works_by_itself
        self._own: asyncio.Task[None] | None = None
        self._approvals = approvals
        self._session_id = session_id
        self._resources = resources
        self._lock = asyncio.Lock()
        self._closing = False
        self._turn: Turn | None = None
        self._working: asyncio.Task[None] | None = None
        self._warm = WarmAgent(self.agent, session_id, resources.limits.idle, resources.warm)

    @property
    def running(self) -> bool:
        """Whether a turn runs."""
        return self._turn is not None

    async def prompt(
        self, text: str, task_id: TaskId | None, *, first: bool = False, along: Along | None = None
    ) -> Task:
        """Store a task and run it, at once or after the tasks before it; ``first``: before those that are queued.

        ``along`` is written in the same unit of work; it may be written twice, and raises for a task that must not be.
        Raises Unavailable while the daemon stops.
        """

        def store(w: Writer, identifier: str) -> Task:
            task = insert_task(w, self._session_id, identifier, text, busy=busy, given=task_id, by=by, first=first)
            if along is not None:
                along(w, task)
            return task

        async with self._lock:
            if self._closing:
                raise Unavailable("The daemon is stopping.")
            busy, by = self._turn is not None, asked_by()
            task = await store_one(self._resources.store, store, given=task_id)
            if not busy and task.status is TaskStatus.RUNNING:
                self._begin(task)
        return task

    async def tell(self, text: str) -> None:
        """Tell the agent something now: in its turn if it takes messages there, else as the next prompt."""
        if self._turn is None or not await self.agent.steer(text):
            await self.prompt(text, None, first=True)

    async def go_on(self) -> None:
        """Start to run the queue in the background, if no turn runs."""
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._go_on(), name=f"agor turns {self._session_id}")

    async def resume(self) -> None:
        """Go on with a queue that is paused."""
        async with self._lock:
            await retrying.write(self._resources.store, lambda w: set_paused(w, self._session_id, paused=False))
        await self.go_on()

    async def send_now(self, task_id: TaskId, *, interrupt: bool) -> Task:
        """Run a queued task now: at once while no turn runs, else in the running turn, or with ``interrupt`` after it.

        Raises NotFound, and Conflict for a task that is not queued, or where the agent takes no message into its turn.
        """
        async with self._lock:
            task = await retrying.read(self._resources.store, lambda r: tasks.get(r, task_id))
            if task.status is not TaskStatus.QUEUED:
                raise Conflict(f"The task is {task.status}, not queued.")
            if (turn := self._turn) is None:
                begun = await retrying.write(self._resources.store, lambda w: begin(w, put_first(w, task_id)))
                self._begin(begun)
                return begun
        if not interrupt and await self.agent.steer(task.full_prompt):
            said = SENT_NOW.format(position=turn.task.position)
            return await retrying.write(
                self._resources.store, lambda w: drop(w, tasks.get(w, task_id, lock=True), said)
            )
        if not interrupt:
            raise Conflict("The agent takes no message into its turn; to interrupt (--interrupt) stops the turn first.")
        await retrying.write(self._resources.store, lambda w: put_first(w, task_id))
        await self.stop(INTERRUPTED, queue="next")
        return await retrying.read(self._resources.store, lambda r: tasks.get(r, task_id))

    async def stop(self, reason: str = STOPPED, *, within: float | None = None, queue: AtStop = "pause") -> None:
        """Stop the running turn; returns when it and the queue are settled.

        The queue is paused, dropped (``drop``), left as it is for the next start (``keep``), or goes on (``next``).

        The turn is stopped before the lock is taken, because the lock's holder may wait for a full store. A turn that
        ends waits for the lock behind this call, so no queued task begins in between.
        """
        self._end_turn(reason, within)
        async with self._lock:
            turn = self._end_turn(reason, within)
            if queue == "drop":
                await retrying.write(self._resources.store, lambda w: cancel_queued(w, self._session_id, reason))
            elif queue != "keep":
                paused = queue == "pause"
                await retrying.write(self._resources.store, lambda w: set_paused(w, self._session_id, paused=paused))
        if turn is not None:
            await turn.settled.wait()

    async def close(self, grace: float) -> None:
        """Stop the turn and end the agent in about ``grace`` seconds; the queue stays for the next start.

        The agent is ended even if the store takes no write; a task that is open then is settled at the next start.
        """
        self._closing = True
        self.agent.grace = grace / 4
        ending = asyncio.create_task(self._end_all(grace / 2), name=f"agor end {self._session_id}")
        await asyncio.wait({ending}, timeout=grace + AFTER_GRACE)
        if ending.done():
            await ending
        else:
            _log.warning(
                "session %s: its task could not be settled in time; the next start settles it", self._session_id
            )
            await self.agent.end()

    async def release(self) -> None:
        """End the agent unless a turn runs; a prompt that comes meanwhile waits, and starts it again."""
        async with self._lock:
            if self._turn is None:
                await self._warm.end()

    async def drain(self) -> None:
        """Take no more prompts, and wait for the end of the running turn."""
        async with self._lock:
            self._closing = True
            turn = self._turn
        if turn is not None:
            await turn.settled.wait()

    async def undisturbed(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do work that must not meet a turn; a prompt that comes meanwhile waits. Raises Conflict while one runs."""
        async with self._lock:
            if self._turn is not None:
                raise Conflict("The session is running; stop it first.")
            return await work()

    def rest(self) -> None:
        """Start the idle timeout, after which the agent is ended."""
        self._warm.rest()

    def _works_by_itself(self) -> None:
        """Open a task for an agent that goes on without a prompt."""
        self._own = asyncio.create_task(self._open_own(), name=f"agor own turn {self._session_id}")

    async def _open_own(self) -> None:
        async with self._lock:
            if self._closing or self._turn is not None:
                return
            by = f"session:{self._session_id}"

            def store(w: Writer, identifier: str) -> Task:
                return insert_task(w, self._session_id, identifier, PROMPT, busy=False, given=None, by=by)

            self._begin(await store_one(self._resources.store, store, given=None), OwnTurn)

    def _begin(self, task: Task, kind: type[Turn] = Turn) -> None:
        """Begin a turn. The caller holds the lock, so that the turn is known at once."""
        self._turn = kind(task, self.agent, self._resources, self._approvals)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work(), name=f"agor turns {self._session_id}")

    def _end_turn(self, reason: str, within: float | None) -> Turn | None:
        turn = self._turn
        if turn is not None:
            turn.stop(reason, within=within)
        return turn

    async def _end_all(self, within: float) -> None:
        await self.stop(DAEMON_STOPPED, within=within, queue="keep")
        if self._working is not None:
            await asyncio.wait({self._working})
        await self._warm.end()

    async def _go_on(self) -> None:
        async with self._lock:
            if self._turn is None:
                try:
                    following = await retrying.write(self._resources.store, self._go_on_with)
                except Exception:  # noqa: BLE001 - logged; the next prompt runs, and the queue after it
                    _log.exception("the queue of session %s could not go on", self._session_id)
                    following = None
                if following is not None:
                    self._begin(following)
        if self._turn is not None:
            await self._work()

    async def _work(self) -> None:
        await self._warm.wake()
        while (turn := self._turn) is not None:
            ending = await ending_of(turn)
            async with self._lock:
                following = None
                try:
                    following = await self._settle(turn.task.task_id, ending)
                finally:
                    self._turn = None
                    turn.settled.set()
                if following is not None:
                    self._begin(following)
            self._resources.checks.after_task(self._session_id, turn.task.task_id)
        if not self._closing:
            self.agent.late.rest(time.monotonic())
            self.rest()

    async def _settle(self, task_id: TaskId, ending: Ending) -> Task | None:
        """End a task and take the next one from the queue, in one unit of work: the session is not idle in between.

        A task that cannot be settled is left to the next start; the queue waits for the next prompt.
        """

        def fail(error: Exception) -> Awaitable[Task | None]:
            reason = f"How this task ended could not be stored ({type(error).__name__}); see Agor's log."
            return self._end(task_id, Ending(TaskStatus.FAILED, error=reason))

        try:
            return await settle(task_id, lambda: self._end(task_id, ending), fail)
        except NotSettled:
            return None
        except StoreClosed as error:
            _log.warning("task %s is left as it is: %s", task_id, error)
            return None

    async def _end(self, task_id: TaskId, ending: Ending) -> Task | None:
        """Store an ending; a failure that is no refusal is tried again, a few times."""
        work = partial(self._end_and_take_next, task_id=task_id, ending=ending)
        for pause in PAUSES:
            try:
                return await retrying.write(self._resources.store, work)
            except AgorError:
                raise
            except Exception:  # noqa: BLE001 - logged, and raised by the last try
                _log.exception("task %s could not be settled, trying again", task_id)
            await asyncio.sleep(pause)
        return await retrying.write(self._resources.store, work)

    def _end_and_take_next(self, w: Writer, task_id: TaskId, ending: Ending) -> Task | None:
        current = tasks.get(w, task_id, lock=True)
        if current.ended:  # an earlier try was committed and its answer got lost: it began the next task as well
            return running_task(w, self._session_id, started_at=current.completed_at)
        end_task(w, current, ending)
        return self._take_next(w)

    def _go_on_with(self, w: Writer) -> Task | None:
        """Take the next task, or find the one that an earlier try began before its answer got lost."""
        return running_task(w, self._session_id) or self._take_next(w)

    def _take_next(self, w: Writer) -> Task | None:
        """Begin the next queued task, unless the daemon is stopping by the time of this write."""
        if self._closing or (queued := next_to_run(w, self._session_id)) is None:
            return None
        return begin(w, queued)
