"""What a checkpoint does not hold of its working tree, so that a fork from it lacks it, besides work in submodules."""

import asyncio
from pathlib import Path

from agor_core.git.conversion import conversion
from agor_core.git.files import at, is_there
from agor_core.git.hidden import hidden_changes
from agor_core.git.ignored import ignored_paths
from agor_core.git.porcelain import lossy
from agor_core.git.snapshot import real_index

IGNORED = "Ignored files that stayed where they were"
HIDDEN = "Changes hidden from git (skip-worktree, assume-unchanged) that stayed where they were"


async def left_behind(source: Path, fork: Path) -> list[tuple[str, list[str]]]:
    """By kind, the paths of the working tree ``source`` that its ``fork`` has not, as both are now. GitFailed."""
    ignored, hidden = await asyncio.gather(_ignored(source, fork), hidden_changes(source))
    kinds = ((IGNORED, ignored), (HIDDEN, [lossy(path) for path in hidden]))
    return [(kind, paths) for kind, paths in kinds if paths]


async def _ignored(source: Path, fork: Path) -> list[str]:
    found = await ignored_paths(real_index(source, await conversion(source)))
    return await asyncio.to_thread(lambda: [lossy(path) for path in found if not is_there(at(fork, path))])
