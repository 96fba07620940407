"""Repositories and worktrees that were moved: Agor learns their new places, and the links between them are repaired."""

import asyncio
from pathlib import Path

import msgspec

from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.worktree import Worktree
from agor_core.errors import Conflict, GitFailed, Unprocessable
from agor_core.git import relinking
from agor_core.git.files import is_there
from agor_core.git.location import locate
from agor_core.ids import RepoId, WorktreeId
from agor_core.repositories import base, repos, sessions, worktrees
from agor_core.repositories.mappings import SESSIONS
from agor_daemon.directories import check_directory
from agor_daemon.supervisor.workspaces.presence import check_repository


class Moving:
    """Learns the new places of what was moved."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def repo(self, repo_id: RepoId, path: str) -> Repo:
        """Make the folder ``path`` the place of a repo. The same place once more repairs the links only.

        Raises NotFound, InvalidInput, Unprocessable (no repository), GitFailed, and Conflict where it is another one,
        or the old place still has this one.
        """
        folder = await asyncio.to_thread(check_directory, path, "local_path")
        location = await locate(folder)
        if location is None:
            raise Unprocessable(f"{path} is not in a git repository.")
        new = location.main_worktree
        repo, trees, known = await self._store.read(lambda r: _known(r, repo_id))
        old = Path(repo.local_path)
        if new != old:
            await _check_is_it(repo, new, trees, known)
        await relinking.relink(new, [Path(tree.path) for tree in trees])
        return await self._store.write(lambda w: _moved(w, repo_id, old, new))

    async def worktree(self, worktree_id: WorktreeId, path: str) -> Worktree:
        """Make the folder ``path`` the place of a worktree. The same place once more repairs the links only.

        Raises NotFound, InvalidInput, Unprocessable (its repository is not there), GitFailed, and Conflict where it is
        another one, or the old place still has this one.
        """
        new = await asyncio.to_thread(lambda: check_directory(path, "path").resolve())
        tree, repo = await self._store.read(lambda r: _worktree(r, worktree_id))
        await asyncio.to_thread(check_repository, repo)
        old = Path(tree.path)
        if new != old and await asyncio.to_thread(is_there, old / ".git"):
            raise Conflict(f"The worktree {tree.name} is still at {old}; move it first.")
        if await self._store.read(lambda r: worktrees.by_path(r, str(new))) is not None and new != old:
            raise Conflict(f"There is another worktree at {new}.")
        try:
            await relinking.relink_moved(Path(repo.local_path), old, new)
        except OSError as error:
            raise GitFailed(f"The links of {new} cannot be repaired: {error.strerror}.") from error
        return await self._store.write(lambda w: _moved_worktree(w, worktree_id, old, new))


def _moved_worktree(w: Writer, worktree_id: WorktreeId, old: Path, new: Path) -> Worktree:
    moved = msgspec.structs.replace(worktrees.get(w, worktree_id, lock=True), path=str(new))
    worktrees.update(w, moved)
    for session in base.matching(w, SESSIONS, SESSIONS.table.c.worktree_id == worktree_id, lock=True):
        cwd = Path(session.repo.cwd)
        if new != old and cwd.is_relative_to(old):
            place = msgspec.structs.replace(session.repo, cwd=str(new / cwd.relative_to(old)))
            sessions.update(w, msgspec.structs.replace(session, repo=place))
    return moved


def _worktree(r: Reader, worktree_id: WorktreeId) -> tuple[Worktree, Repo]:
    tree = worktrees.get(r, worktree_id)
    return tree, repos.get(r, tree.repo_id)


async def _check_is_it(repo: Repo, new: Path, trees: list[Worktree], known: list[Session]) -> None:
    """Raises Conflict for another repository, and for a copy beside the one that is still in its place."""
    old = Path(repo.local_path)
    if await asyncio.to_thread(_is_repository_itself, old):
        raise Conflict(f"The repository {repo.slug} is still at {old}; move it first, or add the other one as a repo.")
    commits = [tree.base_sha for tree in trees] + [session.git_state.base_sha for session in known]
    wanted = [commit for commit in dict.fromkeys(commits) if commit is not None]
    if wanted and not await relinking.has_any(new, wanted):
        raise Conflict(f"The repository at {new} is another one: it has none of the commits that {repo.slug} had.")


def _moved(w: Writer, repo_id: RepoId, old: Path, new: Path) -> Repo:
    repo = repos.get(w, repo_id, lock=True)
    moved = repos.update(w, msgspec.structs.replace(repo, local_path=str(new)))
    for session in base.matching(w, SESSIONS, SESSIONS.table.c.repo_id == repo_id, lock=True):
        cwd = Path(session.repo.cwd)
        if new != old and cwd.is_relative_to(old):
            place = msgspec.structs.replace(session.repo, cwd=str(new / cwd.relative_to(old)))
            sessions.update(w, msgspec.structs.replace(session, repo=place))
    return moved


def _known(r: Reader, repo_id: RepoId) -> tuple[Repo, list[Worktree], list[Session]]:
    of_repo = base.matching(r, SESSIONS, SESSIONS.table.c.repo_id == repo_id)
    return repos.get(r, repo_id), worktrees.of_repo(r, repo_id), of_repo


def _is_repository_itself(path: Path) -> bool:
    try:
        return (path / ".git").is_dir() or (path / "HEAD").is_file()
    except OSError as error:
        raise GitFailed(f"{path} cannot be looked at: {error.strerror}.") from error
