"""Changes that git was told not to look at: files under ``skip-worktree`` or ``assume-unchanged`` that were changed."""

import asyncio
from pathlib import Path

from agor_core.git.conversion import conversion
from agor_core.git.files import at, is_there
from agor_core.git.porcelain import fields
from agor_core.git.snapshot import Index, list_pending, scratch_index


async def hidden_changes(worktree: Path) -> list[bytes]:
    """The paths of files whose content is another than the index's, unseen by ``git status``. Raises GitFailed."""
    with scratch_index(worktree, await conversion(worktree)) as index:
        shown = await show_hidden(index)
        return sorted((await list_pending(index)).tracked.keys() & shown) if shown else []


async def show_hidden(index: Index) -> set[bytes]:
    """Take both marks off those files of a scratch index that are there, so that git looks at them; their paths.

    A file that is not there is hidden by a sparse checkout, and stays so.
    """
    marked = _marked(fields(await index.git("ls-files", "-v", "-z")))
    there = await asyncio.to_thread(lambda: {path for path in marked if is_there(at(index.worktree, path))})
    if there:
        paths = b"".join(path + b"\0" for path in there)
        for mark in ("skip-worktree", "assume-unchanged"):  # one call takes only one of them off
            await index.git("update-index", f"--no-{mark}", "-z", "--stdin", stdin=paths)
    return there


def _marked(listing: list[bytes]) -> list[bytes]:
    """The paths under either mark in ``ls-files -v``: ``S`` is skipped, a small letter is assumed to be unchanged."""
    return [entry[2:] for entry in listing if entry[:1] == b"S" or entry[:1].islower()]
