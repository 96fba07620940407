"""The schema's history, as Alembic runs it; :mod:`agor_core.db.schema` decides when."""
