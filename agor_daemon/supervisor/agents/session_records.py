"""What an agent is told of the place where it works, and what is stored of its conversation."""

import msgspec

from agor_core.db.connections import Reader, Writer
from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_core.repositories import base, repos, sessions
from agor_core.repositories.mappings import WORKTREES
from agor_daemon.supervisor.workspaces.repo_commands import place_environment


def place(r: Reader, session: Session) -> dict[str, str]:
    """What the agent is told of the worktree that it works in; nothing of a fork's, which is stored later."""
    repo_id, worktree_id = session.repo.repo_id, session.repo.worktree_id
    tree = None if worktree_id is None else base.lookup(r, WORKTREES, worktree_id)
    return {} if tree is None or repo_id is None else place_environment(repos.get(r, repo_id), tree)


def store_id(w: Writer, session_id: SessionId, agent_session_id: str, version: str | None) -> None:
    session = sessions.get(w, session_id, lock=True)
    known = session.agent_sessions
    if agent_session_id not in known:
        known = (*known, agent_session_id)
    sessions.update(w, msgspec.structs.replace(session, agent_sessions=known, agent_version=version))
