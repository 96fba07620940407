"""What a new worktree gets besides its checkout: submodules, ignored files that are named, and notes of what lacks."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agor_core.domain.repo import Repo
from agor_core.errors import AgorError
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git import filters as git_filters
from agor_core.git import hooks, submodules
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.filtered import fill_pointers
from agor_core.git.filters import Filters
from agor_core.git.include import include, said
from agor_core.git.left_behind import left_behind
from agor_core.git.object_store import ObjectStore

UNCONFIRMED = (
    "The filter {driver} is in this repository's own config, which nobody has confirmed, so it did not run: its files "
    "hold what git stores. To allow it: agor repo confirm {slug}"
)
NOT_RUNNING = "The filter {driver} could not run, so its files hold what git stores. Git said: {reason}"
POINTERS = (
    "Files of Git LFS whose content is not on this machine: {count}. They hold pointers; to get them: git lfs pull"
)
EMPTY_SUBMODULES = "Submodules that are not on this machine, and stay empty: {paths}."
BROUGHT = "Ignored files that were brought along: {paths}."
NOT_BROUGHT = "Ignored files that could not be brought along: {paths}."
NO_HOOKS = (
    "core.hooksPath is {path}, which this worktree does not have, so no hook runs in it. "
    "Name it in .worktreeinclude, or let the set-up make it."
)
_log = logging.getLogger("agor.supervisor")


@dataclass(frozen=True, slots=True)
class Outfit:
    """``lenders`` are working trees that lend submodules and ignored files, best first.

    ``kept`` is the checkpoint that the worktree was restored to, with its store; else the files are those of HEAD. The
    worktree is made ``again`` where it was; else a checkpoint is that of another one.
    """

    lenders: Sequence[Path] = ()
    kept: tuple[ObjectStore, Checkpoint] | None = None
    again: bool = False


async def outfit(repo: Repo, worktree: Path, filters: Filters, wanted: Outfit) -> list[str]:
    """Fill a worktree that was checked out, and return the notes about it.

    What cannot be brought along is noted. Raises Conflict and GitFailed if the checkpoint cannot be restored.
    """
    notes = await _filters(repo, worktree, filters)
    if wanted.kept is not None:
        store, checkpoint = wanted.kept
        await git_checkpoints.restore(store, worktree, checkpoint)
        if git_filters.LFS in filters.on:
            await fill_pointers(worktree)
    for step in (_submodules, _ignored_files, _hooks, _left_behind):
        try:
            notes += await step(repo, worktree, wanted)
        except (AgorError, OSError) as error:
            _log.warning("the worktree %s: %s", worktree, error)
            notes.append(f"The new worktree is not all that it should be: {error}")
    return notes


async def _filters(repo: Repo, worktree: Path, filters: Filters) -> list[str]:
    unused = [driver for driver in filters.off if await git_filters.used(worktree, driver)]
    notes = [UNCONFIRMED.format(driver=driver, slug=repo.slug) for driver in unused]
    if not filters.on:
        return notes
    pointers = await git_filters.fill_lfs(worktree, filters)
    await git_filters.settle_times(worktree)
    return [*notes, POINTERS.format(count=pointers)] if pointers else notes


async def _submodules(repo: Repo, worktree: Path, wanted: Outfit) -> list[str]:
    if wanted.kept is None:
        modules = await submodules.recorded(worktree)
    else:
        store, checkpoint = wanted.kept
        modules = await submodules.recorded(worktree, checkpoint.tree, store)
    empty = await submodules.fill(worktree, modules, [*wanted.lenders, Path(repo.local_path)])
    return [EMPTY_SUBMODULES.format(paths=said(empty))] if empty else []


async def _ignored_files(repo: Repo, worktree: Path, wanted: Outfit) -> list[str]:
    if not wanted.lenders:
        return []
    brought = await include(wanted.lenders[0], worktree, repo.settings.include)
    pairs = ((BROUGHT, brought.copied), (NOT_BROUGHT, brought.failed))
    return [sentence.format(paths=said(paths)) for sentence, paths in pairs if paths]


async def _hooks(repo: Repo, worktree: Path, wanted: Outfit) -> list[str]:  # noqa: ARG001
    path = await hooks.missing_hooks(worktree)
    return [] if path is None else [NO_HOOKS.format(path=path)]


async def _left_behind(repo: Repo, worktree: Path, wanted: Outfit) -> list[str]:  # noqa: ARG001
    """What the working tree that a fork came from has, and the checkpoint had not."""
    if wanted.kept is None or wanted.again or not wanted.lenders:
        return []
    return [f"{kind}: {said(paths)}." for kind, paths in await left_behind(wanted.lenders[0], worktree)]
