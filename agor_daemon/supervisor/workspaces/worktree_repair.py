"""After a power cut or a kill: worktrees whose ``.git`` file is empty are made worktrees again, stale locks removed."""

import asyncio
import logging
from pathlib import Path

from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.errors import AgorError, Unavailable
from agor_core.git.durability import repair_pointer
from agor_core.git.stale_locks import remove_stale_locks
from agor_core.repositories import base
from agor_core.repositories.mappings import REPOS, WORKTREES

_log = logging.getLogger("agor.supervisor")


async def repair_worktrees(store: Store) -> int:
    """Write the ``.git`` files that are empty again; how many. What fails is logged. Raises Unavailable."""
    try:
        places = await store.read(_places)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - logged; what is wrong with one record must not keep the daemon from starting
        _log.exception("the worktrees cannot be looked at")
        return 0
    return await asyncio.to_thread(lambda: sum(_repaired(repo, worktree) for repo, worktree in places))


def _places(r: Reader) -> list[tuple[Path, Path]]:
    """Every worktree with its repository."""
    repos = {repo.repo_id: Path(repo.local_path) for repo in base.matching(r, REPOS)}
    trees = base.matching(r, WORKTREES)
    return [(repos[tree.repo_id], Path(tree.path)) for tree in trees if tree.repo_id in repos]


def _repaired(repo: Path, worktree: Path) -> bool:
    try:
        repaired = repair_pointer(repo, worktree)
    except (AgorError, OSError) as error:
        _log.warning("the worktree %s cannot be looked at: %s", worktree, error)
        return False
    try:
        for lock in remove_stale_locks(worktree) if worktree.is_dir() else []:
            _log.warning("removed the lock %s, which a git left that was killed", lock)
    except (AgorError, OSError) as error:
        _log.warning("the locks of the worktree %s cannot be looked at: %s", worktree, error)
    if repaired:
        _log.warning("the worktree %s had lost its repository; it is there again", worktree)
    return repaired
