"""What a database's errors are told as: one sentence of ours, with the database's own error as the cause."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from agor_core.db import engines, postgres_schema
from agor_core.db.connections import Reader, Writer
from agor_core.db.failures import meaning
from agor_core.db.file_guard import FileGuard
from agor_core.db.group_commit import GroupCommit, Unit
from agor_core.db.reader_threads import ReaderThreads
from agor_core.db.store import Store
from agor_core.db.totals import Totals
from agor_core.errors import Conflict, NotFound, StoreBusy, StoreFull, Unavailable
from agor_core.repositories import sessions
from tests.builders.records import make_session
from tests.builders.stores import HeldClock, fresh_url, opened

NOT_THERE = "no connection to the database server"
OWN = text("SELECT pg_backend_pid(), pg_sleep(0.1)")
END_OWN = text("SELECT pg_terminate_backend(pg_backend_pid())")


@asynccontextmanager
async def on_postgres(folder: Path) -> AsyncIterator[tuple[Store, str]]:
    with fresh_url("postgresql", folder) as url:
        async with opened(url) as store:
            yield store, url


def own(reader: Reader) -> int:
    return int(reader.execute(OWN).one()[0])


def end(url: str, connections: list[int]) -> None:
    """End connections that a test made, as a server does that restarts."""

    def work(connection: Any) -> None:
        for pid in connections:
            assert connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid}).scalar_one()

    postgres_schema.run(url, work)


@pytest.mark.postgres
@pytest.mark.parametrize("noticed", [True, False])
async def test_connections_that_were_lost_are_told_once_and_replaced(tmp_path: Path, noticed: bool) -> None:
    async with on_postgres(tmp_path) as (store, url):
        before = await asyncio.gather(*(store.read(own) for _ in range(3)))
        if noticed:
            await asyncio.to_thread(end, url, before)
        else:
            end(url, before)
        session = make_session()
        with pytest.raises(Unavailable, match=NOT_THERE) as caught:
            await store.write(lambda w: sessions.insert(w, session))
        assert isinstance(caught.value.__cause__, DBAPIError)
        after = await asyncio.gather(*(store.read(own) for _ in range(3)))
        assert not {*before} & {*after}
        assert await store.write(lambda w: sessions.insert(w, session)) == session


@pytest.mark.postgres
async def test_a_connection_that_is_lost_in_the_midst_of_work_changes_nothing(tmp_path: Path) -> None:
    session = make_session()

    def broken_off(writer: Writer) -> None:
        sessions.insert(writer, session)
        writer.execute(END_OWN)

    async with on_postgres(tmp_path) as (store, _):
        with pytest.raises(Unavailable, match=NOT_THERE):
            await store.write(broken_off)
        with pytest.raises(Unavailable, match=NOT_THERE):
            await store.read(lambda r: r.execute(END_OWN))
        with pytest.raises(NotFound):
            await store.read(lambda r: sessions.get(r, session.session_id))


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("57P01", Unavailable),
        ("57P02", Unavailable),
        ("57P03", Unavailable),
        ("08001", Unavailable),
        ("08006", Unavailable),
        ("53300", StoreBusy),
        ("53100", StoreFull),
        ("57014", StoreBusy),
        ("42601", DBAPIError),
    ],
)
def test_what_a_server_says(state: str, kind: type[Exception]) -> None:
    class Said(Exception):
        sqlstate = state

    said = DBAPIError("SELECT 's3cret'", {}, Said("the server's words"))
    told = meaning(said)
    assert type(told) is kind
    assert told is said or "s3cret" not in str(told)
    assert told is said or told.__cause__ is said


async def test_a_file_that_cannot_be_opened_is_not_now(tmp_path: Path) -> None:
    readers = ReaderThreads(engines.sqlite_readers(engines.sqlite_url(tmp_path / "gone" / "agor.db")), Totals())
    try:
        with pytest.raises(Unavailable, match="cannot be opened"):
            await readers.read(lambda r: r.execute(text("SELECT 1")))
    finally:
        await readers.close()


def of_nothing(folder: Path) -> GroupCommit:
    return GroupCommit(
        engines.sqlite_writer(engines.sqlite_url(folder / "agor.db")),
        HeldClock(),
        Totals(),
        FileGuard(folder / "agor.db"),
    )


def test_a_unit_that_fails_keeps_the_databases_own_error_for_the_log(tmp_path: Path) -> None:
    group = of_nothing(tmp_path)
    unit = Unit(lambda w: w.execute(text("INSERT INTO sqlite_master VALUES (1)")))
    full = Unit(lambda w: w.execute(text("CREATE TABLE things (number INTEGER NOT NULL)")) and w.execute(NULL))
    for _ in group.run([unit, full]):
        pass
    group.disconnect()
    assert isinstance(full.error, Conflict)
    assert isinstance(full.error.__cause__, DBAPIError)
    assert isinstance(unit.error, DBAPIError)
    assert unit.error.__cause__ is not unit.error


def test_a_batch_that_could_not_begin_does_so_too(tmp_path: Path) -> None:
    group = of_nothing(tmp_path / "gone")
    units = [Unit(lambda w: None), Unit(lambda w: None)]
    for _ in group.run(units):
        pass
    for unit in units:
        assert isinstance(unit.error, Unavailable)
        assert isinstance(unit.error.__cause__, DBAPIError)
    assert units[0].error is not units[1].error


NULL = text("INSERT INTO things VALUES (NULL)")
