"""How far the review of a session is: what a person has read of its changes, and what the session's card shows."""

from collections.abc import Collection

from msgspec.structs import replace
from sqlalchemy import bindparam, delete, func, select

from agor_core.db.connections import Reader, Writer
from agor_core.db.prepared import Prepared, insertion
from agor_core.db.tables import comments, read_changes
from agor_core.domain.comment import CommentStatus
from agor_core.domain.session import SessionReview
from agor_core.repositories import sessions

_columns = read_changes.c
_READ = select(_columns.change).where(_columns.session_id == bindparam("id")).order_by(_columns.change)
_INSERT = insertion(read_changes, end=" ON CONFLICT (session_id, change) DO NOTHING")
_DELETE = Prepared(
    delete(read_changes).where(_columns.session_id == bindparam("id"), _columns.change == bindparam("key"))
)
_OPEN = (
    select(func.count())
    .select_from(comments)
    .where(comments.c.session_id == bindparam("id"), comments.c.status == CommentStatus.OPEN)
)


def read(reader: Reader, session_id: str) -> frozenset[str]:
    """The keys of the changes of a session that a person has read."""
    return frozenset(reader.execute(_READ, {"id": session_id}).scalars())


def mark(writer: Writer, session_id: str, read: Collection[str], unread: Collection[str] = ()) -> None:
    """Note changes as read, or as unread again; both may be so already. Raises NotFound for the session."""
    sessions.get(writer, session_id, lock=True)
    for change in sorted(read):
        writer.run(_INSERT, {"session_id": session_id, "change": change, "at": writer.at})
    for change in sorted(unread):
        writer.run(_DELETE, {"id": session_id, "key": change})


def renew(writer: Writer, session_id: str) -> None:
    """Count the open comments of a session anew."""
    opened = int(writer.execute(_OPEN, {"id": session_id}).scalar_one())
    session = sessions.get(writer, session_id, lock=True)
    review = replace(session.review or SessionReview(), comments=opened)
    sessions.follow(writer, session, replace(session, review=review))


def note_unread(writer: Writer, session_id: str, *, unread: int, hunks: int) -> None:
    """Note how many of a session's hunks nobody has read. Raises NotFound."""
    session = sessions.get(writer, session_id, lock=True)
    review = replace(session.review or SessionReview(), unread=unread, hunks=hunks)
    sessions.follow(writer, session, replace(session, review=review))
