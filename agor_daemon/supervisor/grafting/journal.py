"""The journal of grafts that are being made: what a crash or a failure left half done is taken back."""

import asyncio
import logging
import os
from pathlib import Path

import msgspec

from agor_core.db.store import Store
from agor_core.domain.session import Session
from agor_core.errors import AgorError
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git import taking_back
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.filters import allowed_filters
from agor_core.git.grafting import GraftPlan
from agor_core.git.porcelain import lossy, quoted, unquoted
from agor_core.git.taking_back import GraftedFile
from agor_core.ids import RepoId
from agor_core.repositories import repos
from agor_daemon.supervisor.grafting import kept_grafts
from agor_daemon.supervisor.journal import Journal
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores

_log = logging.getLogger("agor.supervisor")


class GraftEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A graft that is being made: files by quoted path, mode and blob, in a worktree of which ``before`` is kept."""

    graft_id: str
    session_id: str
    repo_id: str
    worktree: str
    before: str
    files: tuple[tuple[str, str, str], ...]


class GraftJournal:
    """Kept in a file of the home, by the id of the graft."""

    def __init__(self, file: Path, store: Store, stores: CheckpointStores) -> None:
        self._store = store
        self._stores = stores
        self._journal = Journal(file, GraftEntry, key=lambda entry: entry.graft_id)

    def add(self, graft_id: str, target: Session, top: Path, now: Checkpoint, planned: GraftPlan) -> None:
        """Note a graft before its first file is changed."""
        files = [(quoted(path).decode(), mode.decode(), blob) for path, (mode, blob) in planned.files.written.items()]
        files += [(quoted(path).decode(), "", "") for path in planned.files.removed]
        entry = GraftEntry(
            graft_id=graft_id,
            session_id=target.session_id,
            repo_id=str(target.repo.repo_id),
            worktree=os.fspath(top),
            before=now.commit,
            files=tuple(files),
        )
        self._journal.add(entry)

    def done(self, graft_id: str) -> None:
        """Its files are as they are to be."""
        self._journal.remove(graft_id)

    async def give_back(self, graft_id: str) -> bool:
        """Take back at once what failed, if anything was done; False if that fails too: the next start does it."""
        entry = self._journal.get(graft_id)
        if entry is None:
            return True
        try:
            await self._take_back(entry)
        except (AgorError, OSError) as error:
            _log.warning("the graft that failed in %s is taken back at the next start: %s", entry.worktree, error)
            return False
        self._journal.remove(graft_id)
        return True

    async def undo_half_made(self) -> None:
        """After a crash: take back what was half grafted. What cannot be now is tried again at the next start."""
        left = self._journal.left_behind()
        for entry in left:
            self._journal.add(entry)
        for entry in left:
            await self.give_back(entry.graft_id)

    async def _take_back(self, entry: GraftEntry) -> None:
        top, repo_id = Path(entry.worktree), RepoId(entry.repo_id)
        if not await asyncio.to_thread(top.is_dir):
            return
        async with self._stores.taking(repo_id, top) as kept:
            before = await git_checkpoints.load(kept, entry.before)
            files = [GraftedFile(unquoted(path.encode()), mode.encode(), blob) for path, mode, blob in entry.files]
            repo = await self._store.read(lambda r: repos.get(r, repo_id))
            filters = await allowed_filters(top, repo.trust.filters)
            left = await taking_back.take_back(kept, top, before, files, filters)
            await kept_grafts.forget_graft(kept, entry.session_id, entry.graft_id)
        for path in left:
            _log.warning("%s in %s was written since a graft was cut off; it stays as it is", lossy(path), top)
