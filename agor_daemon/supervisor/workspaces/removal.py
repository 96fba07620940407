"""The removal of what a session leaves in a repository: its worktree, its branch, its checkpoints.

Refusals are checked first, then the records are deleted, then the files; files that git refuses to remove by then stay.
"""

import asyncio
import logging
import os
from datetime import datetime
from pathlib import Path

from agor_core.db.store import Store
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, Conflict
from agor_core.git import losses, refs, removed_work
from agor_core.git import worktrees as git_worktrees
from agor_core.ids import RepoId
from agor_core.repositories import repos
from agor_daemon.supervisor.workspaces import repo_commands
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores

TEAR_DOWN_SECONDS = 120.0
_log = logging.getLogger("agor.supervisor")


async def check_removable(store: Store, tree: Worktree, *, discard: bool) -> None:
    """Raises Conflict for a lock, a branch in use elsewhere and, without ``discard``, for work that would be lost.

    A folder that is gone already may be removed. Raises GitFailed.
    """
    repo, folder = await _local_path(store, tree.repo_id), Path(tree.path)
    if not await asyncio.to_thread(folder.is_dir):
        return
    if await asyncio.to_thread(repo.is_dir):
        await _check_git_lets_go(repo, folder, _branch(tree))
    elif not discard:
        raise Conflict(
            f"The repository {repo} is gone, so Agor cannot tell what would be lost with the worktree {folder}. "
            "Remove it all the same with force=true."
        )
    if not discard and (lost := await losses.losses(folder, branch=_branch(tree))):
        raise Conflict(
            f"The worktree {folder} holds work that would be lost: {'; '.join(lost)}. "
            "Remove it all the same with force=true."
        )


async def keep_last(store: Store, stores: CheckpointStores, tree: Worktree, now: datetime) -> None:
    """Keep what the forced removal of a worktree discards, for a while (``removed_work.KEPT_FOR``).

    Nothing can be kept of a folder or a repository that is gone. Raises Conflict for any other failure.
    """
    repo, folder = await _local_path(store, tree.repo_id), Path(tree.path)
    if not await asyncio.to_thread(lambda: folder.is_dir() and repo.is_dir()):
        return
    try:
        async with stores.taking(tree.repo_id, folder) as kept:
            done = await removed_work.keep(
                kept, folder, tree.worktree_id, branch=_branch(tree), now=now, limits=stores.limits
            )
    except (AgorError, OSError) as error:
        raise Conflict(
            f"A last checkpoint of the worktree {folder} cannot be kept, so nothing was removed: {error}"
        ) from error
    _log.info("the last checkpoint of the worktree %s is %s in %s", folder, done.ref, kept.path)


async def remove_worktree(store: Store, tree: Worktree, *, discard: bool) -> None:
    """Remove a worktree's folder and branch; a failure is logged, and they stay."""
    try:
        repo, folder = await _local_path(store, tree.repo_id), Path(tree.path)
        if await asyncio.to_thread(folder.is_dir):
            await _tear_down(await store.read(lambda r: repos.get(r, tree.repo_id)), tree)
            await git_worktrees.remove(repo, folder, branch=_branch(tree), discard=discard)
    except (AgorError, OSError) as error:
        _log.warning("the worktree %s stays, though its record is deleted: %s", tree.path, error)


async def _tear_down(repo: Repo, tree: Worktree) -> None:
    """Run the repo's tear-down in a worktree that is about to go; a failure is logged, and keeps nothing."""
    folder = Path(tree.path)
    command = await asyncio.to_thread(repo_commands.allowed_command, repo, folder, "teardown")
    if command is None:
        return
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    env = kept | repo_commands.place_environment(repo, tree)
    result = await repo_commands.run(command, folder, env, seconds=TEAR_DOWN_SECONDS)
    if result.code != 0:
        _log.warning("the tear-down of the worktree %s failed: %s", folder, result.output[-500:].strip())


async def forget_checkpoints(store: Store, stores: CheckpointStores, session: Session) -> None:
    """Delete the checkpoints of a session that was removed; a failure is logged."""
    repo_id = session.repo.repo_id
    if repo_id is None:
        return
    try:
        repo = await _local_path(store, repo_id)
        there = await asyncio.to_thread(repo.is_dir)
        kept = await stores.of(repo_id, repo) if there else stores.existing(repo_id)
        if kept is not None:
            await refs.forget_checkpoints(kept, session.session_id)
    except (AgorError, OSError) as error:
        _log.warning("the checkpoints of session %s are still there: %s", session.session_id, error)


async def _check_git_lets_go(repo: Path, folder: Path, branch: str | None) -> None:
    for tree in await git_worktrees.listed(repo):
        uses_branch = branch is not None and tree.branch == branch
        if not tree.locked and not uses_branch:
            continue
        here = await asyncio.to_thread(_same, tree.path, folder)
        if here and tree.locked:
            raise Conflict(f"The worktree {folder} is locked; unlock it first: git -C {repo} worktree unlock {folder}")
        if uses_branch and not here:
            raise Conflict(
                f"The branch {branch} of the worktree {folder} is checked out in {tree.path}; "
                "check out another one there first."
            )


async def _local_path(store: Store, repo_id: RepoId) -> Path:
    return Path((await store.read(lambda r: repos.get(r, repo_id))).local_path)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _branch(tree: Worktree) -> str | None:
    return tree.ref if tree.new_branch else None
