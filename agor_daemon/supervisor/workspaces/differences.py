"""What a task changed in the files: for people, or as a patch that git applies."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.errors import GitFailed
from agor_core.git import diff
from agor_core.git.diff import PatchText
from agor_core.git.location import locate
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import FileChange
from agor_core.git.retention import missing
from agor_daemon.supervisor.workspaces import checkpoints
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes between two checkpoints: the text, which may be only its beginning, and the figures of all."""

    patch: PatchText
    changes: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ends:
    """Two checkpoints that can be compared, the folder of the repository if it is there, and their store."""

    where: Path | None
    store: ObjectStore
    start: str
    end: str


async def difference(stores: CheckpointStores, session: Session, task: Task, fallback: Path | None) -> Difference:
    """The unified difference of a task; of a running task, up to now. Empty without checkpoints.

    ``fallback`` is the repository's own folder, for a session whose worktree is gone. The store alone will do.
    Raises GitFailed where the checkpoints are not kept.
    """
    ends = await _ends(stores, session, task, fallback)
    if ends is None:
        return Difference(PatchText(""))
    patch, changes = await asyncio.gather(
        diff.patch(ends.where, ends.start, ends.end, store=ends.store),
        diff.changes(ends.where, ends.start, ends.end, store=ends.store),
    )
    return Difference(patch, tuple(changes))


async def patch_bytes(
    stores: CheckpointStores, session: Session, task: Task, fallback: Path | None
) -> AsyncIterator[bytes]:
    """The same whole, as ``git apply`` takes it, in pieces. Raises GitFailed, also on the way."""
    ends = await _ends(stores, session, task, fallback)
    if ends is not None:
        async for piece in diff.patch_bytes(ends.where, ends.start, ends.end, store=ends.store):
            yield piece


async def _ends(stores: CheckpointStores, session: Session, task: Task, fallback: Path | None) -> _Ends | None:
    start, end, repo_id = task.git_state.checkpoint_start, task.git_state.checkpoint_end, session.repo.repo_id
    if start is None or repo_id is None:
        return None
    if end is None and not task.ended:
        now = (await checkpoints.take(stores, session, task, "now")).checkpoint
        end = now.commit if now is not None else None
    if end is None:
        return None
    where = await _repository(Path(session.repo.cwd), fallback)
    store = stores.existing(repo_id) if where is None else await stores.of(repo_id, where)
    if store is None:
        raise GitFailed(f"The repository {fallback} is not there any more, and no checkpoints of it are kept.")
    if await missing(store, (start, end), borrow=where is not None):
        raise GitFailed(f"The checkpoints of task {task.position} are not kept any more, so nothing can be compared.")
    return _Ends(where, store, start, end)


async def _repository(cwd: Path, fallback: Path | None) -> Path | None:
    """The first of these folders that is in a repository; None if neither is there any more."""
    for folder in (cwd, fallback):
        if folder is None or not await asyncio.to_thread(folder.is_dir):
            continue
        with contextlib.suppress(GitFailed):  # a worktree whose repository was moved
            if await locate(folder) is not None:
                return folder
    return None
