"""The places where checks run: a session's own folder, or a working tree that is made for one check."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from agor_core.config.paths import Paths
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, Unprocessable
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git import detached, diff
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.filters import allowed_filters
from agor_core.git.include import said
from agor_core.git.location import locate
from agor_core.git.refs import checkpoint_ref
from agor_core.git.supplying import supply_history
from agor_core.ids import WorktreeId
from agor_daemon.supervisor.checks.journal import CheckEntry, CheckJournal
from agor_daemon.supervisor.checks.targets import NO_CHECKPOINT, Target
from agor_daemon.supervisor.workspaces import repo_commands
from agor_daemon.supervisor.workspaces.outfitting import Outfit, outfit
from agor_daemon.supervisor.workspaces.workspaces import Workspaces

MOST_NAMED = 5
CHANGED = "The check changed files of the session: {paths}."
CHANGED_BESIDE = "A turn ran while it was checked, and these files changed: {paths}."
Step = Callable[[str, Path, dict[str, str]], Awaitable[int | None]]
"""Runs a command in a folder with further variables, and answers its exit code."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to run: the ``top`` of the files, the session's ``folder`` in it, git's name of the files, variables."""

    top: Path
    folder: Path
    tree: str | None
    variables: dict[str, str]
    checkpoint: Checkpoint | None = None


class Places:
    """Makes places ready and looks at them afterwards."""

    def __init__(self, workspaces: Workspaces, journal: CheckJournal, paths: Paths) -> None:
        self._workspaces = workspaces
        self._journal = journal
        self._trees = paths.check_trees

    async def present(self, target: Target) -> Place:
        """The session's own folder, with a checkpoint of the files as they are. Raises GitFailed."""
        session, repo, folder = target.session, target.repo, target.folder
        location = await locate(folder) if repo is not None else None
        if repo is None or location is None or location.bare:
            return Place(folder, folder, None, {})
        kept = await self._kept(session, location.toplevel, "before")
        return Place(location.toplevel, folder, kept.tree, _variables(repo, location.toplevel, target.worktree), kept)

    async def tree_now(self, target: Target) -> str | None:
        """Git's name of the session's present files; None outside of git. Raises GitFailed."""
        location = await locate(target.folder) if target.repo is not None else None
        if location is None or location.bare:
            return None
        return (await self._kept(target.session, location.toplevel, "now")).tree

    async def changes(self, target: Target, place: Place) -> str | None:
        """A sentence about the files that are others than before the check; None if none is."""
        repo_id = target.session.repo.repo_id
        if place.checkpoint is None or repo_id is None:
            return None
        after = await self._kept(target.session, place.top, "now")
        if after.tree == place.tree:
            return None
        store = await self._workspaces.stores.of(repo_id, place.top)
        found = diff.paths(await diff.changes(place.top, place.checkpoint.commit, after.commit, store=store))
        return (CHANGED_BESIDE if target.moving else CHANGED).format(paths=said(tuple(found), MOST_NAMED))

    @asynccontextmanager
    async def scratch(self, target: Target, commit: str, check_id: str, step: Step) -> AsyncIterator[Place]:
        """A working tree with the files of a checkpoint, outfitted and set up as a session's; gone afterwards.

        ``step`` runs the set-up and the tear-down. Raises Unprocessable, GitFailed.
        """
        repo = target.repo
        if repo is None:
            raise Unprocessable(NO_CHECKPOINT)
        path, main = self._trees / check_id, Path(repo.local_path)
        self._journal.add(CheckEntry(check_id=check_id, repo=str(main), path=str(path)))
        try:
            yield await self._make(target, repo, commit, path, step)
            await self._step(repo, path, "teardown", step, _variables(repo, path, None))
        finally:
            await asyncio.shield(detached.remove(main, path))

    async def _make(self, target: Target, repo: Repo, commit: str, path: Path, step: Step) -> Place:
        main = Path(repo.local_path)
        location = await locate(target.folder) if await asyncio.to_thread(target.folder.is_dir) else None
        where, prefix = (main, "") if location is None else (location.toplevel, location.prefix)
        kept = await self._workspaces.stores.of(repo.repo_id, where)
        try:
            checkpoint = await git_checkpoints.load(kept, commit)
        except AgorError as error:
            raise Unprocessable(NO_CHECKPOINT) from error
        if not checkpoint.born:
            raise Unprocessable("Nothing was committed at that task, so its files cannot be checked out.")
        await git_checkpoints.check_whole(kept, checkpoint)
        await supply_history(kept, main, checkpoint.head)
        filters = await allowed_filters(main, repo.trust.filters)
        await detached.add(main, path, commit=checkpoint.head, config=filters.config)
        lenders = tuple(dict.fromkeys(top for top in (where, main) if (top / ".git").exists()))
        await outfit(repo, path, filters, Outfit(lenders, (kept, checkpoint)))
        ports = await self._workspaces.maker.free_ports()
        variables = _variables(repo, path, None) | ({} if ports is None else {"AGOR_PORT_BASE": str(ports)})
        code = await self._step(repo, path, "setup", step, variables)
        if code != 0:
            how = "took too long" if code is None else f"ended with code {code}"
            raise Unprocessable(f"The set-up of the working tree {how}, so the check did not run; its log says why.")
        folder = path / prefix
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        return Place(path, folder, checkpoint.tree, variables)

    async def _step(
        self, repo: Repo, path: Path, kind: repo_commands.Kind, step: Step, variables: dict[str, str]
    ) -> int | None:
        command = await asyncio.to_thread(repo_commands.allowed_command, repo, path, kind)
        return 0 if command is None else await step(command, path, variables)

    async def _kept(self, session: Session, top: Path, point: str) -> Checkpoint:
        repo_id = session.repo.repo_id
        if repo_id is None:
            raise Unprocessable(NO_CHECKPOINT)
        ref = checkpoint_ref(session.session_id, "check", "before" if point == "before" else "now")
        async with self._workspaces.stores.taking(repo_id, top) as store:
            return await git_checkpoints.take(store, top, ref, limits=self._workspaces.stores.limits)


def _variables(repo: Repo, top: Path, tree: Worktree | None) -> dict[str, str]:
    """What programs are told of a place, as those of a worktree are."""
    known = tree or Worktree(
        worktree_id=WorktreeId(""), repo_id=repo.repo_id, name="", path=str(top), created_at="", updated_at=""
    )
    return repo_commands.place_environment(repo, known)
