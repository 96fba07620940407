"""Worktrees that are gone, deleted by hand or let go of, are made again in place from their last checkpoint."""

import asyncio
import logging
from collections import defaultdict
from pathlib import Path

import msgspec

from agor_core.config.paths import Paths
from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.texts import short_sha
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, GitFailed, Unprocessable
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git import remaking
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.filters import allowed_filters
from agor_core.git.object_store import ObjectStore
from agor_core.git.supplying import supply_history
from agor_core.ids import WorktreeId
from agor_core.repositories import repos, tasks, worktrees
from agor_daemon.supervisor.journal import Journal
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores
from agor_daemon.supervisor.workspaces.outfitting import Outfit, outfit
from agor_daemon.supervisor.workspaces.presence import check_not_moved

MADE = "The worktree {path} was gone. It was made again on its branch {branch}, with the files of its last checkpoint."
MADE_PLAIN = (
    "The worktree {path} was gone. It was made again on its branch {branch}; no checkpoint of its files is kept."
)
MOVED_ON = (
    "The worktree {path} was gone. It was made again on its branch {branch}, which has moved on from {head} since the "
    "last checkpoint; what was uncommitted then is brought back by: agor task restore TASK"
)
_log = logging.getLogger("agor.supervisor")


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A worktree that is being made again."""

    repo: str
    path: str


class WorktreesAgain:
    """Makes worktrees again; a journal, ``worktrees-again.json``, holds those that are half made."""

    def __init__(self, store: Store, stores: CheckpointStores, paths: Paths) -> None:
        self._store = store
        self._stores = stores
        self._journal = Journal(paths.home / "worktrees-again.json", _Entry, key=lambda entry: entry.path)
        self._making: defaultdict[WorktreeId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def bring_back(self, session: Session) -> str | None:
        """Make the session's worktree again if it is gone; a sentence about it, None if there was nothing to do.

        Raises Unprocessable if its repository is gone too or the worktree was moved, Conflict if its branch is in use
        elsewhere, GitFailed.
        """
        worktree_id = session.repo.worktree_id
        if worktree_id is None:
            return None
        async with self._making[worktree_id]:
            tree, repo, commits = await self._store.read(lambda r: _known(r, session, worktree_id))
            path, main = Path(tree.path), Path(repo.local_path)
            if not await asyncio.to_thread(remaking.is_gone, path):
                return None
            if not await asyncio.to_thread(main.is_dir):
                raise Unprocessable(f"The worktree {path} is gone, and so is its repository {main}.")
            branch = session.git_state.ref or tree.ref or tree.name
            await check_not_moved(repo, tree, branch)
            self._journal.add(_Entry(repo=str(main), path=str(path)))
            try:
                said = await self._make(repo, tree, branch, commits)
            finally:
                self._journal.remove(str(path))
            await asyncio.to_thread(Path(session.repo.cwd).mkdir, parents=True, exist_ok=True)
        _log.warning("session %s: %s", session.session_id, said)
        return said

    async def undo_half_made(self) -> None:
        """After a crash: remove what was half made, in which no session worked again yet."""
        for entry in self._journal.left_behind():
            try:
                await remaking.remove_half_made(Path(entry.repo), Path(entry.path))
            except AgorError as error:
                _log.warning("the half-made worktree %s is still there: %s", entry.path, error)
        self._journal.clear()

    async def _make(self, repo: Repo, tree: Worktree, branch: str, commits: list[str]) -> str:
        path, main = Path(tree.path), Path(repo.local_path)
        kept = await self._stores.of(repo.repo_id, main)
        checkpoint = await _first_whole(kept, commits)
        filters = await allowed_filters(main, repo.trust.filters)
        if checkpoint is not None:
            await supply_history(kept, main, checkpoint.head)
        start = checkpoint.head if checkpoint is not None else tree.base_sha or "HEAD"
        there = await remaking.make_again(main, path, branch=branch, start=start, config=filters.config)
        restored = (kept, checkpoint) if checkpoint is not None and there else None
        try:
            notes = await outfit(repo, path, filters, Outfit((main,), restored, again=True))
        except BaseException:
            await asyncio.shield(remaking.remove_half_made(main, path))
            raise
        if checkpoint is None:
            said = MADE_PLAIN.format(path=path, branch=branch)
        elif not there:
            said = MOVED_ON.format(path=path, branch=branch, head=short_sha(checkpoint.head))
        else:
            said = MADE.format(path=path, branch=branch)
        return "\n".join([said, *notes])


async def _first_whole(kept: ObjectStore, commits: list[str]) -> Checkpoint | None:
    """The first checkpoint that is kept, and whole."""
    for commit in commits:
        try:
            checkpoint = await git_checkpoints.load(kept, commit)
            await git_checkpoints.check_whole(kept, checkpoint)
        except GitFailed as error:
            _log.warning("a worktree is made again without the checkpoint %s: %s", commit, error)
        else:
            return checkpoint
    return None


def _known(r: Reader, session: Session, worktree_id: WorktreeId) -> tuple[Worktree, Repo, list[str]]:
    """The worktree, its repo, and the session's checkpoints, the newest first."""
    tree = worktrees.get(r, worktree_id)
    of_tasks = [task.git_state for task in reversed(tasks.of_session(r, session.session_id))]
    commits = [session.git_state.checkpoint, *(c for s in of_tasks for c in (s.checkpoint_end, s.checkpoint_start))]
    return tree, repos.get(r, tree.repo_id), list(dict.fromkeys(commit for commit in commits if commit is not None))
