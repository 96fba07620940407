"""What a folder is, said before a session starts in it: read from its files, git is not run."""

from dataclasses import dataclass
from pathlib import Path

from agor_tui.state import clean


@dataclass(frozen=True, slots=True)
class FolderState:
    """A sentence, and whether a session cannot start there as things are."""

    sentence: str
    bad: bool = False


def describe(folder: Path, *, own: bool) -> FolderState:
    """What a session that starts there gets; ``own``: it is to have a worktree of its own."""
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
    if own:
        return FolderState(f"{where}; begins at the last commit, uncommitted changes are not taken along")
    return FolderState(f"{where}; works on your own files, uncommitted changes and all")


def _branch(git: Path) -> str:
    """The branch of a checkout, from its HEAD; empty where there is none."""
    if git.is_file():
        git = git.parent / git.read_text(encoding="utf-8", errors="replace").removeprefix("gitdir:").strip()
    head = (git / "HEAD").read_text(encoding="utf-8", errors="replace").strip()
    return clean.cut(clean.line(head.removeprefix("ref: refs/heads/")), 20) if head.startswith("ref: ") else ""
