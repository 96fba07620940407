"""One turn: the workspace and the agent are made ready, the prompt is sent, and the ending is found out.

At the end the messages are stored first, then the checkpoint is taken, then the caller settles the task.
"""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from agor_core.agents.adapter import TurnEnd
from agor_core.db.connections import Writer
from agor_core.domain.approval import ApprovalOption
from agor_core.domain.message import Role, ToolCall
from agor_core.domain.session import Session
from agor_core.domain.task import Task, TaskStatus
from agor_core.errors import AgorError
from agor_core.events import UsageChanged
from agor_core.git.checkpoints import Checkpoint
from agor_core.repositories import sessions, tasks
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.agents.agent_session import AgentSession
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.titles import shortened
from agor_daemon.supervisor.turns import silence
from agor_daemon.supervisor.turns.approvals import Approvals
from agor_daemon.supervisor.turns.setting_up import set_up
from agor_daemon.supervisor.turns.settling import Ending
from agor_daemon.supervisor.workspaces import checkpoints, watching
from agor_daemon.supervisor.workspaces.presence import check_in_place
from agor_daemon.supervisor.workspaces.watching import Seen

T = TypeVar("T")
_log = logging.getLogger("agor.supervisor")

_EARLY_STOPS = {
    "max_tokens": "The agent stopped: it reached its limit of tokens.",
    "max_turn_requests": "The agent stopped: it reached its limit of requests in one turn.",
    "refusal": "The agent refused to go on.",
}


CHANGED_INSIDE = "Changes inside these submodules are not in the figures, the checkpoints and forks: {paths}."


WAITS = "waits until one of the other turns has ended"


class Stopped(Exception):
    """The turn was stopped; the message is the reason."""


class Turn:
    """Runs once; ``settled`` is set when the task's end is stored, or given up."""

    def __init__(self, task: Task, agent: AgentSession, resources: Resources, approvals: Approvals) -> None:
        self.task = task
        self.settled = asyncio.Event()
        self._agent = agent
        self._resources = resources
        self._approvals = approvals
        self._stop = asyncio.Event()
        self._stop_reason = ""
        self._cancel_seconds = resources.limits.cancel

    def stop(self, reason: str, *, within: float | None = None) -> None:
        """Stop the turn; the agent's process is ended if it does not comply ``within`` these seconds."""
        if not self._stop.is_set():
            self._stop_reason = reason
            self._stop.set()
        if within is not None:
            self._cancel_seconds = within

    async def run(self) -> Ending:
        """Run the turn and return its ending. Failures of agent, git and folder are in the ending, not raised."""
        recorder = self._agent.recorder
        session = await self._session()
        recorder.begin(self.task.task_id)
        self._begin()
        seen = await watching.look(self._resources.store, session)
        ending = await self._ending(session)
        session = await self._session()
        interrupted = ending.status is not TaskStatus.COMPLETED
        await self._await_cancelled(self._approvals.cancel(self.task.session_id))
        report = await recorder.finish(interrupted=interrupted)
        ending, in_place = await self._in_place(session, ending)
        if not in_place:
            return await self._with_findings(session, ending, report, None)
        end = await checkpoints.take(self._resources.workspaces.stores, session, self.task, "end")
        if end.checkpoint is not None:
            await self._resources.workspaces.reviewing.after_task(session.session_id, end.checkpoint.commit)
        notices = await self._notices(session, seen)
        for text in ([end.problem] if end.problem else []) + notices:
            recorder.add_message(Role.SYSTEM, text)
        if end.problem or notices:
            await recorder.flush()
        return await self._with_findings(session, ending, report, end.checkpoint)

    def _begin(self) -> None:
        """Record what began the turn."""
        self._agent.recorder.add_message(Role.USER, self.task.full_prompt)

    async def _session(self) -> Session:
        return await retrying.read(self._resources.store, lambda r: sessions.get(r, self.task.session_id))

    async def _ending(self, session: Session) -> Ending:
        slots, taken = self._resources.slots, False
        try:
            if slots.full:
                self._agent.recorder.notice(WAITS)
            await self._unless_stopped(slots.take())
            taken = True
            self._agent.recorder.notice(None)
            await self._prepare(session)
            return await self._converse()
        except Stopped as stopped:
            return Ending(TaskStatus.CANCELLED, "cancelled", str(stopped))
        except AgorError as error:
            if not self._agent.alive:
                await self._agent.end()
            if self._stop.is_set():
                return Ending(TaskStatus.CANCELLED, "cancelled", self._stop_reason)
            return Ending(TaskStatus.FAILED, error=str(error))
        except Exception as error:  # noqa: BLE001 - logged; the task must be settled after any failure
            _log.exception("the turn of task %s broke", self.task.task_id)
            await self._agent.end()
            return Ending(TaskStatus.FAILED, error=f"Agor made a mistake here ({type(error).__name__}); see its log.")
        finally:
            if taken:
                slots.give()

    async def _notices(self, session: Session, before: Seen | None) -> list[str]:
        """Note on the task what it changed beside its own files; the sentences."""
        inside = await checkpoints.changed_submodules(session)
        after = None if before is None else await watching.look(self._resources.store, session)
        said = [CHANGED_INSIDE.format(paths=", ".join(inside))] if inside else []
        if before is not None and after is not None:
            said += watching.changes(before, after, inside=session.repo.worktree_id is None)
        if said:
            state = msgspec.structs.replace(self.task.git_state, submodules=inside, notices=tuple(said))
            self.task = msgspec.structs.replace(self.task, git_state=state)
        return said

    async def _in_place(self, session: Session, ending: Ending) -> tuple[Ending, bool]:
        """The ending, and whether repository and worktree are in their places: a turn that lost them has failed."""
        try:
            await check_in_place(self._resources.store, session)
        except AgorError as error:
            if ending.status is TaskStatus.COMPLETED:
                ending = replace(ending, status=TaskStatus.FAILED, error=str(error))
            return ending, False
        return ending, True

    async def _prepare(self, session: Session) -> None:
        """Make the folder ready, then take the first checkpoint while the agent's process starts."""
        recorder = self._agent.recorder
        workspaces = self._resources.workspaces
        await check_in_place(self._resources.store, session)
        brought_back = await workspaces.again.bring_back(session)
        if brought_back is not None:  # a warm agent's own folder is the one that is gone
            await self._agent.end()
        session, left = await workspaces.settle_in(session)
        note = brought_back or left or await checkpoints.missing_in_fork(self._resources.store, session, self.task)
        notes = await workspaces.notes(session) if self.task.position == 1 else ()
        for text in (note, *notes) if note else notes:
            recorder.add_message(Role.SYSTEM, text)
        setting_up = set_up(self._resources, recorder, self._ask, session, self.task)
        await self._unless_stopped(setting_up)
        checkpointing = asyncio.create_task(self._checkpoint_start(session), name="agor checkpoint at start")
        try:
            await self._unless_stopped(self._agent.ready(session, self.task))
        finally:
            await checkpointing
        self._check_stop()

    async def _ask(self, task: Task, tool: ToolCall, options: tuple[ApprovalOption, ...]) -> str | None:
        """Put a question of our own to a person."""
        self._agent.recorder.ensure_call(tool)
        await self._agent.recorder.flush()
        return await self._approvals.ask(task, tool, options, own=True)

    async def _checkpoint_start(self, session: Session) -> None:
        taken = await checkpoints.take(self._resources.workspaces.stores, session, self.task, "start")
        if taken.problem:
            self._agent.recorder.add_message(Role.SYSTEM, taken.problem)
        if (checkpoint := taken.checkpoint) is not None:
            started = await retrying.write(self._resources.store, lambda w: _store_start(w, self.task, checkpoint))
            self.task = msgspec.structs.replace(self.task, git_state=started.git_state)

    async def _converse(self) -> Ending:
        prompt = asyncio.create_task(self._agent.prompt(self.task.full_prompt), name="agor prompt")
        stop = asyncio.create_task(self._stop.wait(), name="agor stop")
        watching = silence.watch(self._agent, self._resources.clock, self._resources.limits.silence)
        watch = asyncio.create_task(watching, name="agor silence")
        try:
            await asyncio.wait({prompt, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not prompt.done():
                await self._cancel(prompt)
            result = await prompt
        finally:
            await _discard(stop)
            await _discard(watch)
            if not prompt.done():
                await self._agent.end()
            elif self._stop.is_set():  # the agent ended its turn; what it started in it may run on
                await self._agent.end_started()
            await _discard(prompt)
        return self._read(self._agent.recorder.adapter.end_turn(result))

    async def _cancel(self, prompt: "asyncio.Task[Any]") -> None:
        """Ask the agent to cancel, then end its process; the store may take no write meanwhile."""
        asked = asyncio.create_task(self._agent.cancel(), name="agor cancel")
        try:
            await asyncio.wait({prompt}, timeout=self._cancel_seconds)
            if not prompt.done():
                await self._agent.end()
                raise Stopped(self._stop_reason)
        finally:
            await self._await_cancelled(asked)

    async def _await_cancelled(self, cancelling: Awaitable[None]) -> None:
        """Await a cancellation; a failure is logged, and does not replace the turn's ending."""
        try:
            await cancelling
        except Exception:  # noqa: BLE001 - logged
            _log.exception("not all open approvals of task %s could be cancelled", self.task.task_id)

    def _read(self, end: TurnEnd) -> Ending:
        if end.usage is not None:
            self._agent.recorder.record(UsageChanged(end.usage))
        if self._stop.is_set():
            return Ending(TaskStatus.CANCELLED, "cancelled", self._stop_reason)
        if end.error is not None:
            return Ending(TaskStatus.FAILED, end.stop_reason, end.error)
        if end.stop_reason == "cancelled":
            return Ending(TaskStatus.CANCELLED, end.stop_reason, "The agent ended its turn early.")
        if (problem := _EARLY_STOPS.get(end.stop_reason)) is not None:
            return Ending(TaskStatus.FAILED, end.stop_reason, problem)
        return Ending(TaskStatus.COMPLETED, end.stop_reason)

    async def _with_findings(
        self, session: Session, ending: Ending, report: str | None, end: Checkpoint | None
    ) -> Ending:
        stores = self._resources.workspaces.stores
        task = self.task if end is None else await checkpoints.with_changes(stores, session, self.task, end)
        since = checkpoints.Since() if end is None else await checkpoints.since_base(stores, session, task, end)
        return replace(
            ending,
            report=shortened(report, self._resources.limits.report) if report else None,
            files=task.files,
            git_state=task.git_state,
            checkpoint=end,
            since=since,
        )

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T:
        """Await a coroutine, or cancel it when the turn is stopped."""
        self._check_stop(work)
        doing = asyncio.create_task(work, name="agor agent start")
        stop = asyncio.create_task(self._stop.wait(), name="agor stop")
        try:
            await asyncio.wait({doing, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise Stopped(self._stop_reason)
            return await doing
        finally:
            await _discard(stop)
            await _discard(doing)

    def _check_stop(self, work: Coroutine[Any, Any, Any] | None = None) -> None:
        if self._stop.is_set():
            if work is not None:
                work.close()
            raise Stopped(self._stop_reason)


async def ending_of(turn: Turn) -> Ending:
    """Run a turn; whatever fails is its ending."""
    try:
        return await turn.run()
    except AgorError as error:
        _log.warning("task %s could not be run: %s", turn.task.task_id, error)
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - logged; one session's trouble must not end the others
        _log.exception("task %s could not be run", turn.task.task_id)
        reason = f"Agor made a mistake here ({type(error).__name__}); see its log."
    return Ending(TaskStatus.FAILED, error=reason)


async def _discard(task: "asyncio.Task[Any]") -> None:
    """Cancel an asyncio task and wait for its end."""
    if not task.done():
        task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()


def _store_start(w: Writer, task: Task, checkpoint: Checkpoint) -> Task:
    current = tasks.get(w, task.task_id, lock=True)
    return tasks.update(w, msgspec.structs.replace(current, git_state=checkpoints.state_at_start(checkpoint)))
