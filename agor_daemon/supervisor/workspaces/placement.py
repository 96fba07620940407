"""Where a session works: its folder, repository and worktree, as its record says them."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from agor_core.domain.session import Session, SessionGitState, SessionRepo
from agor_core.errors import NoCommits
from agor_core.git.location import head
from agor_daemon.supervisor.workspaces.worktree_making import NewWorktree


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of a new session; ``made`` is the worktree that was made for it and is not stored yet."""

    repo: SessionRepo
    git_state: SessionGitState
    made: NewWorktree | None = None

    @classmethod
    def of(cls, session: Session) -> "Placement":
        """The same folder as another session's, which keeps its worktree."""
        return cls(msgspec.structs.replace(session.repo, managed_worktree=False), session.git_state)

    @classmethod
    def in_new(cls, made: NewWorktree) -> "Placement":
        """A worktree that was just made."""
        repo, record = made.repo, made.record
        return cls(
            SessionRepo(
                cwd=made.cwd,
                repo_id=repo.repo_id,
                repo_slug=repo.slug,
                worktree_id=record.worktree_id,
                worktree_name=record.name,
                managed_worktree=True,
            ),
            SessionGitState(ref=record.ref, base_sha=record.base_sha, current_sha=record.base_sha, target=made.target),
            made,
        )


async def commit_at(folder: Path, repository: Path) -> tuple[str, str | None]:
    """The commit and the branch (None: detached) that a folder stands at.

    Raises NoCommits if its repository has none.
    """
    now = await head(folder)
    if now.sha is None:
        raise NoCommits(repository)
    return now.sha, now.branch
