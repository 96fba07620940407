"""The index of words. It is filled in the background, from the feed or, where that is not long enough, anew."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "search_entries",
        sa.Column("entry", COUNT, autoincrement=False, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("session_id", TEXT, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("service", "id", name=op.f("uq_search_entries_service_id")),
    )
    state = op.create_table(
        "search_state",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("after", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_search_state")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_entries', content_rowid='entry',"
            " detail=none, columnsize=0, tokenize=\"ascii tokenchars '_'\")"
        )
    else:
        op.execute(
            "CREATE INDEX ix_search_entries_words ON search_entries"
            " USING gin (array_to_tsvector(string_to_array(words, ' ')))"
        )
    op.execute(sa.insert(state).values(only=1, seq=0))


def downgrade() -> None:
    raise NotImplementedError("The database is never taken back; use the copy that was made before it was migrated.")
