"""Deleting sessions for good, with what they leave on the disk; work that would be lost is never lost by surprise."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agor_core.db.connections import Reader, Writer
from agor_core.domain.session import Session, SessionStatus
from agor_core.errors import Conflict, InvalidInput
from agor_core.ids import SessionId, WorktreeId
from agor_core.repositories import base, sessions, worktrees
from agor_core.repositories.mappings import SESSIONS
from agor_daemon.services.context import Context
from agor_daemon.services.service import Query

SHOWN = 5
BUSY = frozenset({SessionStatus.RUNNING, SessionStatus.AWAITING_PERMISSION})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a removal asks for: ``force`` discards work that only a worktree holds, ``keep`` leaves worktrees there."""

    purge: bool = False
    force: bool = False
    keep: bool = False


def wish(query: Query) -> tuple[Wish, Query]:
    """The wish in a query, and the rest of the query. Raises InvalidInput."""
    flags = {name: _flag(name, query[name]) for name in Wish.__dataclass_fields__ if name in query}
    found = Wish(**flags)
    if found.force and found.keep:
        raise InvalidInput("keep: excludes force.", place="keep")
    return found, {name: value for name, value in query.items() if name not in flags}


class Purge:
    """One removal for good, of one session or of many: all or none of them."""

    def __init__(self, context: Context, wish: Wish) -> None:
        self._context = context
        self._wish = wish

    async def run(self, going: Sequence[Session]) -> list[Session]:
        """The sessions as they were. Raises Conflict while others came from them, or for work that would be lost."""
        supervisor, store = self._context.supervisor, self._context.store
        await store.read(lambda reader: check_descendants(reader, going))
        for session in going:
            await supervisor.release(session.session_id)
        trees = {} if self._wish.keep else await self._worktrees(going)
        if not self._wish.force:
            await self._check_nothing_is_lost(trees)
        await store.read(lambda reader: [not_busy(sessions.get(reader, it.session_id)) for it in going])
        for tree in trees:
            await supervisor.remove_worktree(tree, discard=self._wish.force)
        removed = await store.write(lambda writer: _remove(writer, going, trees))
        for session in removed:
            self._remove_scratch(session)
            await supervisor.forget(session)
        return removed

    def _remove_scratch(self, session: Session) -> None:
        """The folder that was made for it, unless something is in it."""
        folder = Path(session.repo.cwd)
        if folder == self._context.paths.scratch / session.session_id:
            with contextlib.suppress(OSError):
                folder.rmdir()

    async def _worktrees(self, going: Sequence[Session]) -> dict[WorktreeId, str]:
        """The worktrees that go along, with their folders."""
        identifiers = frozenset(session.session_id for session in going)
        found: dict[WorktreeId, str] = {}
        for session in going:
            if (tree := await self._context.supervisor.own_worktree(session, identifiers)) is not None:
                found[tree.worktree_id] = tree.path
        return found

    async def _check_nothing_is_lost(self, trees: Mapping[WorktreeId, str]) -> None:
        for tree, folder in trees.items():
            if lost := await self._context.supervisor.would_be_lost(tree):
                raise Conflict(
                    f"The worktree {folder} holds work that would be lost: {'; '.join(lost)}. "
                    "Remove it all the same with force=true, or keep the worktree with keep=true."
                )


def check_descendants(reader: Reader, going: Sequence[Session]) -> None:
    """Raises Conflict where a session that stays was forked or spawned from one that goes."""
    identifiers = {session.session_id for session in going}
    held: list[str] = []
    for session in going:
        columns = SESSIONS.table.c
        for column in (columns.forked_from_session_id, columns.parent_session_id):
            if any(
                it.session_id not in identifiers for it in base.matching(reader, SESSIONS, column == session.session_id)
            ):
                held.append(session.short_id)
                break
    if held:
        more = f" and {len(held) - SHOWN} more" if len(held) > SHOWN else ""
        raise Conflict(
            f"Other sessions were forked or spawned from {', '.join(held[:SHOWN])}{more}; remove them first."
        )


def not_busy(session: Session) -> Session:
    """Raises Conflict for a session that runs."""
    if session.status in BUSY:
        raise Conflict(f"The session {session.short_id} is running; stop it first.")
    return session


def _remove(writer: Writer, going: Sequence[Session], trees: Mapping[WorktreeId, str]) -> list[Session]:
    for session in going:
        not_busy(sessions.get(writer, session.session_id, lock=True))
    removed = {session.session_id: sessions.remove(writer, session.session_id) for session in _latest_first(going)}
    for tree in trees:
        worktrees.remove(writer, tree)
    return [removed[session.session_id] for session in going]


def _latest_first(going: Sequence[Session]) -> list[Session]:
    """Every session before the one that it came from."""
    by_id = {session.session_id: session for session in going}

    def depth(session: Session) -> int:
        steps, seen = 0, {session.session_id}
        source = _source(session)
        while source in by_id and source not in seen:
            seen.add(source)
            steps += 1
            source = _source(by_id[source])
        return steps

    return sorted(going, key=depth, reverse=True)


def _source(session: Session) -> SessionId | None:
    return session.genealogy.forked_from_session_id or session.genealogy.parent_session_id


def _flag(name: str, value: object) -> bool:
    match value:
        case "true":
            return True
        case "false":
            return False
        case _:
            raise InvalidInput(f"{name}: must be true or false.", place=name)
