"""Indexes for lists of sessions that are sorted by their title and by their last change."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_sessions_live_title": ["title", "session_id"],
    "ix_sessions_live_updated": ["updated_at", "session_id"],
    "ix_sessions_live_board_updated": ["board_id", "updated_at", "session_id"],
    "ix_sessions_live_agent_updated": ["agent", "updated_at", "session_id"],
    "ix_sessions_live_status_updated": ["status", "updated_at", "session_id"],
    "ix_sessions_live_status_agent_updated": ["status", "agent", "updated_at", "session_id"],
}
LIVE = sa.text("archived_at IS NULL")


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "sessions", columns, sqlite_where=LIVE, postgresql_where=LIVE)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "sessions")
