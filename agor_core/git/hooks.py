"""The folder of a repository's hooks, as git will look for it in a worktree."""

import os
from pathlib import Path

from agor_core.git.porcelain import lossy, printable
from agor_core.git.process import attempt


async def missing_hooks(worktree: Path) -> str | None:
    """The configured ``core.hooksPath`` if the worktree does not have that folder: no hook runs there. None else."""
    said = await attempt("config", "-z", "--show-scope", "--type=path", "--get-all", "core.hooksPath", cwd=worktree)
    pieces = said.stdout.split(b"\0")[:-1]
    values = [value for scope, value in zip(pieces[::2], pieces[1::2], strict=False) if scope != b"command"]
    if not values or not values[-1] or (worktree / os.fsdecode(values[-1])).is_dir():
        return None
    return printable(lossy(values[-1]))
