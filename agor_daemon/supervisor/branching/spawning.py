"""Spawns: children with a fresh context, from a task of their parent, in a worktree at the parent's commit."""

import asyncio

from agor_core.db.connections import Reader
from agor_core.domain.session import Session, SessionGenealogy
from agor_core.domain.task import Task
from agor_core.ids import SessionId
from agor_core.repositories import sessions, tasks
from agor_core.wire.requests import Spawn
from agor_daemon.supervisor.branching import new_sessions, task_points
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.workspaces import points
from agor_daemon.supervisor.workspaces.placement import Placement


async def spawn(resources: Resources, parent_id: SessionId, request: Spawn) -> Session:
    """The new session. A spawn that fails leaves nothing behind."""
    parent = await resources.store.read(lambda r: sessions.get(r, parent_id))
    genealogy = SessionGenealogy(parent_session_id=parent.session_id)
    known = await resources.store.read(lambda r: new_sessions.stored_before(r, request, genealogy))
    if known is not None:
        return known
    request = new_sessions.identified(request)
    agent = request.agent or parent.agent
    spec = resources.programs.spec(agent)
    if request.prompt is not None:
        resources.programs.command(spec)
    task = await resources.store.read(lambda r: _from_task(r, parent, request))
    placement = await _spawn_placement(resources, parent, request)
    try:
        genealogy = SessionGenealogy(
            parent_session_id=parent.session_id, spawn_point_task_id=task.task_id if task is not None else None
        )
        session = new_sessions.new_session(parent, request, placement, genealogy, agent)
        return await new_sessions.store_session(resources, session, placement, request.board)
    except BaseException:
        if placement.made is not None:
            await asyncio.shield(resources.workspaces.maker.undo(placement.made))
        raise


def _from_task(r: Reader, parent: Session, request: Spawn) -> Task | None:
    of_session = tasks.of_session(r, parent.session_id)
    if request.at is None:
        return task_points.latest(of_session)
    return points.named(parent, of_session, request.at)


async def _spawn_placement(resources: Resources, parent: Session, request: Spawn) -> Placement:
    if request.same_directory:
        return Placement.of(parent)
    if request.worktree and (shared := await _shared(resources, parent, request.worktree)) is not None:
        return shared
    return await new_sessions.at_head(resources, parent, new_sessions.name_for(parent, request))


async def _shared(resources: Resources, parent: Session, given: str) -> Placement | None:
    """The place in an existing worktree, by name or id."""
    if parent.repo.repo_id is None:
        return None
    repo, _, prefix = await new_sessions.repo_and_folder(resources, parent)
    return await resources.workspaces.shared(repo, given, prefix)
