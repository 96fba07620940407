"""Sessions in the store."""

from msgspec import UNSET
from msgspec.structs import replace
from sqlalchemy import delete, select

from agor_core.db.connections import Reader, Writer
from agor_core.db.tables import read_changes
from agor_core.domain import transitions
from agor_core.domain.session import Session, SessionGenealogy, SessionGitState, SessionStatus
from agor_core.errors import AgorError, Conflict, InvalidInput, NotFound
from agor_core.ids import SessionId
from agor_core.query.tree import Query
from agor_core.repositories import base, boards, listing, races, references
from agor_core.repositories.mappings import (
    APPROVALS,
    BOARDS,
    CHECKS,
    COMMENTS,
    LANDINGS,
    REPOS,
    SESSIONS,
    TASKS,
    WORKTREES,
    AnyMapping,
)
from agor_core.repositories.message_removal import remove_all
from agor_core.repositories.page import Page

FIELDS = SESSIONS.fields()


def insert(writer: Writer, session: Session) -> Session:
    """Store a new session. Idempotent: returns the stored one with the same id and content.

    Raises NotFound for a source, board, repo or worktree that does not exist, InvalidInput for an invalid genealogy,
    ShortIdTaken for the short id of another session, Conflict for the id of another session.
    """
    session = _plain(session)
    try:
        _check_new(writer, session)
    except AgorError:
        if (stored := _again(writer, session)) is None:
            raise
        return stored
    return _insert(writer, session) or _again(writer, session) or session


def get(reader: Reader, session_id: str, *, lock: bool = False) -> Session:
    """The session with a full id; ``lock`` locks its row until the commit. Raises NotFound."""
    return base.get(reader, SESSIONS, session_id, lock=lock)


def resolve(reader: Reader, text: str) -> SessionId:
    """Resolve any form of an id to the full id, archived or not. Raises NotFound and Ambiguous."""
    return SessionId(references.resolve(reader, SESSIONS, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of sessions, without ``$sort`` the oldest first (``created_at``, then the id).

    Archived ones are hidden unless the query is on ``archived_at``.
    """
    return listing.find(reader, SESSIONS, query)


def update(writer: Writer, session: Session, *, event: str = "patched") -> Session:
    """Store a session anew, except what follows its tasks: counts, usage, ``current``, ``check``, ``unseen``.

    Raises NotFound, and Conflict for a status change that is not permitted or a change of a fixed field.
    """
    old = get(writer, session.session_id, lock=True)
    new = _with_figures_of(old, _plain(session))
    transitions.check_session(old.status, new.status)
    if _origin(new) != _origin(old):
        raise Conflict("A session's origin never changes.")
    if new.agent_sessions[: len(old.agent_sessions)] != old.agent_sessions:
        raise Conflict("The agent's own session ids are only ever added to.")
    _check_references(writer, new, old)
    return follow(writer, old, new, event=event)


def archive(writer: Writer, session_id: str) -> Session:
    """Archive a session, which hides it from lists. Raises NotFound."""
    session = get(writer, session_id, lock=True)
    return session if session.archived_at else update(writer, replace(session, archived_at=writer.at))


def see(writer: Writer, session_id: str) -> Session:
    """Note that a person has seen how the last task ended; no change of the session's own. Raises NotFound."""
    session = get(writer, session_id, lock=True)
    return base.update_record(writer, SESSIONS, session, replace(session, unseen=False), stamp=False)


def look(writer: Writer, session: Session, found: SessionGitState) -> Session:
    """Note how the files of a locked session were found to stand; no change of its own, so its time stays."""
    return base.update_record(writer, SESSIONS, session, replace(session, git_state=found), stamp=False)


def follow(writer: Writer, old: Session, new: Session, *, event: str = "patched") -> Session:
    """Store the new state of a locked session, counts included, without checks."""
    new = base.update_record(writer, SESSIONS, old, new, event=event)
    boards.recount(writer, old, new)
    return new


def remove(writer: Writer, session_id: str) -> Session:
    """Delete a session with its tasks, messages, approvals, checks and comments; what a task of it got is sent
    no more.

    Raises NotFound, and Conflict while other sessions were forked or spawned from it.
    """
    session = get(writer, session_id, lock=True)
    columns = SESSIONS.table.c
    for column, what in ((columns.forked_from_session_id, "forked"), (columns.parent_session_id, "spawned")):
        if base.taken(writer, SESSIONS, **{column.name: session_id}):
            raise Conflict(f"Other sessions were {what} from this one; remove them first.")
    writer.execute(delete(read_changes).where(read_changes.c.session_id == session_id))
    base.delete_all(writer, COMMENTS, COMMENTS.table.c.session_id == session_id)
    _unlink(writer, session_id)
    parts: tuple[AnyMapping, ...] = (CHECKS, LANDINGS, APPROVALS)
    for mapping in parts:
        base.delete_all(writer, mapping, mapping.table.c.session_id == session_id)
    remove_all(writer, session_id)
    base.delete_all(writer, TASKS, TASKS.table.c.session_id == session_id)
    session = base.delete_record(writer, SESSIONS, session)
    races.leave(writer, session)
    boards.recount(writer, session, None)
    return session


def _unlink(writer: Writer, session_id: str) -> None:
    """Comments of other sessions that a task of this one got do not name it any more."""
    own = select(TASKS.table.c.task_id).where(TASKS.table.c.session_id == session_id)
    for comment in base.matching(writer, COMMENTS, COMMENTS.table.c.sent_in_task_id.in_(own), lock=True):
        base.update_record(writer, COMMENTS, comment, replace(comment, sent_in_task_id=None))


def _check_new(reader: Reader, session: Session) -> None:
    _check_genealogy(reader, session)
    _check_references(reader, session, None)


def _insert(writer: Writer, session: Session) -> Session | None:
    new = base.insert_new(writer, SESSIONS, session)
    if new is not None:
        races.join(writer, new)
        boards.recount(writer, None, new)
    return new


def _again(reader: Reader, session: Session) -> Session | None:
    """The stored session with the same id; None if there is none. Raises Conflict if its content differs."""
    stored = base.lookup(reader, SESSIONS, session.session_id)
    if stored is not None and not _same(stored, session):
        raise Conflict(f"There is another session with the id {session.session_id}.")
    return stored


def _plain(session: Session) -> Session:
    """The session without the fields that only a get adds."""
    return replace(session, tasks=UNSET, genealogy=replace(session.genealogy, children=UNSET))


def _with_figures_of(old: Session, new: Session) -> Session:
    return replace(
        new,
        short_id=old.short_id,
        created_at=old.created_at,
        message_count=old.message_count,
        tool_use_count=old.tool_use_count,
        task_count=old.task_count,
        usage=old.usage,
        current=old.current,
        unseen=old.unseen and new.status is not SessionStatus.COMPLETED,
        review=old.review,
        check=old.check,
        race_id=old.race_id,
    )


def _origin(session: Session) -> SessionGenealogy:
    return replace(session.genealogy, fidelity=None, children=UNSET)


def _same(stored: Session, given: Session) -> bool:
    """Whether two sessions were created with the same content, whatever happened to the stored one since."""
    return (
        stored.agent == given.agent
        and stored.title == given.title
        and stored.description == given.description
        and stored.board_id == given.board_id
        and _origin(stored) == _origin(given)
    )


def _check_genealogy(reader: Reader, session: Session) -> None:
    genealogy = session.genealogy
    fork, spawn = genealogy.forked_from_session_id, genealogy.parent_session_id
    if fork is not None and spawn is not None:
        raise InvalidInput("A session is forked or spawned, never both.", place="genealogy")
    for source, point, names in (
        (fork, genealogy.fork_point_task_id, ("forked", "fork_point_task_id")),
        (spawn, genealogy.spawn_point_task_id, ("spawned", "spawn_point_task_id")),
    ):
        word, place = names
        if source is None:
            if point is not None:
                raise InvalidInput(f"genealogy.{place} is given, but not the session.", place=f"genealogy.{place}")
            continue
        if source == session.session_id:
            raise InvalidInput(f"A session cannot be {word} from itself.", place="genealogy")
        base.get(reader, SESSIONS, source)
        if point is not None and base.get(reader, TASKS, point).session_id != source:
            raise InvalidInput(f"The task {point} is not one of the session {source}.", place=f"genealogy.{place}")


def _check_references(reader: Reader, new: Session, old: Session | None) -> None:
    """Raise NotFound for a new board, repo or worktree that does not exist; ``old`` references are not checked."""
    pointers: tuple[tuple[AnyMapping, str | None, str | None], ...] = (
        (BOARDS, new.board_id, old.board_id if old else None),
        (REPOS, new.repo.repo_id, old.repo.repo_id if old else None),
        (WORKTREES, new.repo.worktree_id, old.repo.worktree_id if old else None),
    )
    for mapping, wanted, had in pointers:
        if wanted is not None and wanted != had and not base.exists(reader, mapping, wanted):
            raise NotFound(mapping.kind, wanted)
