"""Adds to each approval whether Agor keeps a grant of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEPT = sa.text("granted IS NOT NULL")


def upgrade() -> None:
    op.add_column("approvals", sa.Column("granted", TEXT, nullable=True))
    op.create_index(
        "ix_approvals_granted",
        "approvals",
        ["granted", "session_id", "created_at", "approval_id"],
        sqlite_where=KEPT,
        postgresql_where=KEPT,
    )


def downgrade() -> None:
    op.drop_index("ix_approvals_granted", "approvals")
    op.drop_column("approvals", "granted")
