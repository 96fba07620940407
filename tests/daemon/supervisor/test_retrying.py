"""Writes that have to succeed, while the disk is full or the store is busy."""

import asyncio
import logging
import sqlite3

import pytest
from sqlalchemy import text

from agor_core.db import engines
from agor_core.errors import StoreFull, Unavailable
from agor_core.repositories import sessions
from agor_daemon.supervisor import retrying
from tests.builders.records import make_session
from tests.builders.stores import clock, fresh_url, opened, store, url

__all__ = ["clock", "store", "url"]


class Refusing:
    """A store that takes a write only the third time."""

    def __init__(self):
        self.asked = 0

    async def write(self, work):
        self.asked += 1
        if self.asked < 3:
            raise StoreFull("No room on the disk.")
        return work(None)


async def test_it_is_tried_until_it_works(monkeypatch):
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.001)
    store = Refusing()
    assert await retrying.write(store, lambda w: "kept") == "kept"  # type: ignore[arg-type]
    assert store.asked == 3


async def test_what_is_wrong_in_itself_is_not_tried_again():
    class Broken(Refusing):
        async def write(self, work):
            self.asked += 1
            raise sqlite3.IntegrityError

    store = Broken()
    with pytest.raises(sqlite3.IntegrityError):
        await retrying.write(store, lambda w: None)  # type: ignore[arg-type]
    assert store.asked == 1


async def test_a_store_that_is_closed_is_not_asked_again(store):
    await store.close()
    async with asyncio.timeout(10):
        with pytest.raises(Unavailable, match="closed"):
            await retrying.write(store, lambda w: None)


async def test_it_ends_when_the_store_is_closed_meanwhile(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr(retrying, "LONGEST_PAUSE", 0.01)
    async with opened(engines.sqlite_url(tmp_path / "agor.db")) as store:
        other = sqlite3.connect(tmp_path / "agor.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        keeping = asyncio.create_task(retrying.write(store, lambda w: sessions.insert(w, make_session())))
        await store.read(lambda r: None)
        await store.close()
        async with asyncio.timeout(10):
            with pytest.raises(Unavailable, match="closed"):
                await keeping
        other.close()


async def test_what_the_database_said_is_in_the_log(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.01)
    caplog.set_level(logging.WARNING, "agor.supervisor")
    async with opened(engines.sqlite_url(tmp_path / "agor.db")) as store:
        other = sqlite3.connect(tmp_path / "agor.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        session = make_session(title="s3cret")
        keeping = asyncio.create_task(retrying.write(store, lambda w: sessions.insert(w, session)))
        async with asyncio.timeout(10):
            while not caplog.messages:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
        other.close()
        assert await keeping == session
    assert "database is locked" in caplog.messages[0]
    assert "s3cret" not in caplog.text


@pytest.mark.postgres
async def test_a_lost_connection_is_survived(tmp_path, monkeypatch):
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.001)
    session, tries = make_session(), 0

    def lost_at_first(w):
        nonlocal tries
        tries += 1
        made = sessions.insert(w, session)
        if tries == 1:
            w.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return made

    with fresh_url("postgresql", tmp_path) as address:
        async with opened(address) as store:
            assert await retrying.write(store, lost_at_first) == session
    assert tries == 2
