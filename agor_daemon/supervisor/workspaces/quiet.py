"""Whether a session works where files are about to be changed."""

from agor_core.db.store import Store
from agor_core.domain.session import Session
from agor_core.errors import Conflict
from agor_core.repositories import base
from agor_core.repositories.mappings import SESSIONS


async def check_quiet(store: Store, session: Session) -> None:
    """Raises Conflict while this or another session runs in the same worktree or folder."""
    columns = SESSIONS.table.c
    place = session.repo.worktree_id
    here = columns.cwd == session.repo.cwd if place is None else columns.worktree_id == place
    for other in await store.read(lambda r: base.matching(r, SESSIONS, here)):
        if other.active:
            raise Conflict(f"The session {other.short_id} is at work in {session.repo.cwd}; stop it first.")
