"""The first schema."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "boards",
        sa.Column("board_id", TEXT, nullable=False),
        sa.Column("short_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("archived_at", TEXT, nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("board_id", name=op.f("pk_boards")),
        sa.UniqueConstraint("short_id", name=op.f("uq_boards_short_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_boards_slug")),
    )
    op.create_table(
        "feed",
        sa.Column("seq", COUNT, autoincrement=False, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_feed")),
    )
    op.create_table(
        "feed_head",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("seq", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_feed_head")),
    )
    op.create_table(
        "repos",
        sa.Column("repo_id", TEXT, nullable=False),
        sa.Column("short_id", TEXT, nullable=False),
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("remote_url", TEXT, nullable=True),
        sa.Column("local_path", TEXT, nullable=False),
        sa.Column("managed_by_agor", sa.Boolean(), nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", name=op.f("pk_repos")),
        sa.UniqueConstraint("local_path", name=op.f("uq_repos_local_path")),
        sa.UniqueConstraint("short_id", name=op.f("uq_repos_short_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_repos_slug")),
    )
    op.create_table(
        "worktrees",
        sa.Column("worktree_id", TEXT, nullable=False),
        sa.Column("repo_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("ref", TEXT, nullable=True),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["repo_id"], ["repos.repo_id"], name=op.f("fk_worktrees_repo_id")),
        sa.PrimaryKeyConstraint("worktree_id", name=op.f("pk_worktrees")),
        sa.UniqueConstraint("path", name=op.f("uq_worktrees_path")),
        sa.UniqueConstraint("repo_id", "name", name=op.f("uq_worktrees_repo_id_name")),
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("short_id", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("agent", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=True),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("archived_at", TEXT, nullable=True),
        sa.Column("board_id", TEXT, nullable=True),
        sa.Column("mode", TEXT, nullable=True),
        sa.Column("model", TEXT, nullable=True),
        sa.Column("message_count", COUNT, server_default="0", nullable=False),
        sa.Column("tool_use_count", COUNT, server_default="0", nullable=False),
        sa.Column("task_count", COUNT, server_default="0", nullable=False),
        sa.Column("input_tokens", COUNT, server_default="0", nullable=False),
        sa.Column("output_tokens", COUNT, server_default="0", nullable=False),
        sa.Column("cost_usd", sa.Float(precision=53), server_default="0", nullable=False),
        sa.Column("current", sa.Text(), nullable=True),
        sa.Column("cwd", TEXT, nullable=False),
        sa.Column("repo_id", TEXT, nullable=True),
        sa.Column("repo_slug", TEXT, nullable=True),
        sa.Column("worktree_id", TEXT, nullable=True),
        sa.Column("worktree_name", TEXT, nullable=True),
        sa.Column("managed_worktree", sa.Boolean(), nullable=False),
        sa.Column("forked_from_session_id", TEXT, nullable=True),
        sa.Column("fork_point_task_id", TEXT, nullable=True),
        sa.Column("parent_session_id", TEXT, nullable=True),
        sa.Column("spawn_point_task_id", TEXT, nullable=True),
        sa.Column("fidelity", TEXT, nullable=True),
        sa.Column("fork_point", TEXT, nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "forked_from_session_id <> session_id AND parent_session_id <> session_id",
            name=op.f("ck_sessions_not_its_own_origin"),
        ),
        sa.CheckConstraint(
            "(fork_point_task_id IS NULL OR forked_from_session_id IS NOT NULL)"
            " AND (spawn_point_task_id IS NULL OR parent_session_id IS NOT NULL)",
            name=op.f("ck_sessions_points_at_a_task_of_its_origin"),
        ),
        sa.CheckConstraint(
            "forked_from_session_id IS NULL OR parent_session_id IS NULL", name=op.f("ck_sessions_one_origin")
        ),
        sa.ForeignKeyConstraint(["board_id"], ["boards.board_id"], name=op.f("fk_sessions_board_id")),
        sa.ForeignKeyConstraint(
            ["forked_from_session_id", "fork_point_task_id"],
            ["tasks.session_id", "tasks.task_id"],
            name=op.f("fk_sessions_fork_point_task_id"),
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["forked_from_session_id"], ["sessions.session_id"], name=op.f("fk_sessions_forked_from_session_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_session_id"], ["sessions.session_id"], name=op.f("fk_sessions_parent_session_id")
        ),
        sa.ForeignKeyConstraint(["repo_id"], ["repos.repo_id"], name=op.f("fk_sessions_repo_id")),
        sa.ForeignKeyConstraint(
            ["parent_session_id", "spawn_point_task_id"],
            ["tasks.session_id", "tasks.task_id"],
            name=op.f("fk_sessions_spawn_point_task_id"),
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(["worktree_id"], ["worktrees.worktree_id"], name=op.f("fk_sessions_worktree_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("short_id", name=op.f("uq_sessions_short_id")),
    )
    op.create_index(
        "ix_sessions_archived",
        "sessions",
        ["archived_at", "session_id"],
        sqlite_where=sa.text("archived_at IS NOT NULL"),
        postgresql_where=sa.text("archived_at IS NOT NULL"),
    )
    op.create_index(
        "ix_sessions_board_id",
        "sessions",
        ["board_id"],
        sqlite_where=sa.text("board_id IS NOT NULL"),
        postgresql_where=sa.text("board_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sessions_fork_point_task_id",
        "sessions",
        ["fork_point_task_id"],
        sqlite_where=sa.text("fork_point_task_id IS NOT NULL"),
        postgresql_where=sa.text("fork_point_task_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sessions_forked_from_session_id",
        "sessions",
        ["forked_from_session_id"],
        sqlite_where=sa.text("forked_from_session_id IS NOT NULL"),
        postgresql_where=sa.text("forked_from_session_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sessions_live",
        "sessions",
        ["created_at", "session_id"],
        sqlite_where=sa.text("archived_at IS NULL"),
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_index(
        "ix_sessions_live_agent",
        "sessions",
        ["agent", "created_at", "session_id"],
        sqlite_where=sa.text("archived_at IS NULL"),
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_index(
        "ix_sessions_live_board",
        "sessions",
        ["board_id", "created_at", "session_id"],
        sqlite_where=sa.text("archived_at IS NULL"),
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_index(
        "ix_sessions_live_board_status",
        "sessions",
        ["board_id", "status", "created_at", "session_id"],
        sqlite_where=sa.text("archived_at IS NULL"),
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_index(
        "ix_sessions_live_status",
        "sessions",
        ["status", "created_at", "session_id"],
        sqlite_where=sa.text("archived_at IS NULL"),
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_index(
        "ix_sessions_parent_session_id",
        "sessions",
        ["parent_session_id"],
        sqlite_where=sa.text("parent_session_id IS NOT NULL"),
        postgresql_where=sa.text("parent_session_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sessions_repo_id",
        "sessions",
        ["repo_id"],
        sqlite_where=sa.text("repo_id IS NOT NULL"),
        postgresql_where=sa.text("repo_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sessions_spawn_point_task_id",
        "sessions",
        ["spawn_point_task_id"],
        sqlite_where=sa.text("spawn_point_task_id IS NOT NULL"),
        postgresql_where=sa.text("spawn_point_task_id IS NOT NULL"),
    )
    op.create_index(
        "ix_sessions_worktree_id",
        "sessions",
        ["worktree_id"],
        sqlite_where=sa.text("worktree_id IS NOT NULL"),
        postgresql_where=sa.text("worktree_id IS NOT NULL"),
    )
    op.create_table(
        "tasks",
        sa.Column("task_id", TEXT, nullable=False),
        sa.Column("short_id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("position", COUNT, server_default="0", nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("mode", TEXT, nullable=True),
        sa.Column("model", TEXT, nullable=True),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("started_at", TEXT, nullable=True),
        sa.Column("completed_at", TEXT, nullable=True),
        sa.Column("tool_use_count", COUNT, server_default="0", nullable=False),
        sa.Column("input_tokens", COUNT, server_default="0", nullable=False),
        sa.Column("output_tokens", COUNT, server_default="0", nullable=False),
        sa.Column("cost_usd", sa.Float(precision=53), server_default="0", nullable=False),
        sa.Column("stop_reason", TEXT, nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.session_id"], name=op.f("fk_tasks_session_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("session_id", "position", name=op.f("uq_tasks_session_id_position")),
        sa.UniqueConstraint("session_id", "task_id", name=op.f("uq_tasks_session_id_task_id")),
        sa.UniqueConstraint("short_id", name=op.f("uq_tasks_short_id")),
    )
    op.create_index("ix_tasks_created_at", "tasks", ["created_at", "task_id"])
    op.create_index("ix_tasks_status", "tasks", ["status", "created_at", "task_id"])
    op.create_table(
        "approvals",
        sa.Column("approval_id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("task_id", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("decision", TEXT, nullable=True),
        sa.Column("decided_by", TEXT, nullable=True),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.session_id"], name=op.f("fk_approvals_session_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.task_id"], name=op.f("fk_approvals_task_id")),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_session", "approvals", ["session_id", "status", "created_at", "approval_id"])
    op.create_index("ix_approvals_status", "approvals", ["status", "created_at", "approval_id"])
    op.create_index("ix_approvals_task", "approvals", ["task_id", "status"])
    op.create_table(
        "messages",
        sa.Column("message_id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("task_id", TEXT, nullable=False),
        sa.Column("index", COUNT, server_default="0", nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.session_id"], name=op.f("fk_messages_session_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.task_id"], name=op.f("fk_messages_task_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_messages")),
        sa.UniqueConstraint("session_id", "index", name=op.f("uq_messages_session_id_index")),
        sa.UniqueConstraint("task_id", "index", name=op.f("uq_messages_task_id_index")),
    )
    op.create_index("ix_messages_created_at", "messages", ["created_at", "message_id"])
    if op.get_bind().dialect.name != "sqlite":
        # Sessions and tasks refer to each other; SQLite took the references to tasks with the table above.
        for session, task in (
            ("forked_from_session_id", "fork_point_task_id"),
            ("parent_session_id", "spawn_point_task_id"),
        ):
            op.create_foreign_key(
                f"fk_sessions_{task}", "sessions", "tasks", [session, task], ["session_id", "task_id"]
            )
    heads = sa.table("feed_head", sa.column("only"), sa.column("epoch"), sa.column("seq"))
    op.execute(sa.insert(heads).values(only=1, epoch=secrets.token_hex(8), seq=0))


def downgrade() -> None:
    raise NotImplementedError("The database is never taken back; use the copy that was made before it was migrated.")
