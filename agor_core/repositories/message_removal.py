"""The removal of a session's messages, which may be many and long: none of them is read."""

from sqlalchemy import delete, select

from agor_core.db.connections import Writer
from agor_core.domain.message import Message, Role
from agor_core.ids import SessionId
from agor_core.repositories.mappings import MESSAGES

_columns = MESSAGES.table.c


def remove_all(writer: Writer, session_id: str) -> None:
    """Delete a session's messages. Their changes on the feed have no text: a session may hold hundreds of megabytes."""
    mine = _columns.session_id == session_id
    chosen = select(
        _columns.message_id, _columns.task_id, _columns.index, _columns.role, _columns.created_at, _columns.complete
    )
    gone = writer.execute(chosen.where(mine).order_by(_columns.message_id)).mappings().all()
    writer.execute(delete(MESSAGES.table).where(mine))
    for row in gone:
        removed = Message(
            message_id=row["message_id"],
            session_id=SessionId(session_id),
            task_id=row["task_id"],
            index=row["index"],
            role=Role(row["role"]),
            created_at=row["created_at"],
            complete=row["complete"],
        )
        writer.changed(MESSAGES.service, "removed", removed.message_id, removed)
