"""The records of a session on their way into the trash, and back into the store."""

from typing import Any

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.comment import Comment
from agor_core.domain.session import Session
from agor_core.domain.trash import TrashedRecords
from agor_core.domain.worktree import Worktree
from agor_core.errors import Conflict
from agor_core.repositories import base, boards, races, reviews, worktrees
from agor_core.repositories.mappings import (
    APPROVALS,
    BOARDS,
    CHECKS,
    COMMENTS,
    LANDINGS,
    MESSAGES,
    RACES,
    REPOS,
    SESSIONS,
    TASKS,
    WORKTREES,
    AnyMapping,
)


def records_of(reader: Reader, session: Session, worktree: Worktree | None) -> TrashedRecords:
    """All that belongs to a session but for its messages, which may be long; ``worktree`` goes with it."""

    def found(mapping: AnyMapping) -> tuple[Any, ...]:
        column = mapping.table.c.session_id
        return tuple(base.matching(reader, mapping, column == session.session_id, order=[mapping.identity]))

    return TrashedRecords(
        session=session,
        tasks=found(TASKS),
        approvals=found(APPROVALS),
        comments=found(COMMENTS),
        read=tuple(sorted(reviews.read(reader, session.session_id))),
        landings=found(LANDINGS),
        checks=found(CHECKS),
        worktree=worktree,
    )


def put_back(writer: Writer, records: TrashedRecords) -> Session:
    """Store a removed session again as it was, on no board if its board is gone, and in no race if
    that is gone.

    Raises Conflict if it is there, or something that it refers to is not, or another record has one of its names.
    """
    session = records.session
    if base.exists(writer, SESSIONS, session.session_id):
        raise Conflict(f"The session {session.short_id} is there already.")
    genealogy = session.genealogy
    for source in (genealogy.forked_from_session_id, genealogy.parent_session_id):
        if source is not None and not base.exists(writer, SESSIONS, source):
            raise Conflict(f"The session that it came from, {source}, is removed too; bring that back first.")
    if session.repo.repo_id is not None and not base.exists(writer, REPOS, session.repo.repo_id):
        raise Conflict(f"The repo {session.repo.repo_slug} is not known any more.")
    if records.worktree is not None:
        worktrees.insert(writer, records.worktree)
    elif session.repo.worktree_id is not None and not base.exists(writer, WORKTREES, session.repo.worktree_id):
        raise Conflict("The worktree that it shared with another session is not there any more.")
    if session.board_id is not None and not base.exists(writer, BOARDS, session.board_id):
        session = replace(session, board_id=None)
    if session.race_id is not None and not base.exists(writer, RACES, session.race_id):
        session = replace(session, race_id=None)
    stored = base.insert_record(writer, SESSIONS, session)
    races.join(writer, stored)
    parts: tuple[tuple[AnyMapping, tuple[Any, ...]], ...] = (
        (TASKS, records.tasks),
        (MESSAGES, records.messages),
        (APPROVALS, records.approvals),
        (COMMENTS, tuple(_linked(writer, comment) for comment in records.comments)),
        (LANDINGS, records.landings),
        (CHECKS, records.checks),
    )
    for mapping, found in parts:
        for record in found:
            base.insert_record(writer, mapping, record)
    reviews.mark(writer, stored.session_id, records.read)
    boards.recount(writer, None, stored)
    return stored


def _linked(reader: Reader, comment: Comment) -> Comment:
    """The comment, without the task that got it if that is gone: it may be one of another session."""
    task_id = comment.sent_in_task_id
    return comment if task_id is None or base.exists(reader, TASKS, task_id) else replace(comment, sent_in_task_id=None)
