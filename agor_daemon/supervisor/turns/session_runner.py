"""The turns of one session, one after the other: a prompt during a turn waits in the queue.

After a task that failed the queue goes on: each prompt was asked for on its own, and a person can stop the session.
"""

import asyncio
import logging
from functools import partial

import msgspec

from agor_core.db.connections import Writer
from agor_core.domain.task import Task, TaskStatus
from agor_core.errors import AgorError, NotFound, StoreClosed, Unavailable
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import base, sessions, tasks
from agor_core.repositories.mappings import TASKS
from agor_daemon.new_ids import fresh, short_for
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.agents.agent_session import AgentSession
from agor_daemon.supervisor.recording.recorder import Recorder
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.titles import title_of
from agor_daemon.supervisor.turns.approvals import Approvals
from agor_daemon.supervisor.turns.turn import Turn

STOPPED = "It was stopped."
DAEMON_STOPPED = "The daemon was stopped."
TRIES = 3
"""How often the end of a task may fail for no known reason, until what the turn found out is left out of it, or it."""
AFTER_ERROR = 1.0
"""Seconds until the second try; twice as many until each further one."""
AFTER_GRACE = 2.0
"""Seconds beyond those of the agents that the store has when the daemon stops."""
_tasks = TASKS.table.c
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
            task = await fresh(
                self._resources.store,
                lambda w, identifier: _insert(w, self._session_id, identifier, text, busy=busy, given=task_id),
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
        ending = asyncio.create_task(self._end(grace / 2), name=f"agor end {self._session_id}")
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

    async def _end(self, within: float) -> None:
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
            settled = await self._run(turn)
            async with self._lock:
                following = None
                try:
                    following = await self._settle(turn, settled)
                finally:
                    self._turn = None
                    turn.settled.set()
                if following is not None:
                    self._begin(following)
        if not self._closing:
            self.rest()

    async def _run(self, turn: Turn) -> Task:
        try:
            return await turn.run()
        except AgorError as error:
            _log.warning("task %s could not be run: %s", turn.task.task_id, error)
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - logged; one session's trouble must not end the others
            _log.exception("task %s could not be run", turn.task.task_id)
            reason = f"Agor made a mistake here ({type(error).__name__}); see its log."
        return msgspec.structs.replace(turn.task, status=TaskStatus.FAILED, error=reason)

    async def _settle(self, turn: Turn, task: Task) -> Task | None:
        """End a task and take the next one from the queue, in one unit of work: the session is never idle between.

        If it is what the turn found out that the store does not take, the task ends without that, as one that failed.
        If it does not take that either, or is closed, the next start settles it; its queue waits for the next prompt.
        """
        try:
            try:
                return await self._end_task(task)
            except (NotFound, StoreClosed):
                raise
            except Exception as error:  # noqa: BLE001 - logged; neither the session nor who waits may be stuck
                _log.exception("how task %s ended could not be stored", task.task_id)
                reason = f"How this task ended could not be stored ({type(error).__name__}); see Agor's log."
                return await self._end_task(msgspec.structs.replace(turn.task, status=TaskStatus.FAILED, error=reason))
        except (NotFound, StoreClosed) as error:
            _log.warning("task %s is left as it is: %s", task.task_id, error)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("task %s is left as it is; the next start settles it", task.task_id)
        return None

    async def _end_task(self, task: Task) -> Task | None:
        """Tried until it is refused outright, or has failed TRIES times for no known reason; raises that."""
        tries, pause = 0, AFTER_ERROR
        while True:
            tries += 1
            try:
                return await retrying.write(self._resources.store, partial(self._settled, task=task))
            except Exception as error:
                if isinstance(error, AgorError) or tries == TRIES:
                    raise
                _log.exception("task %s could not be settled, trying again", task.task_id)
            await asyncio.sleep(pause)
            pause *= 2

    def _settled(self, w: Writer, task: Task) -> Task | None:
        current = tasks.get(w, task.task_id, lock=True)
        if current.ended:  # by an earlier try, whose answer got lost; the next task was begun with it
            return self._begun(w, current.completed_at)
        tasks.update(w, ended(task, current, w.at))
        return self._take_next(w)

    def _go_on_with(self, w: Writer) -> Task | None:
        """The next task, or the one that an earlier try began, whose answer got lost."""
        return self._begun(w) or self._take_next(w)

    def _begun(self, w: Writer, at: str | None = None) -> Task | None:
        """The session's task that runs, if it was begun ``at`` this time."""
        mine = (_tasks.session_id == self._session_id, _tasks.status == TaskStatus.RUNNING)
        return next((task for task in base.matching(w, TASKS, *mine) if at in (None, task.started_at)), None)

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


def _insert(w: Writer, session_id: SessionId, identifier: str, text: str, *, busy: bool, given: str | None) -> Task:
    """A prompt that is new brings an archived session back: nobody works, or asks, where nobody looks."""
    session = sessions.get(w, session_id, lock=True)
    if given is None or not base.exists(w, TASKS, identifier):
        title = title_of(text) if session.title is None else session.title
        sessions.update(w, msgspec.structs.replace(session, title=title, archived_at=None))
    return tasks.insert(
        w,
        Task(
            task_id=TaskId(identifier),
            short_id=short_for(identifier, given=given is not None),
            session_id=session_id,
            position=0,
            status=TaskStatus.QUEUED if busy else TaskStatus.RUNNING,
            full_prompt=text,
            model=session.model,
            mode=session.mode,
            created_at=w.at,
            started_at=None if busy else w.at,
        ),
    )


def ended(task: Task, current: Task, at: str) -> Task:
    """What the store has of a task (its counts, usage, plan) with the turn's own findings about its end."""
    return msgspec.structs.replace(
        current,
        status=task.status,
        completed_at=at,
        files=task.files,
        git_state=task.git_state,
        stop_reason=task.stop_reason,
        error=task.error,
        report=task.report,
    )


def cancel_queued(w: Writer, session_id: SessionId, reason: str = STOPPED) -> None:
    """What waits in a session's queue will not run."""
    while (task := tasks.next_queued(w, session_id)) is not None:
        cancelled = msgspec.structs.replace(task, status=TaskStatus.CANCELLED, completed_at=w.at, error=reason)
        tasks.update(w, cancelled)
