"""The state of a folder in which a session is to start, read from its files: git is not run."""

from dataclasses import dataclass
from pathlib import Path

from agor_tui.state import clean


@dataclass(frozen=True, slots=True)
class FolderState:
    """A sentence for the form; ``bad`` if no session can start there, ``git`` if it is in a repository."""

    sentence: str
    bad: bool = False
    git: bool = False


def folder_state(folder: Path, *, worktree: bool) -> FolderState:
    """Which files a session gets that starts in this folder, with ``worktree`` in a worktree of its own."""
    try:
        if not folder.is_dir():
            return FolderState("there is no such folder", bad=True)
        top = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)
        if top is None:
            return FolderState("outside git; works in the folder itself, without checkpoints")
        branch = _branch(top / ".git")
    except (OSError, ValueError, RuntimeError):
        return FolderState("this folder cannot be read", bad=True)
    where = f"git, {branch}" if branch else "git"
    if worktree:
        return FolderState(f"{where}; begins at the last commit, uncommitted changes are not taken along", git=True)
    return FolderState(f"{where}; works on your own files, uncommitted changes and all", git=True)


def _branch(git: Path) -> str:
    """The branch of a checkout, from its HEAD; empty if it is detached."""
    if git.is_file():
        git = git.parent / git.read_text(encoding="utf-8", errors="replace").removeprefix("gitdir:").strip()
    head = (git / "HEAD").read_text(encoding="utf-8", errors="replace").strip()
    return clean.cut(clean.line(head.removeprefix("ref: refs/heads/")), 20) if head.startswith("ref: ") else ""
