"""A store is created, left alone, migrated after a copy was made, or refused and left as it is."""

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from agor_core.clock import SystemClock
from agor_core.db import engines, migrate, postgres_schema, schema, search_index
from agor_core.db.store import sqlite_url
from agor_core.db.tables import metadata
from agor_core.errors import StoreBusy, StoreUnusable
from tests.builders.records import make_session
from tests.builders.stores import fresh_url, opened

HEAD, REVISIONS = schema.HEAD, schema.REVISIONS
NEXT = f"""
import sqlalchemy as sa
from alembic import op
revision = "next"
down_revision = "{HEAD}"
def upgrade():
    op.add_column("sessions", sa.Column("colour", sa.Text()))
"""


BY_HAND = re.compile("alembic_version|ix_search_entries_words")
"""What is no part of the tables' description."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "agor.db"


def prepare(file: Path) -> None:
    migrate.prepare(sqlite_url(file), backups=file.parent / "backups", clock=SystemClock())


def definitions(file: Path) -> dict[str, object]:
    """Columns, constraints and indexes in any order, by table or index: a migration adds a column at the end."""
    connection = sqlite3.connect(file)
    found: dict[str, object] = {}
    for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall():
        columns = {column[1]: column[2:] for column in connection.execute(f"PRAGMA table_info({name})")}
        lines = [line.strip().rstrip(",") for line in sql.splitlines() if line.strip()]
        more = [line for line in lines if not line.startswith(("CREATE TABLE", ")")) and line.split()[0] not in columns]
        found[name] = (columns, sorted(more))
    connection.close()
    found.pop("alembic_version", None)
    return found


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that knows one more version of the schema."""
    scripts = tmp_path / "scripts"
    shutil.copytree(schema.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    script = scripts / "versions" / "next_colour.py"
    script.write_text(NEXT)
    monkeypatch.setattr(schema, "SCRIPTS", scripts)
    monkeypatch.setattr(schema, "REVISIONS", (*REVISIONS, "next"))
    monkeypatch.setattr(schema, "HEAD", "next")
    return script


def test_a_new_store_is_made_with_its_folder(file: Path) -> None:
    prepare(file)
    assert migrate.schema_version(sqlite_url(file)) == schema.HEAD
    assert file.stat().st_mode & 0o777 == 0o600
    assert not (file.parent / "backups").exists()


def test_the_migrations_and_the_tables_make_the_same_schema(tmp_path: Path) -> None:
    prepare(tmp_path / "migrations.db")
    engine = engines.sqlite_writer(sqlite_url(tmp_path / "tables.db"))
    with engine.begin() as connection:
        tables = MetaData(naming_convention=metadata.naming_convention)
        for table in metadata.tables.values():
            table.to_metadata(tables)  # a copy, since creating by ALTER leaves marks on the tables it is done with
        tables.create_all(connection, checkfirst=False)
        connection.exec_driver_sql(search_index.DEFINITIONS["sqlite"])
    engine.dispose()
    assert definitions(tmp_path / "tables.db") == definitions(tmp_path / "migrations.db")


@pytest.mark.postgres
def test_the_schema_on_postgresql_is_that_of_the_tables(tmp_path: Path) -> None:
    def differences(connection: Connection) -> list[object]:
        schema.upgrade(connection)
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    with fresh_url("postgresql", tmp_path) as url:
        assert [d for d in postgres_schema.run(url, differences) if not BY_HAND.search(str(d))] == []


def test_the_revisions_are_those_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.SCRIPTS))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(reversed([script.revision for script in scripts])) == schema.REVISIONS


def test_a_store_that_is_up_to_date_loads_no_alembic(file: Path) -> None:
    prepare(file)
    program = (
        "import sys, pathlib; from agor_core.db import migrate; from agor_core.clock import SystemClock\n"
        "migrate.prepare(sys.argv[1], backups=pathlib.Path('/nowhere'), clock=SystemClock())\n"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, sqlite_url(file)], check=False).returncode == 0


async def test_a_migration_keeps_the_rows_and_puts_a_copy_aside(file: Path, next_version: Path) -> None:
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(schema, "HEAD", HEAD)
        earlier.setattr(schema, "SCRIPTS", Path(schema.__file__).parent / "migrations")
        earlier.setattr(schema, "REVISIONS", REVISIONS)
        async with opened(sqlite_url(file)) as store:
            from agor_core.repositories import sessions

            session = await store.write(lambda w: sessions.insert(w, make_session()))
    prepare(file)
    (copy,) = (file.parent / "backups").iterdir()
    assert migrate.schema_version(sqlite_url(file)) == "next"
    assert migrate.schema_version(sqlite_url(copy)) == HEAD
    for database in (file, copy):
        connection = sqlite3.connect(database)
        assert connection.execute("SELECT session_id FROM sessions").fetchall() == [(session.session_id,)]
        connection.close()


def test_a_migration_that_fails_half_way_leaves_the_old_schema(file: Path, next_version: Path) -> None:
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(schema, "HEAD", HEAD)
        earlier.setattr(schema, "SCRIPTS", Path(schema.__file__).parent / "migrations")
        prepare(file)
    before = definitions(file)
    next_version.write_text(NEXT + "    op.execute('SELECT * FROM nowhere')\n")
    with pytest.raises(StoreUnusable, match="could not be brought up to date"):
        prepare(file)
    assert definitions(file) == before
    assert migrate.schema_version(sqlite_url(file)) == HEAD


@pytest.fixture
def unusable(file: Path, request: pytest.FixtureRequest) -> Path:
    prepare(file)
    request.param(file)
    return file


def newer(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()


def overwritten(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[4096:12288] = b"\xa5" * 8192
    file.write_bytes(data)


def of_another_program(file: Path) -> None:
    file.unlink()
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()


@pytest.mark.parametrize(
    ("unusable", "reason"),
    [
        pytest.param(newer, "newer version", id="newer"),
        pytest.param(overwritten, "damaged", id="overwritten"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:9000]), "damaged", id="cut short"),
        pytest.param(lambda file: file.write_bytes(b"no database at all" * 100), "damaged", id="no database"),
        pytest.param(of_another_program, "another program", id="foreign"),
    ],
    indirect=["unusable"],
)
def test_what_cannot_be_used_is_refused_and_left_as_it_is(unusable: Path, reason: str) -> None:
    before = unusable.read_bytes()
    with pytest.raises(StoreUnusable, match=reason):
        prepare(unusable)
    assert unusable.read_bytes() == before


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StoreUnusable, match="cannot be written"):
        prepare(tmp_path / "home" / "agor.db")


def test_a_store_that_another_program_holds_is_busy(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(file)
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.05)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="Another program"):
        prepare(file)
    other.close()


@pytest.mark.postgres
def test_two_hosts_may_start_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with fresh_url("postgresql", tmp_path) as url, ThreadPoolExecutor(2) as hosts:
        starts = [hosts.submit(migrate.prepare, url, backups=tmp_path, clock=SystemClock()) for _ in range(2)]
        for start in starts:
            start.result()
        epochs = postgres_schema.run(url, lambda c: c.execute(text("SELECT epoch FROM feed_head")).all())
        assert len(epochs) == 1


@pytest.mark.postgres
def test_a_server_s_database_is_migrated_when_a_person_asks_as_no_copy_is_made(tmp_path: Path) -> None:
    with fresh_url("postgresql", tmp_path) as url:
        postgres_schema.run(url, lambda connection: upgraded(connection, REVISIONS[-2]))
        with pytest.raises(StoreUnusable, match=r"on 127\.0\.0\.1.* has the schema \d+.*pg_dump.*agor db migrate"):
            migrate.prepare(url, backups=tmp_path, clock=SystemClock())
        assert migrate.schema_version(url) == REVISIONS[-2]
        migrate.prepare(url, backups=tmp_path, clock=SystemClock(), asked=True)
        migrate.prepare(url, backups=tmp_path, clock=SystemClock())
        assert migrate.schema_version(url) == HEAD


def upgraded(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def test_a_server_that_refuses_is_told_of_in_its_own_words(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://nobody:secret@127.0.0.1:9/agents"
    with pytest.raises(StoreUnusable) as raised:
        migrate.prepare(url, backups=tmp_path, clock=SystemClock())
    assert str(raised.value).startswith("The PostgreSQL database agents on 127.0.0.1:9 cannot be used: ")
    assert "sqlalche" not in str(raised.value)
    assert "secret" not in str(raised.value)


def test_the_way_back_is_refused(file: Path) -> None:
    prepare(file)
    before = file.read_bytes()
    config = Config()
    config.set_main_option("script_location", str(schema.SCRIPTS))
    engine = engines.sqlite_writer(sqlite_url(file))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        with pytest.raises(NotImplementedError, match="never taken back"):
            command.downgrade(config, "base")
    engine.dispose()
    assert file.read_bytes() == before
