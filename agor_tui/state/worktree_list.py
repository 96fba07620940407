"""The worktrees as a list for the app: each with its sessions, the largest first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agor_core.domain.session import Session
from agor_core.domain.standing import DiskUse, WorktreeStanding
from agor_core.ids import RepoId
from agor_tui.state.clean import line
from agor_tui.state.titles import session_title


@dataclass(frozen=True, slots=True)
class WorktreeRow:
    """A worktree with the slug of its repo and the sessions that work in it; ``marked`` if it is selected."""

    seen: WorktreeStanding
    repo: str = ""
    sessions: tuple[Session, ...] = ()
    marked: bool = False

    @property
    def key(self) -> str:
        """Its id."""
        return self.seen.worktree_id

    @property
    def title(self) -> str:
        """Its session, or how many there are; its own name without one."""
        if not self.sessions:
            return line(self.seen.name)
        more = f" and {len(self.sessions) - 1} more" if len(self.sessions) > 1 else ""
        return session_title(self.sessions[0]) + more

    @property
    def archived(self) -> bool:
        """Whether sessions work in it and all of them are archived."""
        return bool(self.sessions) and all(one.archived_at is not None for one in self.sessions)

    @property
    def active(self) -> bool:
        """Whether a session is at work in it."""
        return any(one.active for one in self.sessions)

    @property
    def fate(self) -> str:
        """What letting it go would lose, in a sentence."""
        if not self.seen.there:
            return "Its folder is gone; a prompt makes it again." if self.sessions else "Its folder is gone."
        if self.seen.problem is not None:
            return line(self.seen.problem)
        if self.seen.may_go:
            return "It can go without loss."
        lost = "; ".join(line(loss) for loss in self.seen.losses)
        return f"Lost if it is removed: {lost}" if lost else "Nothing in it is lost without it."


def worktree_rows(
    disk: DiskUse, sessions: Iterable[Session], repos: Mapping[RepoId, str], marked: Iterable[str] = ()
) -> list[WorktreeRow]:
    """The rows, the largest worktree first."""
    chosen = set(marked)
    of_tree: dict[str, list[Session]] = {}
    for session in sessions:
        if session.repo.worktree_id is not None:
            of_tree.setdefault(session.repo.worktree_id, []).append(session)
    return [
        WorktreeRow(
            seen, repos.get(seen.repo_id, ""), tuple(of_tree.get(seen.worktree_id, ())), seen.worktree_id in chosen
        )
        for seen in sorted(disk.worktrees, key=lambda seen: (-seen.bytes, seen.path))
    ]


def chosen(rows: Sequence[WorktreeRow], selected: WorktreeRow | None) -> Sequence[WorktreeRow]:
    """The marked rows, else the one under the cursor."""
    marked = [row for row in rows if row.marked]
    return marked or ([selected] if selected is not None else [])
