"""The tables of reviews: comments, and what of each session's changes a person has read."""

from sqlalchemy import Column, ForeignKey, Index, Table

from agor_core.db.columns import COUNT, SORTED_TEXT, data, metadata, text

comments = Table(
    "comments",
    metadata,
    text("comment_id", primary_key=True),
    text("short_id", unique=True),
    text("session_id", ForeignKey("sessions.session_id")),
    text("task_id", ForeignKey("tasks.task_id"), nullable=True),
    text("message_id", nullable=True),
    text("path", nullable=True),
    text("side"),
    Column("start_line", COUNT, nullable=True, info={"path": "start_line"}),
    Column("end_line", COUNT, nullable=True, info={"path": "end_line"}),
    text("kind"),
    text("status"),
    text("author"),
    text("sent_in_task_id", ForeignKey("tasks.task_id"), nullable=True),
    text("checkpoint", nullable=True),
    text("base", nullable=True),
    text("created_at"),
    text("updated_at"),
    data(),
)

read_changes = Table(
    "read_changes",
    metadata,
    Column("session_id", SORTED_TEXT, ForeignKey("sessions.session_id"), primary_key=True),
    Column("change", SORTED_TEXT, primary_key=True),
    Column("at", SORTED_TEXT, nullable=False),
)

Index("ix_comments_session", comments.c.session_id, comments.c.status, comments.c.created_at, comments.c.comment_id)
Index("ix_comments_created_at", comments.c.created_at, comments.c.comment_id)
Index("ix_comments_task", comments.c.task_id)
Index("ix_comments_sent_in_task", comments.c.sent_in_task_id)
