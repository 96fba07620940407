"""The index of words is what the store is, whatever happened in between."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import CursorResult, Executable, delete, select, text

from agor_core.db import tables
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.repositories import messages, search_indexing, sessions
from tests.builders.records import make_id, make_message
from tests.builders.searching import everything, found, index, titled


async def test_a_message_is_indexed_when_it_is_complete(store: Store) -> None:
    _, task, _ = await everything(store)
    message = await store.write(lambda w: messages.append(w, make_message(task, text="half a wo", complete=False)))
    await index(store)
    assert not await found(store, "half")
    await store.write(lambda w: messages.update(w, replace(message, text="half a word", complete=True)))
    await index(store)
    assert await found(store, "half word")


async def test_indexing_goes_on_from_where_it_was(store: Store) -> None:
    for number in range(20):
        await titled(store, f"word number{number}")
    assert await store.write(lambda w: search_indexing.step(w, most=8))
    assert len(await found(store, "word")) == 8
    await index(store, most=8)
    assert len(await found(store, "word")) == 20
    assert not await store.write(lambda w: search_indexing.step(w, most=8))


async def test_where_the_feed_does_not_reach_back_all_is_indexed_anew(store: Store) -> None:
    await everything(store)
    gone = await titled(store, "word gone")
    for number in range(20):
        await titled(store, f"word number{number}")
    await store.write(lambda w: search_indexing.step(w, most=6))
    await store.write(lambda w: sessions.remove(w, gone.session_id))
    await store.write(lambda w: w.execute(delete(tables.feed)))
    assert await store.write(lambda w: search_indexing.step(w, most=6))
    late = await titled(store, "word late")
    await index(store, most=6)
    assert len(await found(store, "word")) == 21
    assert await found(store, "late") == ["sessions: word late"]
    assert await found(store, "pytest")
    assert await found(store, "hello")
    await store.write(lambda w: sessions.remove(w, late.session_id))
    await index(store)
    assert len(await found(store, "word")) == 20


@pytest.mark.parametrize("anew", [False, True])
async def test_where_a_session_works_is_asked_once_for_all_its_tool_calls(store: Store, anew: bool) -> None:
    *_, message = await everything(store)
    others = [replace(message, message_id=make_id(), index=place) for place in range(1, 6)]
    await store.write(lambda w: [messages.append(w, other) for other in others])
    if anew:
        await store.write(lambda w: w.execute(delete(tables.feed)))
    asked: list[str] = []

    def step(writer: Writer) -> bool:
        execute = writer.execute

        def noting(statement: Executable, parameters: Any = None) -> CursorResult[Any]:
            asked.append(str(statement))
            return execute(statement, parameters)

        writer.execute = noting  # type: ignore[method-assign]
        return search_indexing.step(writer)

    while await store.write(step):
        pass
    assert len(await found(store, "pytest")) == 6
    assert sum("cwd" in statement and "title" not in statement for statement in asked) == 1


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110 - the index tells nobody
            await asyncio.sleep(0.02)


async def test_the_index_follows_by_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_indexing, "PAUSE", 0.01)
    await titled(store, "before")
    async with search_indexing.in_background(store):
        await until(lambda: found(store, "before"))
        await titled(store, "after")
        await until(lambda: found(store, "after"))
    position = select(tables.search_state.c.seq)
    assert await store.read(lambda r: r.execute(position).scalar_one()) == (await store.head()).seq


async def test_a_store_that_is_full_is_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if "sqlite" not in await store.read(lambda r: r.dialect):
        pytest.skip("only SQLite can be told to be full")
    monkeypatch.setattr(search_indexing, "PAUSE", 0.01)
    monkeypatch.setattr(search_indexing, "PATIENCE", 0.01)
    await titled(store, "x" * 5_000 + " before", description=" ".join(f"w{n}" for n in range(5_000)))

    def allow(pages: int) -> Callable[[Writer], None]:
        return lambda w: w.execute(text(f"PRAGMA max_page_count = {pages}")) and None  # type: ignore[return-value]

    async def refused_twice() -> bool:
        reasons = [vars(record)["reason"] for record in caplog.records]
        assert all("no room left" in reason for reason in reasons)
        return len(reasons) >= 2

    pages = await store.write(lambda w: w.execute(text("PRAGMA page_count")).scalar_one())
    await store.write(allow(pages))
    async with search_indexing.in_background(store):
        await until(refused_twice)
        assert not await found(store, "before")
        await store.write(allow(1_000_000))
        await until(lambda: found(store, "before"))


async def test_what_nobody_expected_is_logged_and_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(search_indexing, "PAUSE", 0.01)
    monkeypatch.setattr(search_indexing, "PATIENCE", 0.01)
    whole = search_indexing.step

    def fails_once(writer: Writer) -> bool:
        monkeypatch.setattr(search_indexing, "step", whole)
        raise KeyError("what nobody expected")

    monkeypatch.setattr(search_indexing, "step", fails_once)
    await titled(store, "before")
    async with search_indexing.in_background(store):
        await until(lambda: found(store, "before"))
    assert [record.levelname for record in caplog.records] == ["ERROR"]
