"""Whether a session's repository is where Agor knows it, and its worktree is linked to it."""

import asyncio
import shlex
from pathlib import Path

from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, Unprocessable
from agor_core.git.files import git_directory, is_there
from agor_core.git.porcelain import printable
from agor_core.git.relinking import moved_to
from agor_core.ids import short_id
from agor_core.repositories import repos, worktrees

MOVED = (
    "The repository {slug} is not at {path} any more. If it was moved or renamed, tell Agor its new place: "
    "agor repo move {slug} PATH"
)
UNLINKED = (
    "The worktree {path} is not linked to its repository {slug} any more. To repair the links: "
    "agor repo move {slug} {repository}"
)
MOVED_WORKTREE = (
    "The worktree {path} was moved to {new}. Tell Agor its new place: agor worktree move {worktree} {place}"
)


async def check_not_moved(repo: Repo, tree: Worktree, branch: str | None) -> None:
    """Raises Unprocessable, with the way out, for a worktree that is gone from its place and is elsewhere."""
    new = await moved_to(Path(repo.local_path), Path(tree.path), branch)
    if new is not None:
        place = shlex.quote(str(new))
        said = MOVED_WORKTREE.format(path=tree.path, new=new, worktree=short_id(tree.worktree_id), place=place)
        raise Unprocessable(printable(said))


async def check_in_place(store: Store, session: Session) -> None:
    """Raises Unprocessable, with the way out, for a repository that was moved and a worktree that lost its link.

    A worktree that is gone may be made again, and is no error here.
    """
    repo, tree = await store.read(lambda r: _places(r, session))
    if repo is None:
        return
    sentence = await asyncio.to_thread(_problem, repo, tree)
    if sentence is not None:
        raise Unprocessable(sentence)


def check_repository(repo: Repo) -> None:
    """Raises Unprocessable, with the way out, for a repository that is not where Agor knows it; looks at the disk."""
    if not _is_repository(Path(repo.local_path)):
        raise Unprocessable(MOVED.format(slug=repo.slug, path=repo.local_path))


def _places(r: Reader, session: Session) -> tuple[Repo | None, Worktree | None]:
    repo_id, worktree_id = session.repo.repo_id, session.repo.worktree_id
    return (
        repos.get(r, repo_id) if repo_id is not None else None,
        worktrees.get(r, worktree_id) if worktree_id is not None else None,
    )


def _problem(repo: Repo, tree: Worktree | None) -> str | None:
    if not _is_repository(Path(repo.local_path)):
        return MOVED.format(slug=repo.slug, path=repo.local_path)
    if tree is None or not is_there(Path(tree.path) / ".git"):
        return None
    try:
        linked = (git_directory(Path(tree.path)) / "HEAD").is_file()
    except AgorError:
        linked = False
    return None if linked else UNLINKED.format(path=tree.path, slug=repo.slug, repository=repo.local_path)


def _is_repository(path: Path) -> bool:
    return is_there(path / ".git") or (path / "HEAD").is_file()
