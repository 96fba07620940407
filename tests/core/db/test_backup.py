"""Copies and checks of a store."""

import sqlite3
from pathlib import Path

import pytest

from agor_core.clock import SystemClock
from agor_core.db.backup import backup
from agor_core.db.check import integrity_check
from agor_core.db.store import sqlite_url
from agor_core.errors import Unprocessable
from agor_core.repositories import sessions
from tests.builders.records import make_session
from tests.builders.stores import opened


async def test_a_copy_of_a_store_in_use_is_a_store(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "agor.db")
    async with opened(url) as store:
        session = await store.write(lambda w: sessions.insert(w, make_session()))
        copy = backup(url, into=tmp_path / "copies", clock=SystemClock())
        await store.write(lambda w: sessions.insert(w, make_session()))
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]
    assert integrity_check(sqlite_url(copy)) == []
    async with opened(sqlite_url(copy)) as store:
        assert await store.read(lambda r: sessions.get(r, session.session_id)) == session
        assert (await store.head()).seq == 1


@pytest.mark.parametrize("url", ["sqlite:////nowhere/agor.db", "postgresql+asyncpg://localhost/agor"])
def test_what_cannot_be_copied_or_checked_is_said(url: str, tmp_path: Path) -> None:
    with pytest.raises(Unprocessable):
        backup(url, into=tmp_path, clock=SystemClock())
    with pytest.raises(Unprocessable):
        integrity_check(url)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "agor.db").touch()
    (tmp_path / "copies").touch()
    with pytest.raises(Unprocessable, match="could not be copied"):
        backup(sqlite_url(tmp_path / "agor.db"), into=tmp_path / "copies", clock=SystemClock())


async def test_a_check_finds_dangling_rows_and_gaps(tmp_path: Path) -> None:
    file = tmp_path / "agor.db"
    async with opened(sqlite_url(file)) as store:
        for _ in range(3):
            await store.write(lambda w: sessions.insert(w, make_session()))
    assert integrity_check(sqlite_url(file)) == []
    connection = sqlite3.connect(file)
    connection.execute("UPDATE sessions SET board_id = 'gone' WHERE rowid = 1")
    connection.execute("DELETE FROM feed WHERE seq = 2")
    connection.commit()
    connection.close()
    assert integrity_check(sqlite_url(file)) == [
        "Row 1 of sessions refers to a row of boards that does not exist.",
        "The feed has gaps: 2 rows from 1 to 3, its head is 3.",
    ]
    file.write_bytes(file.read_bytes()[:5000])
    assert len(integrity_check(sqlite_url(file))) == 1
