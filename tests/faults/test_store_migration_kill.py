"""``kill -9`` in the middle of a migration: the old schema or the new one, with all rows, and a copy beside it.

10 lives, or 300 with AGOR_FAULTS=long.
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agor_core.clock import SystemClock
from agor_core.db import migrate, schema
from agor_core.db.check import integrity_check
from agor_core.db.store import sqlite_url
from agor_core.errors import StoreUnusable
from agor_core.repositories import sessions
from tests.builders.records import make_session
from tests.builders.stores import opened

LONG = os.environ.get("AGOR_FAULTS") == "long"
LIVES = 300 if LONG else 10
ROOT = Path(__file__).parents[2]
SESSIONS = 2_000
NEXT = f"""
import sqlalchemy as sa
from alembic import op
revision = "next"
down_revision = "{schema.HEAD}"
def upgrade():
    op.add_column("sessions", sa.Column("colour", sa.Text()))
    op.execute("UPDATE sessions SET colour = hex(randomblob(200))")
    op.create_index("ix_sessions_colour", "sessions", ["colour"])
    op.create_table("colours", sa.Column("colour", sa.Text(), primary_key=True))
    op.execute("INSERT INTO colours SELECT colour FROM sessions")
"""


@pytest.fixture
async def original(tmp_path: Path) -> Path:
    """A store of this version with some rows."""
    file = tmp_path / "original.db"
    async with opened(sqlite_url(file)) as store:
        made = [make_session(description="x" * 500) for _ in range(SESSIONS)]
        await store.write(lambda w: [sessions.insert(w, session) for session in made])
    return file


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    scripts = tmp_path / "scripts"
    shutil.copytree(schema.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "next.py").write_text(NEXT)
    command = [sys.executable, "-m", "tests.fakes.store_migrator", sqlite_url(tmp_path / "home" / "agor.db")]
    command += [str(tmp_path / "home" / "backups"), str(scripts), "next"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def a_life(nursery: "subprocess.Popen[str]", seconds: float) -> float:
    """Let a migration live for so long; answers how long it did."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write("live\n")
    nursery.stdin.flush()
    pid = int(nursery.stdout.readline().split()[1])
    began = time.perf_counter()
    if seconds < 60:
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert nursery.stdout.readline() == "dead\n"
    return time.perf_counter() - began


def tables(file: Path) -> set[str]:
    connection = sqlite3.connect(file)
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (SESSIONS,)
    connection.close()
    return found


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 120)
def test_the_old_schema_or_the_new_one(tmp_path: Path, original: Path, nursery: "subprocess.Popen[str]") -> None:
    chance = random.Random(12)
    file, backups = tmp_path / "home" / "agor.db", tmp_path / "home" / "backups"
    found: set[str | None] = set()
    whole = 0.0
    for life in range(LIVES):
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        file.parent.mkdir()
        shutil.copy(original, file)
        if life < 2:
            whole = a_life(nursery, 60)
        else:
            a_life(nursery, chance.random() * whole)
        version = migrate.schema_version(sqlite_url(file))
        found.add(version)
        changed = {"colours", "ix_sessions_colour"} & tables(file)
        assert (version, len(changed)) in {("next", 2), (schema.HEAD, 0)}
        assert integrity_check(sqlite_url(file)) == []
        copies = list(backups.glob("*.db"))
        assert version == schema.HEAD or len(copies) == 1
        for copy in copies:
            assert migrate.schema_version(sqlite_url(copy)) == schema.HEAD
            assert integrity_check(sqlite_url(copy)) == []
    assert found == {"next", schema.HEAD}
    a_life(nursery, 60)
    assert migrate.schema_version(sqlite_url(file)) == "next"


def test_a_store_that_was_migrated_is_refused_by_the_version_before(
    tmp_path: Path, original: Path, nursery: "subprocess.Popen[str]"
) -> None:
    file = tmp_path / "home" / "agor.db"
    file.parent.mkdir()
    shutil.copy(original, file)
    a_life(nursery, 60)
    before = file.read_bytes()
    with pytest.raises(StoreUnusable, match="newer version"):
        migrate.prepare(sqlite_url(file), backups=tmp_path, clock=SystemClock())
    assert file.read_bytes() == before
