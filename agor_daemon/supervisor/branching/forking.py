"""Forks: siblings that inherit a conversation up to a task, and the files as of that task.

Where the agent's own fork is exact, it is made at once, in a process of the new session: the record states the
fidelity, and the source may go on meanwhile. Otherwise the fork's agent gets the transcript, or a digest of it, with
its first prompt.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from agor_core.agents.registry import AgentSpec
from agor_core.db.connections import Reader
from agor_core.domain.message import Role
from agor_core.domain.session import Fidelity, Session, SessionGenealogy
from agor_core.domain.task import Task
from agor_core.errors import AgentFailed, AgentNotInstalled
from agor_core.ids import SessionId
from agor_core.repositories import messages, sessions, tasks
from agor_core.repositories.genealogy import inheritance
from agor_core.wire.requests import Fork
from agor_daemon.supervisor.branching import new_sessions
from agor_daemon.supervisor.branching.task_points import ForkPoint, fork_point
from agor_daemon.supervisor.recording import transcripts
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.turns.session_runner import SessionRunner
from agor_daemon.supervisor.workspaces.placement import Placement

NewRunner = Callable[[Session], SessionRunner]
"""Makes the runner of a session."""
_log = logging.getLogger("agor.supervisor")


@dataclass(frozen=True, slots=True)
class AgentFork:
    """A fork by the agent itself, at a message or at the end (None)."""

    agent_session_id: str
    at_message: str | None


@dataclass(frozen=True, slots=True)
class ForkPlan:
    """A fork before it is made; without ``agent_fork`` its agent will get the transcript."""

    source: Session
    point: ForkPoint
    agent_fork: AgentFork | None


async def fork(
    resources: Resources, source_id: SessionId, request: Fork, *, new_runner: NewRunner
) -> tuple[Session, SessionRunner | None]:
    """The new session, and its runner if its agent runs already. A fork that fails leaves nothing behind."""
    source = await resources.store.read(lambda r: sessions.get(r, source_id))
    genealogy = SessionGenealogy(forked_from_session_id=source.session_id)
    known = await resources.store.read(lambda r: new_sessions.stored_before(r, request, genealogy))
    if known is not None:
        return known, None
    request = new_sessions.identified(request)
    agent = request.agent or source.agent
    spec = resources.programs.spec(agent)
    if request.prompt is not None:
        resources.programs.command(spec)
    plan = await resources.store.read_many(lambda r: _plan(r, source, request, agent, spec))
    placement = await _fork_placement(resources, plan, request)
    runner: SessionRunner | None = None
    try:
        genealogy = msgspec.structs.replace(
            genealogy, fork_point_task_id=plan.point.task.task_id, fork_point=plan.point.point
        )
        session = new_sessions.new_session(source, request, placement, genealogy, agent)
        session, runner = await _with_conversation(resources, session, plan, new_runner)
        session = await new_sessions.store_session(resources, session, placement, request.board)
    except BaseException:
        await asyncio.shield(_undo(resources, placement, runner))
        raise
    if runner is not None:
        runner.rest()
    return session, runner


def _plan(r: Reader, source: Session, request: Fork, agent: str, spec: AgentSpec) -> ForkPlan:
    point = fork_point(r, source, request.at, request.point)
    return ForkPlan(source, point, _agent_fork(r, source, point, spec) if agent == source.agent else None)


def _agent_fork(r: Reader, source: Session, point: ForkPoint, spec: AgentSpec) -> AgentFork | None:
    """How the agent itself can fork exactly at a point; None if it cannot.

    At the agent's present end nothing may have begun since, but no message is needed, which a turn that was cut short
    may not have left. A message is known to the agent's latest session only if that is its first.
    """
    if not source.agent_sessions or not point.inherited:
        return None
    last = point.inherited[-1]
    begun = [task for task in tasks.of_session(r, source.session_id) if task.started_at is not None]
    if begun[-1].task_id == last.task_id and last.ended:
        return AgentFork(source.agent_sessions[-1], None)
    if spec.fork_point != "message_id" or len(source.agent_sessions) > 1:
        return None
    message = _last_message_id(r, last)
    return AgentFork(source.agent_sessions[0], message) if message is not None else None


def _last_message_id(r: Reader, task: Task) -> str | None:
    """The agent's own id of its last message in a task."""
    found = [m.agent_message_id for m in messages.of_task(r, task.task_id) if m.role is Role.ASSISTANT]
    return found[-1] if found else None


async def _fork_placement(resources: Resources, plan: ForkPlan, request: Fork) -> Placement:
    if request.same_directory:
        return Placement.of(plan.source)
    name = new_sessions.name_for(plan.source, request)
    return await new_sessions.at_checkpoint(resources, plan.source, name, plan.point.checkpoint)


async def _with_conversation(
    resources: Resources, session: Session, plan: ForkPlan, new_runner: NewRunner
) -> tuple[Session, SessionRunner | None]:
    """The session with its fidelity, and the runner of the agent's own fork if there is one."""
    runner = await _forked_by_agent(resources, session, plan, new_runner) if plan.agent_fork is not None else None
    if runner is None or (forked := runner.agent.agent_session_id) is None:
        fidelity = await resources.store.read_many(lambda r: _fidelity(r, plan, resources.limits.history))
        return _with_fidelity(session, fidelity), None
    session = _with_fidelity(session, Fidelity.NATIVE)
    selection = runner.agent.recorder.adapter.selection
    options = {**session.options, **selection.chosen_in_use()}
    return msgspec.structs.replace(session, agent_sessions=(forked,), options=options, **selection.in_use()), runner


async def _forked_by_agent(
    resources: Resources, session: Session, plan: ForkPlan, new_runner: NewRunner
) -> SessionRunner | None:
    """The runner of the agent's own fork; None if the agent cannot fork, or its fork inherited too much."""
    if plan.agent_fork is None:
        return None
    runner = new_runner(session)
    exact = False
    try:
        await runner.agent.fork(session, plan.agent_fork.agent_session_id, plan.agent_fork.at_message)
        exact = plan.agent_fork.at_message is not None or await resources.store.read(lambda r: _still_at_end(r, plan))
    except (AgentFailed, AgentNotInstalled) as error:
        _log.info("session %s is forked with a transcript: %s", session.session_id, error)
    finally:
        if not exact:
            await asyncio.shield(runner.close(resources.limits.end))
    return runner if exact else None


def _still_at_end(r: Reader, plan: ForkPlan) -> bool:
    """Whether the source has begun no task since the fork was planned."""
    begun = [task for task in tasks.of_session(r, plan.source.session_id) if task.started_at is not None]
    return begun[-1].task_id == plan.point.inherited[-1].task_id


def _fidelity(r: Reader, plan: ForkPlan, limit: int) -> Fidelity:
    transcript = transcripts.of(r, [*inheritance(r, plan.source).tasks, *plan.point.inherited], limit)
    return transcript.fidelity if transcript is not None else Fidelity.REPLAYED


def _with_fidelity(session: Session, fidelity: Fidelity) -> Session:
    return msgspec.structs.replace(session, genealogy=msgspec.structs.replace(session.genealogy, fidelity=fidelity))


async def _undo(resources: Resources, placement: Placement, runner: SessionRunner | None) -> None:
    if runner is not None:
        await runner.close(resources.limits.end)
    if placement.made is not None:
        await resources.workspaces.maker.undo(placement.made)
