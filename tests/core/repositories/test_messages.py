"""Lists of messages, which may be long: how much of them is in memory."""

import tracemalloc

import pytest

from agor_core.db.store import Store
from agor_core.query.tree import Query
from agor_core.repositories import messages, sessions, tasks
from tests.builders.records import make_message, make_session, make_task


async def test_a_page_of_long_messages_is_not_fetched_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 150 messages of 100 kB each, the memory for a page holds those of the page and few more."""
    for module in ("connections", "awaited_reads"):
        monkeypatch.setattr(f"agor_core.db.{module}.ROWS_AT_ONCE", 2)
    monkeypatch.setattr("agor_core.repositories.listing.LONGEST_PAGE", 250_000)
    session = make_session()
    task = make_task(session.session_id)
    many = [make_message(task, text="x" * 100_000) for _ in range(150)]
    await store.write(lambda w: sessions.insert(w, session))
    await store.write(lambda w: tasks.insert(w, task))
    await store.write(lambda w: [messages.append(w, one) for one in many])
    tracemalloc.start()
    try:
        page = await store.read(lambda r: messages.find(r, Query(total=False, limit=150)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(page.data) == 2
    assert peak < 9_000_000  # asyncpg takes 50 rows at once
