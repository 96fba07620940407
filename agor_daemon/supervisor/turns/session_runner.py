"""The turns of one session, one after the other: a prompt during a turn waits in the queue.

After a task that failed the queue goes on: each prompt was asked for on its own, and a person can stop the session.
"""

import asyncio
import logging
from collections.abc import Awaitable
from functools import partial

import msgspec

from agor_core.db.connections import Writer
from agor_core.domain.task import Task, TaskStatus
from agor_core.errors import AgorError, StoreClosed, Unavailable
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import tasks
from agor_daemon.new_ids import store_one
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.agents.agent_session import AgentSession
from agor_daemon.supervisor.recording.recorder import Recorder
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.turns.approvals import Approvals
from agor_daemon.supervisor.turns.queue import STOPPED, begun, cancel_queued, insert_task
from agor_daemon.supervisor.turns.settling import Ending, NotSettled, end_task, settle
from agor_daemon.supervisor.turns.turn import Turn

DAEMON_STOPPED = "The daemon was stopped."
PAUSES = (1.0, 2.0)
"""Seconds before the second and the third try to settle a task, after failures of an unknown kind."""
AFTER_GRACE = 2.0
"""Seconds beyond those of the agents that the store has when the daemon stops."""
_log = logging.getLogger("agor.supervisor")


class SessionRunner:
    """One session's queue, its agent, and the tasks of the event loop that drive them."""

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
        self._approvals = approvals
        self._session_id = session_id
        self._resources = resources
        self._lock = asyncio.Lock()
        self._closing = False
        self._turn: Turn | None = None
        self._working: asyncio.Task[None] | None = None
        self._resting: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._pulse: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether a turn runs."""
        return self._turn is not None

    async def prompt(self, text: str, task_id: TaskId | None) -> Task:
        """Store a task and run it, at once or after those before it."""
        async with self._lock:
            if self._closing:
                raise Unavailable("The daemon is stopping.")
            busy = self._turn is not None
            task = await store_one(
                self._resources.store,
                lambda w, identifier: insert_task(w, self._session_id, identifier, text, busy=busy, given=task_id),
                given=task_id,
            )
            if not busy and task.status is TaskStatus.RUNNING:
                self._begin(task)
        return task

    async def go_on(self) -> None:
        """Run what is queued, if nothing runs; nobody waits for it, as the store may not take it yet."""
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._go_on(), name=f"agor turns {self._session_id}")

    async def stop(self, reason: str = STOPPED, *, within: float | None = None, queue: bool = True) -> None:
        """End the running turn, and the queue unless told otherwise; returns when they are settled.

        The turn hears of it at once, as whoever holds the lock may wait for a store that is full. When it ends, it
        waits for the lock behind us; so none of the queue begins in between.
        """
        self._end_turn(reason, within)
        async with self._lock:
            turn = self._end_turn(reason, within)
            if queue:
                await retrying.write(self._resources.store, lambda w: cancel_queued(w, self._session_id, reason))
        if turn is not None:
            await turn.settled.wait()

    async def close(self, grace: float) -> None:
        """End everything of this session in about ``grace`` seconds; its queue stays, and goes on at the next start.

        The agent is ended also if the store takes nothing; what is open then is settled at the next start.
        """
        self._closing = True
        self.agent.grace = grace / 4
        ending = asyncio.create_task(self._end_all(grace / 2), name=f"agor end {self._session_id}")
        await asyncio.wait({ending}, timeout=grace + AFTER_GRACE)
        if ending.done():
            await ending
        else:
            _log.warning("session %s: what is not stored by now is settled at the next start", self._session_id)
            await self.agent.end()

    async def release(self) -> None:
        """End the agent, unless a turn runs; a prompt that comes meanwhile waits, and starts it again."""
        async with self._lock:
            if self._turn is None:
                await self._end_agent()

    async def drain(self) -> None:
        """Take no more prompts, and wait until the turn that runs has ended by itself."""
        async with self._lock:
            self._closing = True
            turn = self._turn
        if turn is not None:
            await turn.settled.wait()

    def rest(self) -> None:
        """Begin to count the time in which nothing is asked of the agent."""
        self._resting = asyncio.create_task(self._rest(), name=f"agor idle {self._session_id}")

    def _begin(self, task: Task) -> None:
        """Called with the lock held, so that a turn is known from the moment it is due."""
        self._turn = Turn(task, self.agent, self._resources, self._approvals)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work(), name=f"agor turns {self._session_id}")

    def _end_turn(self, reason: str, within: float | None) -> Turn | None:
        turn = self._turn
        if turn is not None:
            turn.stop(reason, within=within)
        return turn

    async def _end_all(self, within: float) -> None:
        await self.stop(DAEMON_STOPPED, within=within, queue=False)
        if self._working is not None:
            await asyncio.wait({self._working})
        await self._end_agent()

    async def _go_on(self) -> None:
        async with self._lock:
            if self._turn is None:
                try:
                    following = await retrying.write(self._resources.store, self._go_on_with)
                except Exception:  # noqa: BLE001 - logged; a prompt that comes runs all the same, and the queue after it
                    _log.exception("the queue of session %s could not go on", self._session_id)
                    following = None
                if following is not None:
                    self._begin(following)
        if self._turn is not None:
            await self._work()

    async def _work(self) -> None:
        await self._end_rest()
        if self._pulse is None:
            self.agent.recorder.open()
            self._pulse = asyncio.create_task(self.agent.recorder.pulse(), name=f"agor pulse {self._session_id}")
        while (turn := self._turn) is not None:
            ending = await self._run(turn)
            async with self._lock:
                following = None
                try:
                    following = await self._settle(turn.task.task_id, ending)
                finally:
                    self._turn = None
                    turn.settled.set()
                if following is not None:
                    self._begin(following)
        if not self._closing:
            self.rest()

    async def _run(self, turn: Turn) -> Ending:
        try:
            return await turn.run()
        except AgorError as error:
            _log.warning("task %s could not be run: %s", turn.task.task_id, error)
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - logged; one session's trouble must not end the others
            _log.exception("task %s could not be run", turn.task.task_id)
            reason = f"Agor made a mistake here ({type(error).__name__}); see its log."
        return Ending(TaskStatus.FAILED, error=reason)

    async def _settle(self, task_id: TaskId, ending: Ending) -> Task | None:
        """End a task and take the next one from the queue, in one unit of work: the session is never idle between.

        A task that could not be settled is left to the next start; its queue waits for the next prompt.
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
        """Store an end; tried again after a failure that is no refusal, but not for ever."""
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
        if current.ended:  # by an earlier try, whose answer got lost; the next task was begun with it
            return begun(w, self._session_id, at=current.completed_at)
        end_task(w, current, ending)
        return self._take_next(w)

    def _go_on_with(self, w: Writer) -> Task | None:
        """The next task, or the one that an earlier try began, whose answer got lost."""
        return begun(w, self._session_id) or self._take_next(w)

    def _take_next(self, w: Writer) -> Task | None:
        """What is queued stays so while the daemon stops, which may have begun since this was to be written."""
        if self._closing or (queued := tasks.next_queued(w, self._session_id)) is None:
            return None
        return tasks.update(w, msgspec.structs.replace(queued, status=TaskStatus.RUNNING, started_at=w.at))

    async def _rest(self) -> None:
        """Keep the agent warm for a while, then end it; at once if it ends by itself."""
        exited = asyncio.create_task(self.agent.exited(), name="agor agent exit")
        woken = asyncio.create_task(self._woken.wait(), name="agor wake")
        await asyncio.wait({exited, woken}, timeout=self._resources.limits.idle, return_when=asyncio.FIRST_COMPLETED)
        awake = woken.done()
        for waiting in (exited, woken):
            waiting.cancel()
        await asyncio.wait({exited, woken})
        if not awake:
            await self.agent.end()
            await self._end_pulse()

    async def _end_agent(self) -> None:
        await self._end_rest()
        await self.agent.end()
        await self._end_pulse()

    async def _end_pulse(self) -> None:
        """Have what the agent said stored to the end; without an agent there is nothing more to show."""
        pulse, self._pulse = self._pulse, None
        if pulse is not None:
            self.agent.recorder.close()
            await asyncio.wait({pulse})

    async def _end_rest(self) -> None:
        """Wake up; an end of the agent that has begun is seen through."""
        resting, self._resting = self._resting, None
        if resting is not None:
            self._woken.set()
            await asyncio.wait({resting})
        self._woken.clear()
