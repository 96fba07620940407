"""Sessions put away, moved, patched in part, and listed by what people sort them by."""

from typing import Any

import pytest

from agor_core.db.store import Store
from agor_core.domain.session import Session, SessionGitState, SessionStatus
from agor_core.errors import Conflict, InvalidInput, NotFound
from agor_core.query.tree import Query
from agor_core.repositories import boards, sessions
from tests.builders.records import make_board, make_id, make_session


async def made(store: Store, **fields: Any) -> Session:
    return await store.write(lambda w: sessions.insert(w, make_session(**fields)))


async def test_archived_and_brought_back(store: Store) -> None:
    session = await made(store)
    archived = await store.write(lambda w: sessions.archive(w, session.session_id))
    assert archived.archived_at is not None
    assert await store.write(lambda w: sessions.archive(w, session.session_id)) == archived
    assert (await store.read(lambda r: sessions.find(r, Query()))).total == 0
    assert (await store.write(lambda w: sessions.restore(w, session.session_id))).archived_at is None
    assert (await store.read(lambda r: sessions.find(r, Query()))).total == 1
    with pytest.raises(NotFound):
        await store.write(lambda w: sessions.archive(w, make_id()))


async def test_moved_from_board_to_board(store: Store) -> None:
    one, other = [await store.write(lambda w: boards.insert(w, make_board())) for _ in range(2)]
    session = await made(store, board_id=one.board_id)
    await store.write(lambda w: sessions.move(w, session.session_id, other.board_id))

    async def counts() -> list[int]:
        return [await store.read(lambda r, b=b: boards.get(r, b.board_id).session_count) for b in (one, other)]

    assert await counts() == [0, 1]
    await store.write(lambda w: sessions.move(w, session.session_id, None))
    assert await counts() == [0, 0]
    with pytest.raises(NotFound):
        await store.write(lambda w: sessions.move(w, session.session_id, make_id()))


async def test_only_what_is_given_changes_also_inside(store: Store) -> None:
    session = await made(store, git_state=SessionGitState(ref="main", base_sha="a4f2e91"), concepts=("x",))
    changes = {"git_state": {"current_sha": "b0b0b0b"}, "title": None}
    patched = await store.write(lambda w: sessions.patch(w, session.session_id, changes))
    assert patched.git_state == SessionGitState(ref="main", base_sha="a4f2e91", current_sha="b0b0b0b")
    assert (patched.title, patched.concepts) == (None, ("x",))
    assert await store.read(lambda r: sessions.get(r, session.session_id)) == patched
    again = await store.write(lambda w: sessions.patch(w, session.session_id, changes))
    assert again == patched
    assert (await store.head()).seq == 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"colour": "red"}, InvalidInput),
        ({"git_state": {"colour": "red"}}, InvalidInput),
        ({"title": 5}, InvalidInput),
        ({"repo": None}, InvalidInput),
        ({"genealogy": {"parent_session_id": make_id()}}, Conflict),
    ],
)
async def test_what_does_not_fit_is_refused(store: Store, changes: dict[str, Any], error: type[Exception]) -> None:
    session = await made(store)
    with pytest.raises(error):
        await store.write(lambda w: sessions.patch(w, session.session_id, changes))
    assert await store.read(lambda r: sessions.get(r, session.session_id)) == session


async def test_many_are_changed_as_one(store: Store) -> None:
    some = [await made(store) for _ in range(3)]
    ids = [session.session_id for session in some]

    def rename(writer: Any, *others: str) -> list[Session]:
        return [sessions.patch(writer, one, {"title": "Renamed"}) for one in (*ids, *others)]

    with pytest.raises(NotFound):
        await store.write(lambda w: rename(w, make_id()))
    assert {session.title for session in await store.read(sessions.those)} == {session.title for session in some}
    await store.write(rename)
    assert {session.title for session in await store.read(sessions.those)} == {"Renamed"}


async def test_listed_by_status_board_and_agent(store: Store) -> None:
    board = await store.write(lambda w: boards.insert(w, make_board()))
    old = await made(store, title="old", board_id=board.board_id, status=SessionStatus.FAILED)
    new = await made(store, title="new", agent="codex", created_at="2026-02-01T00:00:00.000Z")
    away = await made(store, title="away", archived_at="2026-02-01T00:00:00.000Z")
    assert await store.read(sessions.those) == [new, old]
    assert await store.read(lambda r: sessions.those(r, status=SessionStatus.FAILED)) == [old]
    assert await store.read(lambda r: sessions.those(r, board_id=board.board_id)) == [old]
    assert await store.read(lambda r: sessions.those(r, agent="codex")) == [new]
    assert await store.read(lambda r: sessions.those(r, agent="codex", status=SessionStatus.FAILED)) == []
    assert away.archived_at
