"""Letting a worktree go: its files are kept as a checkpoint, its folder is removed, and its branch stays.

A prompt to a session that worked in it makes it again in place.
"""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.domain.session import Session
from agor_core.domain.worktree import Worktree
from agor_core.errors import Conflict
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git import losses
from agor_core.git import worktrees as git_worktrees
from agor_core.git.location import head
from agor_core.git.refs import checkpoint_ref
from agor_core.repositories import repos, sessions, worktrees
from agor_daemon.supervisor.workspaces import checkpoints
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores

_IN_CHECKPOINT = re.compile(r"uncommitted: |untracked: ")
_ON_BRANCH = re.compile(r"\d+ commits?: ")


class LettingGo:
    """Lets worktrees go. The caller sees to it that no turn of their sessions runs or begins meanwhile."""

    def __init__(self, store: Store, stores: CheckpointStores) -> None:
        self._store = store
        self._stores = stores

    async def users(self, worktree_id: str) -> list[Session]:
        """The sessions that work in a worktree, or in a folder inside of it. Raises NotFound."""
        return await self._store.read(lambda r: worktrees.working_in(r, worktrees.get(r, worktree_id)))

    async def run(self, worktree_id: str, *, force: bool) -> Worktree:
        """Keep the files and remove the folder; nothing happens if it is gone.

        Raises NotFound, GitFailed, and Conflict for a session at work or without a way back, a lock and, without
        ``force``, for what the checkpoint cannot hold.
        """
        tree, repo_path = await self._store.read(lambda r: _known(r, worktree_id))
        path, users = Path(tree.path), await self.users(worktree_id)
        if not await asyncio.to_thread(path.is_dir):
            return tree
        for session in users:
            if session.active:
                raise Conflict(f"The session {session.short_id} is at work there; stop it first.")
            if session.repo.worktree_id != tree.worktree_id:
                raise Conflict(f"The session {session.short_id} works in a folder inside of it, which would be lost.")
        if not users:
            raise Conflict("No session works in this worktree, so none could bring it back; remove it instead.")
        kept, left_out = await self._keep(tree, users)
        if not force and (lost := [*await lost_with(path), *(f"too large: {name}" for name in left_out[:5])]):
            raise Conflict(
                f"The worktree {path} holds files that no checkpoint can hold: {'; '.join(lost)}. "
                "Let it go all the same with force."
            )
        await git_worktrees.remove(repo_path, path, discard=True)
        await self._store.write(lambda w: _note(w, users, kept))
        return tree

    async def _keep(
        self, tree: Worktree, users: Sequence[Session]
    ) -> tuple[git_checkpoints.Checkpoint, tuple[str, ...]]:
        """A checkpoint of the files, for each of the sessions."""
        path = Path(tree.path)
        async with self._stores.taking(tree.repo_id, path) as store:
            for session in users:
                ref = checkpoint_ref(session.session_id, "last", "now")
                kept = await git_checkpoints.take(store, path, ref, limits=self._stores.limits)
        return kept, kept.left_out


async def lost_with(worktree: Path) -> list[str]:
    """Phrases for what would be lost with the folder of a worktree, its files being kept and its branch staying."""
    on_branch = (await head(worktree)).branch is not None
    return but_kept(await losses.losses(worktree), on_branch=on_branch)


def but_kept(phrases: Sequence[str], *, on_branch: bool) -> list[str]:
    """The phrases without those for what a checkpoint holds or the branch leads to."""
    found = [phrase for phrase in phrases if _IN_CHECKPOINT.match(phrase) is None]
    return [phrase for phrase in found if not on_branch or _ON_BRANCH.match(phrase) is None]


def _known(r: Reader, worktree_id: str) -> tuple[Worktree, Path]:
    tree = worktrees.get(r, worktree_id)
    return tree, Path(repos.get(r, tree.repo_id).local_path)


def _note(w: Writer, users: Sequence[Session], kept: git_checkpoints.Checkpoint) -> None:
    """Note in the sessions what brings their files back."""
    for session in users:
        current = sessions.get(w, session.session_id, lock=True)
        state = checkpoints.session_state(current.git_state, kept)
        sessions.update(w, msgspec.structs.replace(current, git_state=state))
