"""Deleting sessions for good, with what they leave on the disk; work that would be lost is never lost by surprise."""

import contextlib
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agor_core.db.connections import Reader, Writer
from agor_core.domain.session import Session
from agor_core.domain.worktree import Worktree
from agor_core.errors import Conflict, GitFailed, InvalidInput
from agor_core.ids import SessionId, WorktreeId
from agor_core.repositories import base, sessions, tasks, worktrees
from agor_core.repositories.mappings import SESSIONS, WORKTREES
from agor_daemon.services.context import Context
from agor_daemon.services.contract import RawQuery

logger = logging.getLogger(__name__)

SHOWN = 5


@dataclass(frozen=True, slots=True)
class RemovalOptions:
    """What a removal asks for: ``force`` discards work that only a worktree holds, ``keep`` leaves worktrees there."""

    purge: bool = False
    force: bool = False
    keep: bool = False


def removal_options(query: RawQuery) -> tuple[RemovalOptions, RawQuery]:
    """The wish in a query, and the rest of the query. Raises InvalidInput."""
    flags = {name: _flag(name, query[name]) for name in RemovalOptions.__dataclass_fields__ if name in query}
    found = RemovalOptions(**flags)
    if found.force and found.keep:
        raise InvalidInput("keep: excludes force.", place="keep")
    return found, {name: value for name, value in query.items() if name not in flags}


class Purge:
    """One removal for good, of one session or of many: all or none of them."""

    def __init__(self, context: Context, options: RemovalOptions) -> None:
        self._context = context
        self._options = options

    async def run(self, going: Sequence[Session]) -> list[Session]:
        """The sessions as they were. Raises Conflict for whatever speaks against it, before anything is removed.

        The records go first. A worktree that cannot go any more by then, as somebody works in it, is left, and logged.
        """
        supervisor, store = self._context.supervisor, self._context.store
        trees = await store.read(lambda reader: self._planned(reader, going))
        for tree in trees:
            await self._check_removable(tree)
        removed = await store.write(lambda writer: self._remove(writer, going, trees))
        for session in removed:
            await _seen_through(f"session {session.session_id}", supervisor.forget(session))
            self._remove_scratch(session)
        for tree in trees:
            removing = supervisor.remove_worktree(tree, discard=self._options.force)
            await _seen_through(f"the worktree {tree.path}", removing)
        return removed

    def _planned(self, reader: Reader, going: Sequence[Session]) -> list[Worktree]:
        """The worktrees that go along. Raises Conflict for what the store knows against it."""
        check_descendants(reader, going)
        for session in going:
            not_busy(reader, session)
        return self._worktrees(reader, going)

    async def _check_removable(self, tree: Worktree) -> None:
        try:
            await self._context.supervisor.check_removable(tree, discard=self._options.force)
        except (Conflict, GitFailed) as error:
            raise Conflict(f"{error} To leave the worktree as it is, say keep=true.") from error

    def _remove(self, writer: Writer, going: Sequence[Session], trees: Sequence[Worktree]) -> list[Session]:
        """Raises Conflict where something else is there by now than was looked at."""
        for session in going:
            now = not_busy(writer, sessions.get(writer, session.session_id, lock=True))
            if _state(now) != _state(session):
                raise Conflict(f"The session {now.short_id} has changed meanwhile; look at it, then ask again.")
        if self._worktrees(writer, going) != trees:
            raise Conflict("Who works in the worktrees has changed meanwhile; look at them, then ask again.")
        removed = {session.session_id: sessions.remove(writer, session.session_id) for session in _latest_first(going)}
        for tree in trees:
            worktrees.remove(writer, tree.worktree_id)
        return [removed[session.session_id] for session in going]

    def _worktrees(self, reader: Reader, going: Sequence[Session]) -> list[Worktree]:
        """Those that were made for sessions that go, and that no other works in."""
        if self._options.keep:
            return []
        identifiers = {session.session_id for session in going}
        found: dict[WorktreeId, Worktree] = {}
        for place in (session.repo for session in going):
            if place.managed_worktree and place.worktree_id is not None:
                users = base.matching(reader, SESSIONS, SESSIONS.table.c.worktree_id == place.worktree_id)
                tree = base.lookup(reader, WORKTREES, place.worktree_id)
                if tree is not None and identifiers.issuperset(user.session_id for user in users):
                    found[tree.worktree_id] = tree
        return list(found.values())

    def _remove_scratch(self, session: Session) -> None:
        """The folder that was made for it, unless something is in it."""
        folder = Path(session.repo.cwd)
        if folder == self._context.paths.scratch / session.session_id:
            with contextlib.suppress(OSError):
                folder.rmdir()


async def _seen_through(what: str, doing: Awaitable[None]) -> None:
    """Its record is gone already: what fails now is logged, and the others have their turn."""
    try:
        await doing
    except Exception:
        logger.exception("not all of %s could be removed, though its record is gone", what)


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


def not_busy(reader: Reader, session: Session) -> Session:
    """Raises Conflict for a session that runs or has prompts waiting."""
    if session.active:
        raise Conflict(f"The session {session.short_id} is running; stop it first.")
    if tasks.next_queued(reader, session.session_id) is not None:
        raise Conflict(f"The session {session.short_id} has prompts that wait; stop it first.")
    return session


def _state(session: Session) -> object:
    """What a removal is decided on; it shows whether a prompt came."""
    return session.task_count, session.archived_at, session.repo


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
