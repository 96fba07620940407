"""Checkpoints of the tree before and after each turn, and the changes between. A failed one fails no turn."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from agor_core.db.store import Store
from agor_core.domain.figures import Diffstat
from agor_core.domain.session import Session, SessionGitState
from agor_core.domain.task import Task, TaskGitState
from agor_core.errors import AgorError
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git import diff, standing, submodules
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.include import said
from agor_core.git.location import locate
from agor_core.git.object_store import ObjectStore
from agor_core.git.refs import checkpoint_ref
from agor_core.repositories import tasks
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores

MOST_FILES = 2_000
MOST_NAMED = 5
TOO_LARGE = "These files were too large for the checkpoint and are not as they were: {paths}."
NOT_INSIDE = "What was uncommitted inside these submodules was not kept: {paths}."
Point = Literal["start", "end", "now"]
_log = logging.getLogger("agor.supervisor")


@dataclass(frozen=True, slots=True)
class Taken:
    """A checkpoint, or the sentence that says why there is none; neither outside of git."""

    checkpoint: Checkpoint | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """What a session changed since its base; ``brought_in`` is the new base, if it took its target in meanwhile."""

    diffstat: Diffstat | None = None
    brought_in: str | None = None


async def take(stores: CheckpointStores, session: Session, task: Task, point: Point) -> Taken:
    """Take a checkpoint of the session's working tree at a point of a task."""
    repo_id = session.repo.repo_id
    if repo_id is None:
        return Taken()
    try:
        location = await locate(Path(session.repo.cwd))
        if location is None or location.bare:
            return Taken()
        ref = checkpoint_ref(session.session_id, task.task_id, point)
        async with stores.taking(repo_id, location.toplevel) as store:
            return Taken(await git_checkpoints.take(store, location.toplevel, ref, limits=stores.limits))
    except (AgorError, OSError) as error:
        _log.warning("no checkpoint at the %s of task %s: %s", point, task.task_id, error)
        return Taken(problem=f"The files could not be kept at the {point} of this task: {error}")


async def changed_submodules(session: Session) -> tuple[str, ...]:
    """The submodules of the session's working tree with changes inside; none where that cannot be found."""
    try:
        location = await locate(Path(session.repo.cwd)) if session.repo.repo_id is not None else None
        return () if location is None else tuple(await submodules.changed_inside(location.toplevel))
    except (AgorError, OSError) as error:
        _log.warning("the submodules of session %s cannot be looked at: %s", session.session_id, error)
        return ()


async def with_changes(stores: CheckpointStores, session: Session, task: Task, end: Checkpoint) -> Task:
    """The task with what changed between its two checkpoints."""
    state = msgspec.structs.replace(
        task.git_state,
        sha_at_end=end.sha_label,
        checkpoint_end=end.commit,
        left_out=tuple(dict.fromkeys([*task.git_state.left_out, *end.left_out[:MOST_FILES]])),
    )
    start, repo_id = state.checkpoint_start, session.repo.repo_id
    if start is None or repo_id is None:
        return msgspec.structs.replace(task, git_state=state)
    where = Path(session.repo.cwd)
    try:
        store = await stores.of(repo_id, where)
        changes, commits = await asyncio.gather(
            diff.changes(where, start, end.commit, store=store),
            _commits(where, _clean(state.sha_at_start) or start, end.head, store),
        )
    except (AgorError, OSError) as error:
        _log.warning("the changes of task %s cannot be found: %s", task.task_id, error)
        return msgspec.structs.replace(task, git_state=state)
    state = msgspec.structs.replace(state, diffstat=diff.diffstat(changes), commits=tuple(commits))
    return msgspec.structs.replace(task, git_state=state, files=tuple(diff.paths(changes[:MOST_FILES])))


async def since_base(stores: CheckpointStores, session: Session, task: Task, end: Checkpoint) -> Since:
    """How a session's files differ from the commit that it began from, or from what it took of its target since."""
    git, repo_id = session.git_state, session.repo.repo_id
    if git.since is None or repo_id is None:
        return Since()
    where, moved = Path(session.repo.cwd), end.head != _clean(task.git_state.sha_at_start)
    try:
        taken = await standing.brought_in(where, git.target, git.since) if moved and git.target is not None else None
        if taken is None and task.git_state.sha_at_start == git.since:
            return Since(task.git_state.diffstat)
        return Since(await since(await stores.of(repo_id, where), where, taken or git.since, end), taken)
    except (AgorError, OSError) as error:
        _log.warning("the changes of session %s cannot be found: %s", session.session_id, error)
        return Since()


async def since(store: ObjectStore, where: Path, base: str, end: Checkpoint) -> Diffstat:
    """How the files of a checkpoint differ from a commit's; ``where`` is a folder of the repository."""
    if end.head == base and not end.dirty:
        return Diffstat()
    return diff.diffstat(await diff.changes(where, base, end.commit, store=store))


async def _commits(where: Path, old: str, new: str, store: ObjectStore) -> list[str]:
    return [] if old == new else await diff.commits_between(where, old, new, store=store)


def state_at_start(checkpoint: Checkpoint) -> TaskGitState:
    """A task's git state at its start."""
    return TaskGitState(
        sha_at_start=checkpoint.sha_label,
        checkpoint_start=checkpoint.commit,
        left_out=checkpoint.left_out[:MOST_FILES],
    )


def session_state(
    state: SessionGitState, checkpoint: Checkpoint, diffstat: Diffstat | None = None, brought_in: str | None = None
) -> SessionGitState:
    """A session's git state as of a checkpoint, whose files differ by ``diffstat`` from its base, if that is known.

    ``brought_in`` is a commit of its target that it took in meanwhile.
    """
    return msgspec.structs.replace(
        state,
        ref=checkpoint.branch,
        current_sha=checkpoint.sha_label,
        checkpoint=checkpoint.commit,
        diffstat=diffstat or state.diffstat,
        brought_in=brought_in or state.brought_in,
    )


async def missing_in_fork(store: Store, session: Session, task: Task) -> str | None:
    """Name the files that the checkpoint did not hold, for a fork's first prompt; None if it held all."""
    source = session.genealogy.fork_point_task_id
    if source is None or task.position != 1 or not session.repo.managed_worktree:
        return None
    state = (await store.read(lambda r: tasks.get(r, source))).git_state
    pairs = ((TOO_LARGE, state.left_out), (NOT_INSIDE, state.submodules))
    return " ".join(sentence.format(paths=said(paths, MOST_NAMED)) for sentence, paths in pairs if paths) or None


def _clean(label: str | None) -> str | None:
    return label.removesuffix("-dirty") if label else None
