"""The hooks of the user's that run when commits are made, and whether a session changed them."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from agor_core.git.files import common_directory
from agor_core.git.process import attempt

NAMES = (
    "pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-merge-commit", "post-merge", "pre-rebase",
    "post-rewrite",
)  # fmt: skip
CONFIGURED_BY = (b".pre-commit-config.yaml", b"lefthook.yml", b"lefthook.yaml", b".lefthook.yml", b".husky/")
"""Files and folders of a working tree that say what well-known hooks do; a folder ends with a slash."""
_FOLDERS = tuple(name for name in CONFIGURED_BY if name.endswith(b"/"))


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook; ``changed`` is True if the session may have changed what it does."""

    name: str
    changed: bool


async def hooks_folder(worktree: Path) -> Path | None:
    """The folder in which the user's git looks for hooks, for this working tree; it need not exist."""
    said = await attempt("config", "-z", "--show-scope", "--type=path", "--get-all", "core.hooksPath", cwd=worktree)
    pieces = said.stdout.split(b"\0")[:-1]
    values = [value for scope, value in zip(pieces[::2], pieces[1::2], strict=False) if scope != b"command"]
    if values:
        return worktree / os.fsdecode(values[-1]) if values[-1] else None
    return common_directory(worktree).resolve() / "hooks"


def hooks_in(folder: Path | None, worktree: Path, changed: Collection[bytes], since: float) -> list[Hook]:
    """The hooks that would run; ``changed`` are the paths that the session changed since the time ``since``."""
    if folder is None or not folder.is_dir():
        return []
    configured = any(path == name or path.startswith(_FOLDERS) for path in changed for name in CONFIGURED_BY)
    found = []
    for name in NAMES:
        file = folder / name
        if file.is_file() and os.access(file, os.X_OK):
            inside = os.fsencode(os.path.relpath(file, worktree)) in changed
            found.append(Hook(name, configured or inside or file.stat().st_mtime > since))
    return found


def with_those_of(checkout: Path, folder: Path | None, worktree: Path) -> Path | None:
    """The folder of hooks of a working tree; that of the checkout where the tree lacks it, as git ignores it."""
    if folder is None or folder.is_dir() or not folder.is_relative_to(worktree):
        return folder
    theirs = checkout / folder.relative_to(worktree)
    return theirs if theirs.is_dir() else folder
