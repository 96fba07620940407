"""Review comments, and the changes of each session that a person has read."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "comments",
        sa.Column("comment_id", TEXT, nullable=False),
        sa.Column("short_id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("task_id", TEXT, nullable=True),
        sa.Column("message_id", TEXT, nullable=True),
        sa.Column("path", TEXT, nullable=True),
        sa.Column("side", TEXT, nullable=False),
        sa.Column("start_line", COUNT, nullable=True),
        sa.Column("end_line", COUNT, nullable=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("sent_in_task_id", TEXT, nullable=True),
        sa.Column("checkpoint", TEXT, nullable=True),
        sa.Column("base", TEXT, nullable=True),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.session_id"], name=op.f("fk_comments_session_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.task_id"], name=op.f("fk_comments_task_id")),
        sa.ForeignKeyConstraint(["sent_in_task_id"], ["tasks.task_id"], name=op.f("fk_comments_sent_in_task_id")),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comments")),
        sa.UniqueConstraint("short_id", name=op.f("uq_comments_short_id")),
    )
    op.create_index("ix_comments_session", "comments", ["session_id", "status", "created_at", "comment_id"])
    op.create_index("ix_comments_created_at", "comments", ["created_at", "comment_id"])
    op.create_index("ix_comments_task", "comments", ["task_id"])
    op.create_index("ix_comments_sent_in_task", "comments", ["sent_in_task_id"])
    op.create_table(
        "read_changes",
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("change", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.session_id"], name=op.f("fk_read_changes_session_id")),
        sa.PrimaryKeyConstraint("session_id", "change", name=op.f("pk_read_changes")),
    )


def downgrade() -> None:
    op.drop_table("read_changes")
    op.drop_table("comments")
