"""Deleting sessions for good, with their worktrees; refused while that would lose work, unless forced."""

import contextlib
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agor_core.db.connections import Reader, Writer
from agor_core.domain.session import Session
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, Conflict, GitFailed, InvalidInput
from agor_core.ids import SessionId, WorktreeId
from agor_core.repositories import base, checks, sessions, tasks, worktrees
from agor_core.repositories.mappings import SESSIONS, WORKTREES
from agor_daemon.services.context import Context
from agor_daemon.services.contract import RawQuery

logger = logging.getLogger(__name__)

SHOWN = 5


@dataclass(frozen=True, slots=True)
class RemovalOptions:
    """``purge`` deletes for good, ``force`` discards work that only a worktree holds, ``keep`` keeps worktrees."""

    purge: bool = False
    force: bool = False
    keep: bool = False


def removal_options(query: RawQuery) -> tuple[RemovalOptions, RawQuery]:
    """The options in a query, and the rest of the query. Raises InvalidInput."""
    flags = {name: _flag(name, query[name]) for name in RemovalOptions.__dataclass_fields__ if name in query}
    found = RemovalOptions(**flags)
    if found.force and found.keep:
        raise InvalidInput("keep: cannot be combined with force.", place="keep")
    return found, {name: value for name, value in query.items() if name not in flags}


class Purge:
    """One removal for good, of all the given sessions or of none."""

    def __init__(self, context: Context, options: RemovalOptions) -> None:
        self._context = context
        self._options = options

    async def run(self, targets: Sequence[Session]) -> list[Session]:
        """Remove the sessions and answer them as they were. Raises Conflict before anything is removed.

        The records are removed first. A worktree that can no longer be removed then stays, and that is logged.
        """
        supervisor, store = self._context.supervisor, self._context.store
        trees = await store.read_many(lambda reader: self._check_and_plan(reader, targets))
        for tree in trees:
            await self._check_removable(tree)
        for tree in trees:
            await self._keep_last(tree)
        await supervisor.trash.put(targets, trees)
        try:
            removed = await store.write(lambda writer: self._remove(writer, targets, trees))
        except AgorError:
            await supervisor.trash.drop(targets)
            raise
        for session in removed:
            await _log_errors(f"session {session.session_id}", supervisor.forget(session))
            self._remove_scratch(session)
        for tree in trees:
            removing = supervisor.remove_worktree(tree, discard=self._options.force)
            await _log_errors(f"the worktree {tree.path}", removing)
        return removed

    def _check_and_plan(self, reader: Reader, targets: Sequence[Session]) -> list[Worktree]:
        """The worktrees to remove as well. Raises Conflict for a session that runs or that others came from."""
        check_descendants(reader, targets)
        for session in targets:
            _require_unchecked(reader, require_idle(reader, session))
        return self._worktrees(reader, targets)

    async def _check_removable(self, tree: Worktree) -> None:
        try:
            await self._context.supervisor.check_removable(tree, discard=self._options.force)
        except (Conflict, GitFailed) as error:
            raise Conflict(f"{error} To leave the worktree as it is, say keep=true.") from error

    async def _keep_last(self, tree: Worktree) -> None:
        try:
            await self._context.supervisor.keep_last(tree)
        except Conflict as error:
            raise Conflict(f"{error} To leave the worktree as it is, say keep=true.") from error

    def _remove(self, writer: Writer, targets: Sequence[Session], trees: Sequence[Worktree]) -> list[Session]:
        """Remove the records. Raises Conflict if a session or its worktrees changed since they were checked."""
        for session in targets:
            now = _require_unchecked(writer, require_idle(writer, sessions.get(writer, session.session_id, lock=True)))
            if _fingerprint(now) != _fingerprint(session):
                raise Conflict(f"The session {now.short_id} has changed meanwhile; look at it, then try again.")
        if self._worktrees(writer, targets) != trees:
            raise Conflict(
                "The sessions that work in the worktrees have changed meanwhile; look at them, then try again."
            )
        removed = {
            session.session_id: sessions.remove(writer, session.session_id) for session in _descendants_first(targets)
        }
        for tree in trees:
            worktrees.remove(writer, tree.worktree_id)
        return [removed[session.session_id] for session in targets]

    def _worktrees(self, reader: Reader, targets: Sequence[Session]) -> list[Worktree]:
        """The worktrees that were made for these sessions and that no other session works in."""
        if self._options.keep:
            return []
        identifiers = {session.session_id for session in targets}
        found: dict[WorktreeId, Worktree] = {}
        for place in (session.repo for session in targets):
            if place.managed_worktree and place.worktree_id is not None:
                tree = base.lookup(reader, WORKTREES, place.worktree_id)
                if tree is None:
                    continue
                if identifiers.issuperset(user.session_id for user in worktrees.working_in(reader, tree)):
                    found[tree.worktree_id] = tree
        return list(found.values())

    def _remove_scratch(self, session: Session) -> None:
        """Remove the folder that was made for the session, if it is empty."""
        folder = Path(session.repo.cwd)
        if folder == self._context.paths.scratch / session.session_id:
            with contextlib.suppress(OSError):
                folder.rmdir()


async def _log_errors(what: str, removal: Awaitable[None]) -> None:
    """Await a removal of files; errors are logged, since the record is removed and other removals follow."""
    try:
        await removal
    except Exception:
        logger.exception("the record of %s is removed, but not all of its files are", what)


def check_descendants(reader: Reader, targets: Sequence[Session]) -> None:
    """Raises Conflict if another session was forked or spawned from one of these."""
    identifiers = {session.session_id for session in targets}
    held: list[str] = []
    for session in targets:
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


def require_idle(reader: Reader, session: Session) -> Session:
    """The session. Raises Conflict if it runs or has queued prompts that will run."""
    if session.active:
        raise Conflict(f"The session {session.short_id} is running; stop it first.")
    if not session.queue_paused and tasks.next_queued(reader, session.session_id) is not None:
        raise Conflict(f"The session {session.short_id} has queued prompts; stop it first.")
    return session


def _require_unchecked(reader: Reader, session: Session) -> Session:
    """The session. Raises Conflict while a check of it runs."""
    if checks.running(reader, session.session_id):
        raise Conflict(f"A check of session {session.short_id} runs; stop it first, or wait for its end.")
    return session


def _fingerprint(session: Session) -> object:
    """The fields by which a change since the check is noticed, such as a new prompt."""
    return session.task_count, session.archived_at, session.repo


def _descendants_first(targets: Sequence[Session]) -> list[Session]:
    """The sessions in an order in which each comes before the one that it came from."""
    by_id = {session.session_id: session for session in targets}

    def depth(session: Session) -> int:
        steps, seen = 0, {session.session_id}
        source = _source(session)
        while source in by_id and source not in seen:
            seen.add(source)
            steps += 1
            source = _source(by_id[source])
        return steps

    return sorted(targets, key=depth, reverse=True)


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
