"""New worktrees: made on disk by git, noted in a journal until they are stored, undone if they never are."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from agor_core.config.paths import Paths
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.repo import Repo
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, Conflict, FilterFailed, InvalidInput
from agor_core.git import worktrees as git_worktrees
from agor_core.git.branch_names import FALLBACK
from agor_core.git.filters import Filters, allowed_filters
from agor_core.git.porcelain import printable
from agor_core.ids import RepoId, WorktreeId, new_id
from agor_core.repositories import base, worktrees
from agor_core.repositories.mappings import WORKTREES
from agor_daemon.supervisor.workspaces.outfitting import NOT_RUNNING, Outfit, outfit
from agor_daemon.supervisor.workspaces.ports import free_block
from agor_daemon.supervisor.workspaces.worktree_journal import WorktreeEntry, WorktreeJournal

MOST_RACES = 20
"""Names that another program may take between the choice and the creation, before it is an error."""
_log = logging.getLogger("agor.supervisor")


@dataclass(frozen=True, slots=True)
class WorktreePlan:
    """A worktree to make at the commit ``start``, with the session's folder ``prefix`` in it.

    A ``name`` that is taken gets a number, and ``fallback`` is the name where ``name`` cannot be one. With ``exact``
    the first raises Conflict, and a name that would have to change by more than case and spaces raises InvalidInput.
    ``target`` is the branch that its work is meant for.
    """

    name: str | None
    start: str
    prefix: str = ""
    fallback: str = FALLBACK
    exact: bool = False
    outfit: Outfit = field(default_factory=Outfit)
    target: str | None = None


@dataclass(frozen=True, slots=True)
class NewWorktree:
    """A worktree on disk that is not in the store yet; ``cwd`` is the session's folder in it."""

    repo: Repo
    record: Worktree
    cwd: str
    target: str | None = None


class WorktreeMaker:
    """Makes worktrees below the home. ``journal`` holds those that are neither stored nor undone yet."""

    def __init__(self, store: Store, paths: Paths) -> None:
        self.journal = WorktreeJournal(paths.home / "worktrees.json")
        self._store = store
        self._root = paths.worktrees
        self._making: defaultdict[RepoId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._ports: set[int] = set()
        """The blocks given since the start."""

    async def make(self, repo: Repo, at: Path, plan: WorktreePlan) -> NewWorktree:
        """Make a worktree on a new branch; the caller stores it, or calls :meth:`undo`. Raises GitFailed."""
        filters = await allowed_filters(at, repo.trust.filters)
        async with self._making[repo.repo_id]:
            for tries_left in reversed(range(MOST_RACES)):
                name, branch, path = await self._free_place(repo, at, plan)
                self.journal.add(WorktreeEntry(repo=repo.local_path, path=str(path), branch=branch, start=plan.start))
                try:
                    notes = await self._add(at, path, branch, plan.start, filters)
                    break
                except BaseException as error:  # a Conflict: another program took the name meanwhile
                    self.journal.remove(str(path))
                    if not isinstance(error, Conflict) or not tries_left:
                        raise
        try:
            notes += await outfit(repo, path, filters, plan.outfit)
            cwd = path / plan.prefix
            cwd.mkdir(parents=True, exist_ok=True)
            ports = await self.free_ports()
        except BaseException:
            await asyncio.shield(self._undo(repo, path, branch))
            raise
        record = Worktree(
            worktree_id=WorktreeId(new_id()),
            repo_id=repo.repo_id,
            name=name,
            path=str(path),
            ref=branch,
            base_sha=plan.start,
            port_base=ports,
            notes=tuple(notes),
            set_up=False,
            created_at="",
            updated_at="",
        )
        return NewWorktree(repo, record, str(cwd), plan.target)

    async def _add(self, at: Path, path: Path, branch: str, start: str, filters: Filters) -> list[str]:
        """Check out with the filters that may run, or without any where one of them cannot; notes about that."""
        try:
            await git_worktrees.add(at, path, branch=branch, start=start, filters=filters)
        except FilterFailed as error:
            _log.warning("the worktree %s is made without filters: %s", path, error.stderr)
            await git_worktrees.add(at, path, branch=branch, start=start)
            reason = printable(error.stderr.strip().rpartition("\n")[0] or error.stderr)[:300]
            return [NOT_RUNNING.format(driver=error.driver, reason=reason)]
        return []

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
        await self._undo(made.repo, Path(made.record.path), made.record.ref)

    async def _undo(self, repo: Repo, path: Path, branch: str | None) -> None:
        await git_worktrees.remove(Path(repo.local_path), path, branch=branch, discard=True)
        self.journal.remove(str(path))

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

    async def free_ports(self) -> int | None:
        """The first port of a block for a new worktree, which no other gets; None if all are taken."""
        given = await self._store.read(lambda r: {tree.port_base for tree in base.matching(r, WORKTREES)})
        taken = {port for port in given if port is not None} | self._ports
        if (found := await asyncio.to_thread(free_block, taken)) is not None:
            self._ports.add(found)
        return found

    async def _free_place(self, repo: Repo, at: Path, plan: WorktreePlan) -> tuple[str, str, Path]:
        """The name, branch and path for a new worktree."""
        prefix = repo.settings.branch_prefix or ""
        wanted = git_worktrees.branch_name(plan.name or "", (), fallback=plan.fallback)
        if plan.exact and "-".join((plan.name or "").lower().split()) != wanted:
            message = f"name: {plan.name!r} cannot name a worktree and its branch as it stands; {wanted!r} can."
            raise InvalidInput(message, place="name")
        taken = await git_worktrees.branches(at)
        names = _names_in(git_worktrees.place(self._root, repo.slug))
        names |= await self._store.read(lambda r: {tree.name for tree in worktrees.of_repo(r, repo.repo_id)})
        taken |= {f"{prefix}{name}" for name in names}
        name = git_worktrees.branch_name(plan.name or "", taken, fallback=plan.fallback, prefix=prefix)
        if plan.exact and name != wanted:
            raise Conflict(f"There is already a branch or a worktree {wanted!r} in the repository {repo.slug}.")
        return name, f"{prefix}{name}", git_worktrees.place(self._root, repo.slug, name)


def insert_worktree(w: Writer, made: NewWorktree) -> None:
    """Store a new worktree's record."""
    worktrees.insert(w, msgspec.structs.replace(made.record, created_at=w.at, updated_at=w.at))


def _names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
