"""On PostgreSQL units of work run side by side: what one tells and counts has in it what another did meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.util import await_only

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.session import SessionRepo
from agor_core.query.tree import All, Compare, Comparison, Query
from agor_core.repositories import boards, repos, sessions
from tests.builders.records import make_board, make_id, make_repo, make_session
from tests.builders.stores import fresh_url, opened

pytestmark = pytest.mark.postgres
Work = Callable[[Writer], object]

BOARD = make_board()
REPO = make_repo()
AT = SessionRepo(cwd="/srv/project", repo_id=REPO.repo_id, repo_slug=REPO.slug)
ANOTHER = make_id()
SESSION = make_session(title=None, board_id=BOARD.board_id, repo=AT)
RENAMED_WHERE_IT_WAS = All(
    (
        Compare("title", Comparison.EQ, "renamed"),
        Compare("board_id", Comparison.EQ, BOARD.board_id),
        Compare("repo.repo_slug", Comparison.EQ, REPO.slug),
    )
)
BLOCKED = text("SELECT count(*) FROM pg_stat_activity WHERE :backend = ANY(pg_blocking_pids(pid))")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    with fresh_url("postgresql", tmp_path) as url:
        async with opened(url) as ready:
            yield ready


async def during(store: Store, first: Work, second: Work) -> None:
    """Do the second while the first is done and not committed; that is committed once the second waits, or is done."""
    backend: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    go_on = asyncio.Event()

    def held(writer: Writer) -> None:
        first(writer)
        if not backend.done():
            backend.set_result(int(writer.execute(text("SELECT pg_backend_pid()")).scalar_one()))
        await_only(go_on.wait())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(store.write(held))
        waited_for = {"backend": await backend}
        meanwhile = tasks.create_task(store.write(second))
        while not meanwhile.done() and not await store.read(lambda r: r.execute(BLOCKED, waited_for).scalar_one()):
            pass
        go_on.set()


def rename_session(writer: Writer) -> None:
    sessions.update(writer, replace(SESSION, title="renamed"))


def remove_board(writer: Writer) -> None:
    boards.remove(writer, BOARD.board_id)


def rename_repo(writer: Writer) -> None:
    repos.update(writer, replace(REPO, slug="another"))


@pytest.mark.parametrize("change", [remove_board, rename_repo])
async def test_a_session_that_changes_along_is_told_and_counted_as_it_is(store: Store, change: Work) -> None:
    async def count() -> int | None:
        return await store.read(lambda r: sessions.find(r, Query(where=RENAMED_WHERE_IT_WAS, limit=0)).total)

    await store.write(lambda w: (boards.insert(w, BOARD), repos.insert(w, REPO), sessions.insert(w, SESSION)))
    assert await count() == 0
    told: list[bytes] = []
    store.on_commit(lambda rows: told.extend(row.record for row in rows if row.service == "sessions"))
    await during(store, rename_session, change)
    assert [msgspec.json.decode(record)["title"] for record in told] == ["renamed", "renamed"]
    assert await count() == 0


def come(writer: Writer) -> None:
    sessions.insert(writer, make_session(session_id=ANOTHER, board_id=BOARD.board_id))


def rename_board(writer: Writer) -> None:
    boards.update(writer, replace(BOARD, name="Another"))


@pytest.mark.parametrize(("change", "counts"), [(come, [1, 2]), (rename_board, [1, 1])])
async def test_a_board_is_told_with_the_session_that_came_meanwhile(
    store: Store, change: Work, counts: list[int]
) -> None:
    await store.write(lambda w: boards.insert(w, BOARD))
    told: list[bytes] = []
    store.on_commit(lambda rows: told.extend(row.record for row in rows if row.service == "boards"))
    one = make_session(board_id=BOARD.board_id)
    await during(store, lambda w: sessions.insert(w, one), change)
    assert [msgspec.json.decode(record)["session_count"] for record in told] == counts
