"""Alembic's entry: one transaction on the connection that it is given, from the old schema to the new or not at all."""

from alembic import context

from agor_core.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
