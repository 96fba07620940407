"""``kill -9`` of a writing process: what was acknowledged is there, nothing is half there, the feed has no gaps.

16 lives, or 1,000 with AGOR_FAULTS=long.
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agor_core.clock import SystemClock
from agor_core.db import migrate, tables
from agor_core.db.check import integrity_check
from agor_core.db.connections import Reader
from agor_core.db.store import sqlite_url
from tests.builders.stores import opened
from tests.faults.conftest import Promise

LONG = os.environ.get("AGOR_FAULTS") == "long"
LIVES = 1_000 if LONG else 16
ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = sqlite_url(tmp_path / "agor.db")
    migrate.prepare(address, backups=tmp_path, clock=SystemClock())
    return address


@pytest.fixture
def nursery(url: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.fakes.store_writer", url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def a_life(nursery: "subprocess.Popen[str]", until: int) -> set[str]:
    """Let a writer live for so many acknowledgements; answers all that it gave until it was dead."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write("live\n")
    nursery.stdin.flush()
    acknowledged: set[str] = set()
    pid: int | None = None
    for line in map(str.strip, nursery.stdout):
        if line == "dead":
            return acknowledged
        if line.startswith("pid "):
            pid = int(line.split()[1])
        else:
            acknowledged.add(line)
        if pid is not None and len(acknowledged) >= until:
            os.kill(pid, signal.SIGKILL)
            until = sys.maxsize
    raise AssertionError("the program that forks writers ended")


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 120)
async def test_nothing_acknowledged_is_lost(url: str, nursery: "subprocess.Popen[str]", promise: Promise) -> None:
    chance = random.Random(9)
    acknowledged: set[str] = set()
    for life in range(LIVES):
        acknowledged |= a_life(nursery, chance.choice((0, 1, chance.randrange(200))))
        if life % 8 == 0 or life == LIVES - 1:
            assert integrity_check(url) == []
        async with opened(url, feed_rows=10**9) as store:
            stored, fed = await store.read(what_is_there)
        assert acknowledged <= stored
        assert fed == stored
    assert len(acknowledged) > LIVES
    promise("kill -9 under writes", f"{LIVES} kills, {len(acknowledged)} acknowledged writes, 0 lost")


def what_is_there(reader: Reader) -> tuple[set[str], set[str]]:
    """The sessions that are whole, with a task and a message each; and those that the feed told of."""
    s, f = tables.sessions.c, tables.feed.c
    broken = select(func.count()).where((s.task_count != 1) | (s.message_count != 1) | s.current.is_(None))
    assert reader.execute(broken).scalar_one() == 0
    for table in (tables.tasks, tables.messages):
        assert reader.execute(select(func.count()).select_from(table)).scalar_one() == (
            reader.execute(select(func.count()).select_from(tables.sessions)).scalar_one()
        )
    created = select(f.id).where(f.service == "sessions", f.event == "created")
    return set(reader.execute(select(s.session_id)).scalars()), set(reader.execute(created).scalars())
