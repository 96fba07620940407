"""What a session leaves in a repository when it is deleted for good: its worktree, its branch, its checkpoints."""

import asyncio
import logging
from collections.abc import Collection
from pathlib import Path

from agor_core.db.connections import Reader
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, NotFound
from agor_core.git import losses, refs
from agor_core.git import worktrees as git_worktrees
from agor_core.ids import SessionId
from agor_core.repositories import base, repos, worktrees
from agor_core.repositories.mappings import SESSIONS
from agor_daemon.supervisor.resources import Resources

_log = logging.getLogger("agor.supervisor")

Own = tuple[Repo, Worktree]


async def own_worktree(resources: Resources, session: Session, going: Collection[SessionId]) -> Own | None:
    """The worktree that was made for a session, unless somebody works in it who is not ``going`` as well."""
    return await resources.store.read(lambda r: _own_worktree(r, session, going))


async def would_be_lost(own: Own) -> list[str]:
    """Phrases that name what only this worktree and its branch hold; nothing where the folder is gone already."""
    _, tree = own
    folder = Path(tree.path)
    if not await asyncio.to_thread(folder.is_dir):
        return []
    return await losses.losses(folder, branch=_branch(tree))


async def remove_worktree(own: Own, *, discard: bool) -> None:
    """Take the folder and its branch away. Raises Conflict for work that would be lost, and GitFailed."""
    repo, tree = own
    if await asyncio.to_thread(Path(tree.path).is_dir):
        await git_worktrees.remove(Path(repo.local_path), Path(tree.path), branch=_branch(tree), discard=discard)


async def forget(resources: Resources, session: Session) -> None:
    """Let go of the checkpoints of a session that is no more; what fails is logged."""
    repo_id = session.repo.repo_id
    if repo_id is None:
        return
    try:
        repo = await resources.store.read(lambda r: repos.get(r, repo_id))
        await refs.forget_checkpoints(Path(repo.local_path), session.session_id)
    except (AgorError, OSError) as error:
        _log.warning("the checkpoints of session %s are still there: %s", session.session_id, error)


def _own_worktree(r: Reader, session: Session, going: Collection[SessionId]) -> Own | None:
    place = session.repo
    if not place.managed_worktree or place.worktree_id is None or place.repo_id is None:
        return None
    users = base.matching(r, SESSIONS, SESSIONS.table.c.worktree_id == place.worktree_id)
    if {user.session_id for user in users} - {session.session_id, *going}:
        return None
    try:
        return repos.get(r, place.repo_id), worktrees.get(r, place.worktree_id)
    except NotFound:
        return None


def _branch(tree: Worktree) -> str | None:
    return tree.ref if tree.new_branch else None
