"""Checks and races, and the race that a session is an attempt of."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ORDER = ("created_at", "check_id")


def upgrade() -> None:
    op.create_table(
        "checks",
        sa.Column("check_id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("task_id", TEXT, nullable=True),
        sa.Column("command", TEXT, nullable=False),
        sa.Column("tree", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("started_at", TEXT, nullable=True),
        sa.Column("ended_at", TEXT, nullable=True),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.session_id"], name=op.f("fk_checks_session_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.task_id"], name=op.f("fk_checks_task_id")),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_checks")),
    )
    op.create_index("ix_checks_session", "checks", ["session_id", *ORDER])
    op.create_index("ix_checks_task", "checks", ["task_id", *ORDER])
    op.create_index("ix_checks_tree", "checks", ["tree", *ORDER])
    op.create_index("ix_checks_status", "checks", ["status", *ORDER])
    op.create_index("ix_checks_created_at", "checks", [*ORDER])
    op.create_table(
        "races",
        sa.Column("race_id", TEXT, nullable=False),
        sa.Column("base", TEXT, nullable=True),
        sa.Column("source_session_id", TEXT, nullable=True),
        sa.Column("task_id", TEXT, nullable=True),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("race_id", name=op.f("pk_races")),
    )
    op.create_index("ix_races_created_at", "races", ["created_at", "race_id"])
    op.add_column("sessions", sa.Column("race_id", TEXT, nullable=True))
    given = sa.text("race_id IS NOT NULL")
    op.create_index("ix_sessions_race_id", "sessions", ["race_id"], sqlite_where=given, postgresql_where=given)


def downgrade() -> None:
    op.drop_index("ix_sessions_race_id", "sessions")
    op.drop_column("sessions", "race_id")
    op.drop_table("races")
    op.drop_table("checks")
