"""New worktrees: made on disk by git, noted in a journal until they are stored, undone if they never are."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from agor_core.config.paths import Paths
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.repo import Repo
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, Conflict, InvalidInput
from agor_core.git import worktrees as git_worktrees
from agor_core.ids import RepoId, WorktreeId, new_id
from agor_core.repositories import worktrees
from agor_daemon.supervisor.workspaces.worktree_journal import WorktreeEntry, WorktreeJournal

MOST_RACES = 20
"""Names that another program may take between the choice and the creation, before it is an error."""
_log = logging.getLogger("agor.supervisor")


@dataclass(frozen=True, slots=True)
class NewWorktree:
    """A worktree on disk that is not in the store yet; ``cwd`` is the session's folder in it."""

    repo: Repo
    record: Worktree
    cwd: str


class WorktreeMaker:
    """Makes worktrees below the home. ``journal`` holds those that are neither stored nor undone yet."""

    def __init__(self, store: Store, paths: Paths) -> None:
        self.journal = WorktreeJournal(paths.home / "worktrees.json")
        self._store = store
        self._root = paths.worktrees
        self._making: defaultdict[RepoId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def make(
        self, repo: Repo, at: Path, *, name: str | None, start: str, prefix: str, exact: bool = False
    ) -> NewWorktree:
        """Make a worktree on a new branch at ``start``; the caller stores it, or calls :meth:`undo`.

        A name that is taken gets a number. With ``exact`` that raises Conflict, and a name that would have to change
        by more than case and spaces to name a branch raises InvalidInput.
        """
        async with self._making[repo.repo_id]:
            for tries_left in reversed(range(MOST_RACES)):
                branch, path = await self._free_place(repo, at, name, exact=exact)
                self.journal.add(WorktreeEntry(repo=repo.local_path, path=str(path), branch=branch, start=start))
                try:
                    await git_worktrees.add(at, path, branch=branch, start=start)
                    break
                except BaseException as error:  # a Conflict: another program took the name meanwhile
                    self.journal.remove(str(path))
                    if not isinstance(error, Conflict) or not tries_left:
                        raise
        cwd = path / prefix
        cwd.mkdir(parents=True, exist_ok=True)
        record = Worktree(
            worktree_id=WorktreeId(new_id()),
            repo_id=repo.repo_id,
            name=branch,
            path=str(path),
            ref=branch,
            base_sha=start,
            created_at="",
            updated_at="",
        )
        return NewWorktree(repo, record, str(cwd))

    @asynccontextmanager
    async def undone_on_failure(self, made: NewWorktree) -> AsyncIterator[None]:
        """Around the steps that store a new worktree: one that fails undoes it."""
        try:
            yield
            self.journal.remove(made.record.path)
        except BaseException:
            await asyncio.shield(self.undo(made))
            raise

    async def undo(self, made: NewWorktree) -> None:
        """Remove a worktree that was just made, unless it is stored after all.

        A caller that was cancelled during a write does not know whether the write was done.
        """
        if await self._store.read(lambda r: worktrees.by_path(r, made.record.path)) is not None:
            return
        main = Path(made.repo.local_path)
        await git_worktrees.remove(main, Path(made.record.path), branch=made.record.ref, discard=True)
        self.journal.remove(made.record.path)

    async def undo_half_made(self) -> None:
        """After a crash: remove the worktrees that were not stored yet, in which no session ever worked."""
        for entry in self.journal.left_behind():
            if await self._store.read(lambda r, entry=entry: worktrees.by_path(r, entry.path)) is None:  # type: ignore[misc]
                repo, path = Path(entry.repo), Path(entry.path)
                try:
                    await git_worktrees.undo(repo, path, branch=entry.branch, start=entry.start)
                except AgorError as error:
                    _log.warning("the half-made worktree %s is still there: %s", path, error)
        self.journal.clear()

    async def _free_place(self, repo: Repo, at: Path, name: str | None, *, exact: bool) -> tuple[str, Path]:
        """The branch and path for a new worktree of this name."""
        wanted = git_worktrees.branch_name(name or "", ())
        if exact and "-".join((name or "").lower().split()) != wanted:
            message = f"name: {name!r} cannot name a worktree and its branch as it stands; {wanted!r} can."
            raise InvalidInput(message, place="name")
        taken = set(await git_worktrees.branches(at)) | _names_in(git_worktrees.place(self._root, repo.slug))
        taken |= await self._store.read(lambda r: {tree.name for tree in worktrees.of_repo(r, repo.repo_id)})
        branch = git_worktrees.branch_name(name or "", taken)
        if exact and branch != wanted:
            raise Conflict(f"There is already a branch or a worktree {wanted!r} in the repository {repo.slug}.")
        return branch, git_worktrees.place(self._root, repo.slug, branch)


def insert_worktree(w: Writer, made: NewWorktree) -> None:
    """Store a new worktree's record."""
    worktrees.insert(w, msgspec.structs.replace(made.record, created_at=w.at, updated_at=w.at))


def _names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
