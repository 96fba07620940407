"""Sessions archived, moved to another board, changed together, and listed by status, board and agent."""

from typing import Any

import msgspec
import pytest

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.session import Session, SessionStatus
from agor_core.errors import NotFound
from agor_core.query.tree import All, Compare, Comparison, Query
from agor_core.repositories import boards, sessions
from tests.builders.records import changed, make_board, make_id, make_session

EQ = Comparison.EQ


async def made(store: Store, **fields: Any) -> Session:
    return await store.write(lambda w: sessions.insert(w, make_session(**fields)))


async def test_archived_and_brought_back(store: Store) -> None:
    session = await made(store)
    archived = await store.write(lambda w: sessions.archive(w, session.session_id))
    assert archived.archived_at is not None
    assert await store.write(lambda w: sessions.archive(w, session.session_id)) == archived
    assert (await store.read(lambda r: sessions.find(r, Query()))).total == 0
    assert (await store.write(lambda w: changed(w, session.session_id, archived_at=None))).archived_at is None
    assert (await store.read(lambda r: sessions.find(r, Query()))).total == 1
    with pytest.raises(NotFound):
        await store.write(lambda w: sessions.archive(w, make_id()))


async def test_moved_from_board_to_board(store: Store) -> None:
    one, other = [await store.write(lambda w: boards.insert(w, make_board())) for _ in range(2)]
    session = await made(store, board_id=one.board_id)
    await store.write(lambda w: changed(w, session.session_id, board_id=other.board_id))

    async def counts() -> list[int]:
        return [await store.read(lambda r, b=b: boards.get(r, b.board_id).session_count) for b in (one, other)]

    assert await counts() == [0, 1]
    await store.write(lambda w: changed(w, session.session_id, board_id=None))
    assert await counts() == [0, 0]
    with pytest.raises(NotFound):
        await store.write(lambda w: changed(w, session.session_id, board_id=make_id()))


async def test_many_are_changed_as_one(store: Store) -> None:
    ids = [(await made(store)).session_id for _ in range(3)]

    def rename(writer: Writer, *others: str) -> list[Session]:
        return [changed(writer, one, title="Renamed") for one in (*ids, *others)]

    async def renamed() -> int | None:
        return (await store.read(lambda r: sessions.find(r, Query(where=Compare("title", EQ, "Renamed"))))).total

    with pytest.raises(NotFound):
        await store.write(lambda w: rename(w, make_id()))
    assert await renamed() == 0
    await store.write(rename)
    assert await renamed() == 3


async def test_listed_by_status_board_and_agent(store: Store) -> None:
    board = await store.write(lambda w: boards.insert(w, make_board()))
    old = await made(store, title="old", board_id=board.board_id, status=SessionStatus.FAILED)
    new = await made(store, title="new", agent="codex", created_at="2026-02-01T00:00:00.000Z")
    away = await made(store, title="away", archived_at="2026-02-01T00:00:00.000Z")

    async def found(*conditions: Compare) -> list[Session]:
        query = Query(where=All(conditions), sort=(("created_at", False),))
        page = await store.read(lambda r: sessions.find(r, query))
        return [msgspec.json.decode(row, type=Session) for row in page.data]

    assert await found() == [new, old]
    assert await found(Compare("status", EQ, "failed")) == [old]
    assert await found(Compare("board_id", EQ, board.board_id)) == [old]
    assert await found(Compare("agent", EQ, "codex")) == [new]
    assert await found(Compare("agent", EQ, "codex"), Compare("status", EQ, "failed")) == []
    assert away.archived_at
