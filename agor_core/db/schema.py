"""The versions of the schema, and the migration to the newest.

A new store is a migration from nothing, by the same scripts. Alembic is slow to import, so it is imported only to
migrate; the version is read by plain SQL.
"""

from pathlib import Path

from sqlalchemy import Connection

from agor_core.errors import StoreUnusable

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
"""All versions of the schema, oldest first."""
HEAD = REVISIONS[-1]
SCRIPTS = Path(__file__).parent / "migrations"


def check_known(version: str, place: str) -> None:
    """Raise StoreUnusable for a version that this program does not know."""
    if version not in REVISIONS:
        raise StoreUnusable(
            f"The database {place} was made by a newer version of Agor (schema {version}, this one knows {HEAD}); "
            "it was left as it is. Install the newer version."
        )


def upgrade(connection: Connection) -> None:
    """Run the migrations to the newest version, from nothing in an empty database, in the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
