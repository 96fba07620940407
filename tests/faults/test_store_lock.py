"""Another program holds the database's write lock: writes wait or fail clearly, and reads go on.

For 1 s, or 30 s with AGOR_FAULTS=long.
"""

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest
from sqlalchemy import Engine, event

from agor_core.db import engines
from agor_core.db.store import sqlite_url
from agor_core.domain.session import Session
from agor_core.errors import StoreBusy
from agor_core.repositories import sessions
from tests.builders.records import make_session
from tests.builders.stores import opened

LONG = os.environ.get("AGOR_FAULTS") == "long"
HELD = 30.0 if LONG else 1.0


@pytest.mark.timeout(120)
async def test_writes_wait_or_fail_clearly_and_reads_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not LONG:
        monkeypatch.setattr(engines, "BUSY_SECONDS", 0.3)
    async with opened(sqlite_url(tmp_path / "agor.db")) as store:
        kept = await store.write(lambda w: sessions.insert(w, make_session()))
        other = sqlite3.connect(tmp_path / "agor.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        until = time.monotonic() + HELD
        refused: list[float] = []
        slowest = 0.0

        async def write() -> None:
            while time.monotonic() < until:
                began = time.monotonic()
                with pytest.raises(StoreBusy, match="Another program"):
                    await store.write(lambda w: sessions.insert(w, make_session()))
                refused.append(time.monotonic() - began)

        writing = asyncio.gather(*(write() for _ in range(3)))
        while not writing.done():
            began = time.monotonic()
            assert await store.read(lambda r: sessions.get(r, kept.session_id)) == kept
            slowest = max(slowest, time.monotonic() - began)
            await asyncio.sleep(0.01)
        await writing
        assert min(refused) >= engines.BUSY_SECONDS * 0.9
        assert slowest < 1
        # Who waits while the lock is given up is served.
        held = engines.BUSY_SECONDS / 3
        with begun() as begins:
            waiting = asyncio.create_task(store.write(lambda w: (time.monotonic(), sessions.insert(w, make_session()))))
            asked = await asyncio.to_thread(begins.get, timeout=10)
            await asyncio.sleep(held)
            other.execute("ROLLBACK")
            other.close()
            served, made = await waiting
        assert isinstance(made, Session)
        assert served - asked >= held


@contextmanager
def begun() -> Iterator["SimpleQueue[float]"]:
    """When the thread that writes asked the database for a transaction."""
    moments: SimpleQueue[float] = SimpleQueue()

    def note(_: object) -> None:
        if threading.current_thread().name == "agor-store-writer":
            moments.put(time.monotonic())

    event.listen(Engine, "begin", note)
    try:
        yield moments
    finally:
        event.remove(Engine, "begin", note)
