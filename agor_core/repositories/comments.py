"""Review comments in the store; the session's ``review`` counts the open ones."""

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.comment import Comment, CommentStatus
from agor_core.errors import Conflict
from agor_core.ids import CommentId, TaskId
from agor_core.query.tree import Query
from agor_core.repositories import base, listing, references, reviews, sessions, tasks
from agor_core.repositories.mappings import COMMENTS
from agor_core.repositories.page import Page

FIELDS = COMMENTS.fields()
_columns = COMMENTS.table.c
_IN_ORDER = (_columns.created_at, _columns.comment_id)


def insert(writer: Writer, comment: Comment) -> Comment:
    """Store a comment. Idempotent: returns the stored one with the same id, session and text.

    Raises NotFound for the session or task, Conflict for a task of another session or an id that is taken.
    """
    sessions.get(writer, comment.session_id, lock=True)
    stored = base.lookup(writer, COMMENTS, comment.comment_id)
    if stored is not None:
        if (stored.session_id, stored.text, stored.author) == (comment.session_id, comment.text, comment.author):
            return stored
        raise Conflict(f"There is another comment with the id {comment.comment_id}.")
    if comment.task_id is not None and tasks.get(writer, comment.task_id).session_id != comment.session_id:
        raise Conflict(f"The task {comment.task_id} is not one of the session {comment.session_id}.")
    comment = base.insert_record(writer, COMMENTS, comment)
    reviews.renew(writer, comment.session_id)
    return comment


def get(reader: Reader, comment_id: str, *, lock: bool = False) -> Comment:
    """The comment with a full id. Raises NotFound."""
    return base.get(reader, COMMENTS, comment_id, lock=lock)


def resolve(reader: Reader, text: str) -> CommentId:
    """Resolve any form of an id to the full id. Raises NotFound and Ambiguous."""
    return CommentId(references.resolve(reader, COMMENTS, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of comments, without ``$sort`` the oldest first (``created_at``, then the id)."""
    return listing.find(reader, COMMENTS, query)


def update(writer: Writer, comment: Comment, *, event: str = "patched") -> Comment:
    """Store the new state of a comment. Raises NotFound, and Conflict for a change of a fixed field."""
    sessions.get(writer, comment.session_id, lock=True)
    old = get(writer, comment.comment_id, lock=True)
    if _fixed(comment) != _fixed(old):
        raise Conflict("A comment's session, task and author never change.")
    new = base.update_record(writer, COMMENTS, old, comment, event=event)
    if new.status is not old.status:
        reviews.renew(writer, new.session_id)
    return new


def remove(writer: Writer, comment_id: str) -> Comment:
    """Delete a comment. Raises NotFound."""
    comment = get(writer, comment_id)
    sessions.get(writer, comment.session_id, lock=True)
    comment = base.delete_record(writer, COMMENTS, get(writer, comment_id, lock=True))
    reviews.renew(writer, comment.session_id)
    return comment


def with_status(reader: Reader, session_id: str, *statuses: CommentStatus, lock: bool = False) -> list[Comment]:
    """A session's comments that have one of these statuses, the oldest first."""
    conditions = (_columns.session_id == session_id, _columns.status.in_(statuses))
    return base.matching(reader, COMMENTS, *conditions, order=_IN_ORDER, lock=lock)


def followed(reader: Reader, session_id: str) -> list[Comment]:
    """A session's comments whose lines are to be looked for when the files change, the oldest first."""
    conditions = (
        _columns.session_id == session_id,
        _columns.status != CommentStatus.RESOLVED,
        _columns.path.is_not(None),
        _columns.checkpoint.is_not(None),
    )
    return base.matching(reader, COMMENTS, *conditions, order=_IN_ORDER)


def sent_in(reader: Reader, task_id: str) -> list[Comment]:
    """The comments that a task got, the oldest first."""
    return base.matching(reader, COMMENTS, _columns.sent_in_task_id == task_id, order=_IN_ORDER)


def store_places(writer: Writer, found: Collection[Comment]) -> list[Comment]:
    """Store where comments of one session are now, and whether they are stale; those that changed otherwise stay.

    ``found`` are comments as they were read, with new places.
    """
    stored = []
    for comment in sorted(found, key=lambda one: one.comment_id):
        now = base.lookup(writer, COMMENTS, comment.comment_id, lock=True)
        if now is None or not now.followed:
            continue
        status = _status(now, stale=comment.status is CommentStatus.STALE)
        placed = replace(
            now,
            path=comment.path,
            start_line=comment.start_line,
            end_line=comment.end_line,
            checkpoint=comment.checkpoint,
            status=status,
        )
        stored.append(base.update_record(writer, COMMENTS, now, placed))
    if stored:
        reviews.renew(writer, stored[0].session_id)
    return stored


def mark_sent(writer: Writer, wanted: Sequence[Comment], task_id: TaskId) -> None:
    """Note that a task got these comments. Raises Conflict if one is not as it was read, or not open any more."""
    for comment in wanted:
        now = base.lookup(writer, COMMENTS, comment.comment_id, lock=True)
        if now != comment:
            raise Conflict("The comments have changed meanwhile; look at them, then send them again.")
        sent = replace(now, status=CommentStatus.SENT, sent_in_task_id=task_id)
        base.update_record(writer, COMMENTS, now, sent)
    for session_id in dict.fromkeys(comment.session_id for comment in wanted):
        reviews.renew(writer, session_id)


def _status(now: Comment, *, stale: bool) -> CommentStatus:
    """The status of a comment whose code was looked for; code that came back makes it what it was."""
    if stale:
        return CommentStatus.STALE
    if now.status is not CommentStatus.STALE:
        return now.status
    return CommentStatus.OPEN if now.sent_in_task_id is None else CommentStatus.SENT


def _fixed(comment: Comment) -> tuple[object, ...]:
    return comment.session_id, comment.task_id, comment.author, comment.created_at
