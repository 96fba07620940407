"""The tables: a column for each field that is filtered, joined or sorted; the others as JSON in ``data``.

A column's ``path`` is its place in the record, by default its own name. SQL never reads inside
``data`` or a column that holds JSON. Text sorts by code point; times and ids are text.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from agor_core.db.check_tables import checks as checks
from agor_core.db.check_tables import races as races
from agor_core.db.columns import COUNT as COUNT
from agor_core.db.columns import JSON as JSON
from agor_core.db.columns import SORTED_TEXT as SORTED_TEXT
from agor_core.db.columns import count as _count
from agor_core.db.columns import data as _data
from agor_core.db.columns import metadata as metadata
from agor_core.db.columns import text as _text
from agor_core.db.columns import usage as _usage
from agor_core.db.review_tables import comments as comments
from agor_core.db.review_tables import read_changes as read_changes


def _task_of(session: str, task: str) -> ForeignKeyConstraint:
    """A foreign key: the task, where given, is one of that session."""
    return ForeignKeyConstraint(
        [session, task], ["tasks.session_id", "tasks.task_id"], name=f"fk_sessions_{task}", use_alter=True
    )


boards = Table(
    "boards",
    metadata,
    _text("board_id", primary_key=True),
    _text("short_id", unique=True),
    _text("name"),
    _text("slug", unique=True),
    _text("created_at"),
    _text("updated_at"),
    _text("archived_at", nullable=True),
    _data(),
)

repos = Table(
    "repos",
    metadata,
    _text("repo_id", primary_key=True),
    _text("short_id", unique=True),
    _text("slug", unique=True),
    _text("name"),
    _text("remote_url", nullable=True),
    _text("local_path", unique=True),
    Column("managed_by_agor", Boolean, nullable=False, info={"path": "managed_by_agor"}),
    _text("created_at"),
    _text("updated_at"),
    _data(),
)

worktrees = Table(
    "worktrees",
    metadata,
    _text("worktree_id", primary_key=True),
    _text("repo_id", ForeignKey("repos.repo_id")),
    _text("name"),
    _text("path", unique=True),
    _text("ref", nullable=True),
    _text("created_at"),
    _text("updated_at"),
    _data(),
    UniqueConstraint("repo_id", "name"),
)

sessions = Table(
    "sessions",
    metadata,
    _text("session_id", primary_key=True),
    _text("short_id", unique=True),
    _text("status"),
    _text("agent"),
    _text("title", nullable=True),
    _text("created_at"),
    _text("updated_at"),
    _text("archived_at", nullable=True),
    _text("board_id", ForeignKey("boards.board_id"), nullable=True),
    _text("mode", nullable=True),
    _text("model", nullable=True),
    Column("unseen", Boolean, nullable=False, server_default=false(), info={"path": "unseen"}),
    _count("message_count"),
    _count("tool_use_count"),
    _count("task_count"),
    *_usage(),
    Column("current", Text, info={"path": "current", JSON: True}),
    _text("cwd", path="repo.cwd"),
    _text("repo_id", ForeignKey("repos.repo_id"), path="repo.repo_id", nullable=True),
    _text("repo_slug", path="repo.repo_slug", nullable=True),
    _text("worktree_id", ForeignKey("worktrees.worktree_id"), path="repo.worktree_id", nullable=True),
    _text("worktree_name", path="repo.worktree_name", nullable=True),
    Column("managed_worktree", Boolean, nullable=False, info={"path": "repo.managed_worktree"}),
    _text(
        "forked_from_session_id",
        ForeignKey("sessions.session_id"),
        path="genealogy.forked_from_session_id",
        nullable=True,
    ),
    _text("fork_point_task_id", path="genealogy.fork_point_task_id", nullable=True),
    _text("parent_session_id", ForeignKey("sessions.session_id"), path="genealogy.parent_session_id", nullable=True),
    _text("spawn_point_task_id", path="genealogy.spawn_point_task_id", nullable=True),
    _text("fidelity", path="genealogy.fidelity", nullable=True),
    _text("fork_point", path="genealogy.fork_point", nullable=True),
    _text("race_id", nullable=True),
    _data(),
    _task_of("forked_from_session_id", "fork_point_task_id"),
    _task_of("parent_session_id", "spawn_point_task_id"),
    CheckConstraint("forked_from_session_id IS NULL OR parent_session_id IS NULL", name="one_origin"),
    CheckConstraint(
        "(fork_point_task_id IS NULL OR forked_from_session_id IS NOT NULL)"
        " AND (spawn_point_task_id IS NULL OR parent_session_id IS NOT NULL)",
        name="points_at_a_task_of_its_origin",
    ),
    CheckConstraint(
        "forked_from_session_id <> session_id AND parent_session_id <> session_id", name="not_its_own_origin"
    ),
)

tasks = Table(
    "tasks",
    metadata,
    _text("task_id", primary_key=True),
    _text("short_id", unique=True),
    _text("session_id", ForeignKey("sessions.session_id")),
    _count("position"),
    _text("status"),
    _text("mode", nullable=True),
    _text("model", nullable=True),
    _text("created_at"),
    _text("started_at", nullable=True),
    _text("completed_at", nullable=True),
    _count("tool_use_count"),
    *_usage(),
    _text("stop_reason", nullable=True),
    _data(),
    UniqueConstraint("session_id", "position"),
    UniqueConstraint("session_id", "task_id"),
)

messages = Table(
    "messages",
    metadata,
    _text("message_id", primary_key=True),
    _text("session_id", ForeignKey("sessions.session_id")),
    _text("task_id", ForeignKey("tasks.task_id")),
    _count("index"),
    _text("role"),
    _text("created_at"),
    Column("complete", Boolean, nullable=False, info={"path": "complete"}),
    _data(),
    UniqueConstraint("session_id", "index"),
    UniqueConstraint("task_id", "index"),
)

approvals = Table(
    "approvals",
    metadata,
    _text("approval_id", primary_key=True),
    _text("session_id", ForeignKey("sessions.session_id")),
    _text("task_id", ForeignKey("tasks.task_id")),
    _text("status"),
    _text("decision", nullable=True),
    _text("decided_by", nullable=True),
    _text("granted", nullable=True),
    _text("created_at"),
    _text("updated_at"),
    _data(),
)

landings = Table(
    "landings",
    metadata,
    _text("landing_id", primary_key=True),
    _text("session_id", ForeignKey("sessions.session_id")),
    _text("task_id", ForeignKey("tasks.task_id"), nullable=True),
    _text("repo_id", ForeignKey("repos.repo_id")),
    _text("target"),
    _text("before"),
    _text("after"),
    _text("how"),
    _text("status"),
    _text("created_at"),
    _text("undone_at", nullable=True),
    _data(),
)

feed_head = Table(
    "feed_head",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Text, nullable=False),
    Column("seq", COUNT, nullable=False),
)

feed = Table(
    "feed",
    metadata,
    Column("seq", COUNT, primary_key=True, autoincrement=False),
    Column("service", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("at", SORTED_TEXT, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", SORTED_TEXT, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("ids", Text, nullable=False),
    Column("created_at", SORTED_TEXT, nullable=False),
)

search_entries = Table(
    "search_entries",
    metadata,
    Column("entry", COUNT, primary_key=True, autoincrement=False),
    Column("service", Text, nullable=False),
    Column("id", SORTED_TEXT, nullable=False),
    Column("session_id", SORTED_TEXT, nullable=False),
    Column("words", Text, nullable=False),
    UniqueConstraint("service", "id"),
)

search_state = Table(
    "search_state",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("seq", COUNT, nullable=False),
    Column("service", Text, nullable=True),
    Column("after", SORTED_TEXT, nullable=True),
)


def _partial(name: str, condition: str, *columns: "Column[Any]") -> None:
    from sqlalchemy import text

    Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


SORTED_BY = {
    "title": ("title",),
    "updated": ("updated_at",),
    "board_updated": ("board_id", "updated_at"),
    "agent_updated": ("agent", "updated_at"),
    "status_updated": ("status", "updated_at"),
    "status_agent_updated": ("status", "agent", "updated_at"),
}
"""Lists of sessions that are sorted by something else than the time at which they were created."""


def _index_sessions() -> None:
    """Indexes for lists without archived sessions by time; the id orders equal times."""
    column = sessions.c
    order = (column.created_at, column.session_id)
    live = "archived_at IS NULL"
    _partial("ix_sessions_live", live, *order)
    _partial("ix_sessions_live_board", live, column.board_id, *order)
    _partial("ix_sessions_live_board_status", live, column.board_id, column.status, *order)
    _partial("ix_sessions_live_status", live, column.status, *order)
    _partial("ix_sessions_live_agent", live, column.agent, *order)
    for name, columns in SORTED_BY.items():
        _partial(f"ix_sessions_live_{name}", live, *(column[one] for one in columns), column.session_id)
    _partial("ix_sessions_archived", "archived_at IS NOT NULL", column.archived_at, column.session_id)
    for reference in (
        column.board_id,
        column.repo_id,
        column.worktree_id,
        column.forked_from_session_id,
        column.fork_point_task_id,
        column.parent_session_id,
        column.spawn_point_task_id,
        column.race_id,
    ):
        _partial(f"ix_sessions_{reference.name}", f"{reference.name} IS NOT NULL", reference)


_index_sessions()
_partial(
    "ix_approvals_granted",
    "granted IS NOT NULL",
    approvals.c.granted,
    approvals.c.session_id,
    approvals.c.created_at,
    approvals.c.approval_id,
)
Index("ix_idempotency_keys_created_at", idempotency_keys.c.created_at, idempotency_keys.c.key)
Index("ix_tasks_created_at", tasks.c.created_at, tasks.c.task_id)
Index("ix_tasks_status", tasks.c.status, tasks.c.created_at, tasks.c.task_id)
Index("ix_messages_created_at", messages.c.created_at, messages.c.message_id)
Index(
    "ix_approvals_session", approvals.c.session_id, approvals.c.status, approvals.c.created_at, approvals.c.approval_id
)
Index("ix_landings_session", landings.c.session_id, landings.c.created_at, landings.c.landing_id)
Index("ix_landings_created_at", landings.c.created_at, landings.c.landing_id)
Index("ix_landings_repo", landings.c.repo_id)
_partial("ix_landings_task", "task_id IS NOT NULL", landings.c.task_id)
Index("ix_approvals_task", approvals.c.task_id, approvals.c.status)
Index("ix_approvals_status", approvals.c.status, approvals.c.created_at, approvals.c.approval_id)
