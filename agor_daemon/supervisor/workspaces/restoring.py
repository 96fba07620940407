"""Restoring a session's files as a task had them: after a checkpoint of what is there, which undoes it the same way."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.figures import Diffstat
from agor_core.domain.restoration import Restoration, RestorePoint
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.errors import GitFailed, NotFound, Unprocessable
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git import restoring
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.filters import allowed_filters
from agor_core.git.location import inside, locate
from agor_core.git.object_store import ObjectStore
from agor_core.git.refs import checkpoint_ref, checkpoint_refs
from agor_core.repositories import repos, sessions
from agor_daemon.supervisor.workspaces import checkpoints
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores
from agor_daemon.supervisor.workspaces.checkpoints import MOST_FILES
from agor_daemon.supervisor.workspaces.quiet import check_quiet
from agor_daemon.supervisor.workspaces.worktree_again import WorktreesAgain


class Restoring:
    """One request: the files of ``task`` at ``point``, all or those of ``paths``; ``dry_run`` only says what differs.

    The caller sees to it that no turn of the session runs or begins meanwhile.
    """

    def __init__(self, store: Store, stores: CheckpointStores, again: WorktreesAgain) -> None:
        self._store = store
        self._stores = stores
        self._again = again

    async def run(
        self, session: Session, task: Task, point: RestorePoint, paths: Sequence[str], *, dry_run: bool
    ) -> Restoration:
        """Raises Conflict while a session runs in the folder, InvalidInput, Unprocessable, NotFound, GitFailed."""
        await check_quiet(self._store, session)
        repo_id = session.repo.repo_id
        if repo_id is None:
            raise Unprocessable("Outside git no checkpoints are kept, so nothing can be restored.")
        remade = await self._again.bring_back(session) is not None
        location = await locate(Path(session.repo.cwd))
        if location is None or location.bare:
            raise Unprocessable(f"{session.repo.cwd} is not in a git repository any more.")
        top = location.toplevel
        async with self._stores.taking(repo_id, top) as kept:
            wanted = await _wanted(kept, task, point)
            now = await self._take(kept, top, session, "last")
            planned = await restoring.plan(kept, top, now, wanted, [inside(path, top, "paths") for path in paths])
            changes = bool(planned.written or planned.removed)
            if changes and not dry_run:
                await _keep_before(kept, task, now)
                repo = await self._store.read(lambda r: repos.get(r, repo_id))
                filters = await allowed_filters(top, repo.trust.filters)
                planned = await restoring.carry_out(kept, top, planned, wanted=wanted, filters=filters)
                after = await self._take(kept, top, session, "last")
                base = session.git_state.since
                since = None if base is None else await checkpoints.since(kept, top, base, after)
                await self._store.write(lambda w: _note(w, session, after, since))
        return Restoration(
            task_id=task.task_id,
            session_id=session.session_id,
            point=point,
            written=restoring.named([*planned.written][:MOST_FILES]),
            removed=restoring.named(planned.removed[:MOST_FILES]),
            kept=restoring.named(planned.kept[:MOST_FILES]),
            written_count=len(planned.written),
            removed_count=len(planned.removed),
            kept_count=len(planned.kept),
            remade=remade,
            dry_run=dry_run,
            before=now.commit if changes and not dry_run else None,
        )

    async def _take(self, kept: ObjectStore, top: Path, session: Session, part: str) -> Checkpoint:
        ref = checkpoint_ref(session.session_id, part, "now")
        return await git_checkpoints.take(kept, top, ref, limits=self._stores.limits)


async def _wanted(kept: ObjectStore, task: Task, point: RestorePoint) -> Checkpoint:
    """The checkpoint at a point of a task. Raises NotFound and GitFailed."""
    git = task.git_state
    if point == "before":
        ref = checkpoint_ref(task.session_id, task.task_id, "before")
        commit = (await checkpoint_refs(kept, task.session_id)).get(ref)
        missing = f"The files of task {task.position} were not restored, so there is nothing to undo."
    else:
        commit = git.checkpoint_start if point == "start" else git.checkpoint_end
        missing = f"Task {task.position} has no checkpoint of its {point}."
    if commit is None:
        raise NotFound("checkpoint", point, missing)
    try:
        checkpoint = await git_checkpoints.load(kept, commit)
    except GitFailed as error:
        message = f"The checkpoints of task {task.position} are not kept any more, so nothing can be restored."
        raise GitFailed(message, stderr=error.stderr) from error
    await git_checkpoints.check_whole(kept, checkpoint)
    return checkpoint


async def _keep_before(kept: ObjectStore, task: Task, now: Checkpoint) -> None:
    """Keep what is there under the task that it is restored to, so that the undoing finds it."""
    await kept.git("update-ref", "--", checkpoint_ref(task.session_id, task.task_id, "before"), now.commit)


def _note(w: Writer, session: Session, after: Checkpoint, since: Diffstat | None) -> None:
    """Store what the session's files are now."""
    current = sessions.get(w, session.session_id, lock=True)
    state = checkpoints.session_state(current.git_state, after, since)
    sessions.update(w, msgspec.structs.replace(current, git_state=state))
