"""The tables of checks and of races."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from agor_core.db.columns import data, metadata, text

checks = Table(
    "checks",
    metadata,
    text("check_id", primary_key=True),
    text("session_id", ForeignKey("sessions.session_id")),
    text("task_id", ForeignKey("tasks.task_id"), nullable=True),
    text("command"),
    text("tree", nullable=True),
    text("status"),
    Column("exit_code", Integer, nullable=True, info={"path": "exit_code"}),
    text("reason"),
    text("created_at"),
    text("started_at", nullable=True),
    text("ended_at", nullable=True),
    text("updated_at"),
    data(),
)

races = Table(
    "races",
    metadata,
    text("race_id", primary_key=True),
    text("base", nullable=True),
    text("source_session_id", nullable=True),
    text("task_id", nullable=True),
    text("created_at"),
    text("updated_at"),
    data(),
)

Index("ix_checks_session", checks.c.session_id, checks.c.created_at, checks.c.check_id)
Index("ix_checks_task", checks.c.task_id, checks.c.created_at, checks.c.check_id)
Index("ix_checks_tree", checks.c.tree, checks.c.created_at, checks.c.check_id)
Index("ix_checks_status", checks.c.status, checks.c.created_at, checks.c.check_id)
Index("ix_checks_created_at", checks.c.created_at, checks.c.check_id)
Index("ix_races_created_at", races.c.created_at, races.c.race_id)
