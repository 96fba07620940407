"""Where a session works: repository, branch and worktree, in words."""

from pathlib import PurePath

from agor_core.domain.session import Session
from agor_tui.state import clean


def repo_name(session: Session) -> str:
    """The repository's slug; outside git the name of the folder."""
    return clean.line(session.repo.repo_slug or PurePath(session.repo.cwd).name)


def branch_label(session: Session) -> str:
    """The branch, with a star for uncommitted changes; empty outside git."""
    ref = clean.line(session.git_state.ref)
    return f"{ref}*" if ref and (session.git_state.current_sha or "").endswith("-dirty") else ref


def worktree_label(session: Session) -> str:
    """The worktree's name where the branch does not say it."""
    name, ref = clean.line(session.repo.worktree_name), clean.line(session.git_state.ref)
    return "" if not name or ref == name or ref.endswith(f"/{name}") else name


def place_key(session: Session) -> str:
    """What tells places apart: the repository, else the folder."""
    return session.repo.repo_id or session.repo.cwd
