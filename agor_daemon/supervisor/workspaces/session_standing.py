"""How the files of one session stand: looked at when asked, and its record follows what was found."""

import asyncio
from pathlib import Path

import msgspec

from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.domain.figures import Diffstat
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.standing import SessionStanding
from agor_core.errors import AgorError
from agor_core.git import diff, standing
from agor_core.git.checkpoints import Checkpoint
from agor_core.ids import SessionId
from agor_core.repositories import repos, sessions
from agor_daemon.supervisor.workspaces import points
from agor_daemon.supervisor.workspaces.differences import Differences, Kept
from agor_daemon.supervisor.workspaces.points import PointName


def target_of(session: Session, repo: Repo) -> str | None:
    """The branch that a session's work is meant for: the one that it began from, else the repo's default."""
    return session.git_state.target or repo.default_branch


class SessionStandings:
    """Looks at the files of sessions by way of their ``differences``."""

    def __init__(self, store: Store, differences: Differences) -> None:
        self._store = store
        self._differences = differences

    async def of(self, session_id: SessionId) -> SessionStanding:
        """Look at a session's files; while it rests, its record's figures become what was found. Raises NotFound."""
        session, repo = await self._store.read(lambda r: _with_repo(r, session_id))
        cwd = Path(session.repo.cwd)
        there = await asyncio.to_thread(cwd.is_dir)
        seen = SessionStanding(session_id=session_id, path=str(cwd), there=there)
        if repo is None:
            return seen
        seen = msgspec.structs.replace(seen, in_git=True, diffstat=session.git_state.diffstat)
        if session.repo.managed_worktree and session.repo.worktree_id is None:
            return msgspec.structs.replace(seen, there=False, target=target_of(session, repo))
        try:
            seen, now = await self._look(seen, session, repo)
        except (AgorError, OSError) as error:
            return msgspec.structs.replace(seen, problem=str(error))
        if now is not None and not session.active:
            await self._store.write(lambda w: _follow(w, session, now, seen.diffstat))
        return seen

    async def _look(
        self, seen: SessionStanding, session: Session, repo: Repo
    ) -> tuple[SessionStanding, Checkpoint | None]:
        of = await self._store.read(lambda r: points.known(r, session.session_id))
        wanted = [points.find(of, PointName("base")), points.find(of, PointName("now"))]
        async with self._differences.keeping(wanted) as kept:
            now, where = kept.end.checkpoint, kept.where
            if now is None or where is None:
                return msgspec.structs.replace(
                    seen, there=False, branch=session.git_state.ref, problem=kept.end.note
                ), None
            found, loose = await asyncio.gather(_since(kept, kept.start.commit), _uncommitted(kept, now))
        target = target_of(session, repo)
        compared = None if target in (None, now.branch) else await standing.counts(where, str(target))
        ahead, behind = compared or (None, None)
        seen = msgspec.structs.replace(
            seen,
            path=str(where),
            branch=now.branch,
            head=now.head if now.born else None,
            uncommitted=loose.files,
            diffstat=found,
            target=target if compared is not None else None,
            ahead=ahead,
            behind=behind,
        )
        return seen, now


async def _since(kept: Kept, commit: str) -> Diffstat:
    return diff.diffstat(await diff.changes(kept.where, commit, kept.end.commit, store=kept.store))


async def _uncommitted(kept: Kept, now: Checkpoint) -> Diffstat:
    return await _since(kept, now.head) if now.dirty else Diffstat()


def _with_repo(r: Reader, session_id: SessionId) -> tuple[Session, Repo | None]:
    session = sessions.get(r, session_id)
    return session, repos.get(r, session.repo.repo_id) if session.repo.repo_id is not None else None


def _follow(w: Writer, seen: Session, now: Checkpoint, diffstat: Diffstat | None) -> None:
    """Note what was found, unless the session has moved on meanwhile."""
    current = sessions.get(w, seen.session_id, lock=True)
    state = msgspec.structs.replace(current.git_state, ref=now.branch, current_sha=now.sha_label, diffstat=diffstat)
    if current.git_state == seen.git_state and not current.active and state != current.git_state:
        sessions.look(w, current, state)
