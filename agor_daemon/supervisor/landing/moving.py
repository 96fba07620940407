"""The part of a landing that must not be half done: scratch trees, the move of a branch, and its record.

Before anything is made the journal says what; before a branch moves it says from where to where. So a daemon that was
killed anywhere is followed by one that finds the branch before or after, finishes what is to be finished in the
checkout, stores the record and clears the scratch trees away.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from agor_core.config.paths import Paths
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.landing import Landing, LandingStatus
from agor_core.errors import AgorError, NotFound, Unavailable
from agor_core.git import advancing, mending, scratch_trees
from agor_core.git.mending import Move
from agor_core.git.users_git import UsersGit
from agor_core.repositories import landings
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.landing.landing_journal import LandingEntry, LandingJournal

_log = logging.getLogger("agor.supervisor")


class Moving:
    """Scratch trees below the home, and branches that move; ``users`` runs the user's git."""

    def __init__(self, store: Store, paths: Paths, users: UsersGit) -> None:
        self._store = store
        self._users = users
        self._journal = LandingJournal(paths.home / "landings.json")
        self._trees = paths.home / "landing"

    @asynccontextmanager
    async def tree(self, name: str, move: Move, config: tuple[tuple[str, str], ...]) -> AsyncIterator[Path]:
        """A scratch tree at the commit where the branch stands; it is gone afterwards. Raises GitFailed."""
        path = self._trees / name
        entry = LandingEntry(
            identifier=name, repo=str(move.repo), scratch=str(path), branch=move.branch, since=time.time()
        )
        await self._add(entry)
        try:
            await scratch_trees.make(move.repo, path, move.old, config)
            yield path
        finally:
            await asyncio.shield(asyncio.ensure_future(self._clear(entry)))

    async def carry_out(self, landing: Landing, move: Move) -> Landing:
        """Move the branch and store the landing, whose status says whether it lands or is undone.

        It is not cancelled on the way. Raises Conflict, with nothing changed.
        """
        entry = LandingEntry(
            identifier=f"{landing.landing_id}-move",
            repo=str(move.repo),
            branch=move.branch,
            since=time.time(),
            old=move.old,
            new=move.new,
            checkout=None if move.checkout is None else str(move.checkout),
            back=move.back,
            landing=landing,
        )
        return await asyncio.shield(asyncio.ensure_future(self._move(entry, landing)))

    async def recover(self) -> None:
        """After a crash: settle what the journal names; what a git is still at work on waits for the next start."""
        waiting = [entry for entry in self._journal.left_behind() if not await self._settled(entry)]
        self._journal.clear()
        for entry in waiting:
            with contextlib.suppress(OSError):
                self._journal.add(entry)

    async def _move(self, entry: LandingEntry, landing: Landing) -> Landing:
        await self._add(entry)
        words = f"agor: landing {landing.landing_id} {landing.status}"
        try:
            await advancing.move(self._users, entry.move, words)
        except BaseException:
            self._journal.remove(entry.identifier)
            raise
        stored = await retrying.write(self._store, lambda w: _store(w, landing))
        self._journal.remove(entry.identifier)
        return stored

    async def _settled(self, entry: LandingEntry) -> bool:
        try:
            return await self._settle(entry)
        except (AgorError, OSError) as error:
            _log.warning("the landing %s in %s is not settled: %s", entry.identifier, entry.repo, error)
            return False

    async def _settle(self, entry: LandingEntry) -> bool:
        """Bring what a killed daemon left to an end; False if that has to wait for a git that is still at work."""
        root = Path(entry.repo)
        if not await asyncio.to_thread(root.is_dir):
            return True
        if (landing := entry.landing) is None:
            await scratch_trees.remove(root, Path(entry.scratch))
            return True
        place = root if entry.checkout is None else Path(entry.checkout)
        if not await mending.after_a_kill(place, entry.branch, entry.since):
            return False
        if await mending.mend(self._users, entry.move):
            with contextlib.suppress(NotFound):  # its session was removed
                await retrying.write(self._store, lambda w: _store(w, landing))
        return True

    async def _clear(self, entry: LandingEntry) -> None:
        await scratch_trees.remove(Path(entry.repo), Path(entry.scratch))
        self._journal.remove(entry.identifier)

    async def _add(self, entry: LandingEntry) -> None:
        try:
            await asyncio.to_thread(self._journal.add, entry)
        except OSError as error:
            raise Unavailable(f"The home takes no write, so nothing was changed: {error.strerror}.") from error


def _store(w: Writer, landing: Landing) -> Landing:
    if landing.status is LandingStatus.LANDED:
        return landings.insert(w, msgspec.structs.replace(landing, created_at=w.at))
    return landings.update(w, msgspec.structs.replace(landing, undone_at=w.at))
