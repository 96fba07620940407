"""A store on a disk that is really full."""

import asyncio
from pathlib import Path

from agor_core.db import feed_log
from agor_core.db.check import integrity_check
from agor_core.db.store import Store, sqlite_url
from agor_core.domain.session import Session
from agor_core.errors import StoreFull
from agor_core.query.tree import Query
from agor_core.repositories import sessions
from tests.builders.records import make_session
from tests.builders.stores import opened


async def insert(store: Store) -> Session | StoreFull:
    session = make_session(description="x" * 5_000)
    try:
        return await store.write(lambda w: sessions.insert(w, session))
    except StoreFull as error:
        return error


async def stored(store: Store) -> set[str]:
    def work(reader: object) -> set[str]:
        page = sessions.find(reader, Query(limit=100_000, select=("session_id",)))  # type: ignore[arg-type]
        return {bytes(row).decode().split('"')[3] for row in page.data}

    return await store.read(work)


async def test_it_says_so_loses_nothing_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    url = sqlite_url(small_disk / "agor.db")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(500_000))
    async with opened(url) as store:
        acknowledged: set[str] = set()
        full = 0
        for _ in range(200):
            outcomes = await asyncio.gather(*(insert(store) for _ in range(8)))
            acknowledged |= {outcome.session_id for outcome in outcomes if isinstance(outcome, Session)}
            full += sum(isinstance(outcome, StoreFull) for outcome in outcomes)
            if full > 30:
                break
        assert full > 30
        assert await stored(store) == acknowledged
        ballast.unlink()
        more = [await insert(store) for _ in range(5)]
        assert all(isinstance(outcome, Session) for outcome in more)
        acknowledged |= {outcome.session_id for outcome in more if isinstance(outcome, Session)}
        assert await stored(store) == acknowledged
        rows = await store.read(lambda r: feed_log.since(r, 0, limit=10_000))
        assert [row.seq for row in rows] == list(range(1, len(acknowledged) + 1))
    assert integrity_check(url) == []
