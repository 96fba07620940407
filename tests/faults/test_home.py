"""The home is taken away from under a running daemon: it notices within two seconds and acknowledges nothing more.

Three ways, or eight with AGOR_FAULTS=long.
"""

import asyncio
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders.daemons import program
from tests.faults.conftest import Promise

LONG = os.environ.get("AGOR_FAULTS") == "long"
LONGEST = 2.0
"""Seconds from the deed to the last request that was acknowledged."""


def removed(home: Path) -> None:
    shutil.rmtree(home)


def replaced_by_a_copy(home: Path) -> None:
    home.rename(home.with_name("away"))
    shutil.copytree(home.with_name("away"), home, ignore=shutil.ignore_patterns("*.sock"))


def moved_away(home: Path) -> None:
    home.rename(home.with_name("away"))


def database_written_over(home: Path) -> None:
    shutil.copyfile(home.with_name("copy.db"), home / "agor.db")


def database_replaced(home: Path) -> None:
    shutil.copyfile(home.with_name("copy.db"), home / "new.db")
    (home / "new.db").rename(home / "agor.db")


def log_of_the_database_removed(home: Path) -> None:
    (home / "agor.db-wal").unlink()


def lock_removed(home: Path) -> None:
    (home / "daemon.lock").unlink()


def restored_by_another_program(home: Path) -> None:
    source, target = sqlite3.connect(home.with_name("copy.db")), sqlite3.connect(home / "agor.db", timeout=20)
    source.backup(target)
    source.close()
    target.close()


DEEDS = [removed, database_written_over, restored_by_another_program]
LONG_DEEDS = [replaced_by_a_copy, moved_away, database_replaced, log_of_the_database_removed, lock_removed]


@pytest.mark.slow
@pytest.mark.parametrize("deed", DEEDS + (LONG_DEEDS if LONG else []), ids=lambda deed: deed.__name__)
async def test_nothing_more_is_acknowledged(tmp_path: Path, deed: Callable[[Path], None], promise: Promise) -> None:
    home = tmp_path / "home"
    with program(home) as it:
        await it.caller.post("/boards", {"name": "before"})
        source, copy = sqlite3.connect(home / "agor.db"), sqlite3.connect(tmp_path / "copy.db")
        source.backup(copy)
        source.close()
        copy.close()
        await it.caller.post("/boards", {"name": "not in the copy"})
        last = time.monotonic()
        await asyncio.to_thread(deed, home)
        done = time.monotonic()
        refusals = []
        while it.process.poll() is None and time.monotonic() - done < 30:
            try:
                answer = await it.caller.call("POST", "/boards", {"name": "after"})
            except (OSError, ValueError, IndexError, asyncio.IncompleteReadError):
                answer = None
            if answer is not None and answer.status < 300:
                last = time.monotonic()
            elif answer is not None:
                refusals.append(answer.status)
            await asyncio.sleep(0.02)
        noticed = max(0.0, last - done)
        _, err = await asyncio.to_thread(it.process.communicate)
    assert it.process.returncode == 4
    assert any(word in err.decode() for word in ("was removed", "was replaced", "written over", "Another program"))
    assert set(refusals) <= {503}
    promise(f"a home that was {deed.__name__.replace('_', ' ')}", f"last 2xx after {noticed:.2f} s, at most 2 s")
    assert noticed <= LONGEST
