"""Landings: work of sessions that was brought into a branch."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
REQUIRED = ("session_id", "repo_id", "target", "before", "after", "how", "status", "created_at")
REFERENCES = (("session_id", "sessions"), ("task_id", "tasks"), ("repo_id", "repos"))


def upgrade() -> None:
    op.create_table(
        "landings",
        sa.Column("landing_id", TEXT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in REQUIRED),
        *(sa.Column(name, TEXT, nullable=True) for name in ("task_id", "undone_at")),
        sa.Column("data", sa.Text(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.{column}"], name=op.f(f"fk_landings_{column}"))
            for column, table in REFERENCES
        ),
        sa.PrimaryKeyConstraint("landing_id", name=op.f("pk_landings")),
    )
    op.create_index("ix_landings_session", "landings", ["session_id", "created_at", "landing_id"])
    op.create_index("ix_landings_created_at", "landings", ["created_at", "landing_id"])
    op.create_index("ix_landings_repo", "landings", ["repo_id"])
    has_task = sa.text("task_id IS NOT NULL")
    op.create_index("ix_landings_task", "landings", ["task_id"], sqlite_where=has_task, postgresql_where=has_task)


def downgrade() -> None:
    op.drop_table("landings")
