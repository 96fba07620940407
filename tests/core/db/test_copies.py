"""Copies of the store: one a day, seven kept; the newest good one; restoring; damage that SQLite does not see."""

import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from agor_core.clock import SystemClock
from agor_core.db import copies, migrate
from agor_core.db.backup import backup
from agor_core.db.check import faults_of
from agor_core.db.connections import Writer
from agor_core.db.restore import restore
from agor_core.db.store import Store, sqlite_url
from agor_core.errors import StoreDamaged, Unprocessable
from agor_core.ids import SessionId
from agor_core.repositories import base, sessions
from agor_core.repositories.mappings import SESSIONS
from tests.builders.records import make_session
from tests.builders.stores import opened

CLOCK = SystemClock()
PAGE = 4096
INDEX_LEAF = 10
"""The first byte of such a page, see https://www.sqlite.org/fileformat.html#b_tree_pages."""


async def with_session(file: Path, title: str) -> str:
    """Store a session; its id."""
    made = make_session(title=title, description="what nobody changes " * 40)
    async with opened(sqlite_url(file)) as store:
        await store.write(lambda w: sessions.insert(w, made))
    return str(made.session_id)


async def titles(file: Path) -> list[str]:
    async with opened(sqlite_url(file)) as store:
        return await store.read(lambda r: sorted(str(session.title) for session in base.matching(r, SESSIONS)))


def age(copy: Path, by: timedelta) -> None:
    moment = copy.stat().st_mtime - by.total_seconds()
    os.utime(copy, (moment, moment))


def damaged_inside(content: bytes) -> bytes:
    """A database whose last index has a page with entries that lead nowhere; its tables can be read."""
    last = max(at for at in range(PAGE, len(content), PAGE) if content[at] == INDEX_LEAF and content[at + 4])
    return content[: last + 8] + b"\xff\xff" + content[last + 10 :]


async def test_a_copy_is_due_once_a_day_and_seven_are_kept(tmp_path: Path) -> None:
    file, into = tmp_path / "agor.db", tmp_path / "backups"
    assert not copies.due(sqlite_url(file), into, CLOCK)
    await with_session(file, "one")
    by_hand = backup(sqlite_url(file), into=into, clock=CLOCK)
    for _ in range(9):
        assert copies.due(sqlite_url(file), into, CLOCK)
        assert copies.make_daily(sqlite_url(file), into, CLOCK) == []
        assert not copies.due(sqlite_url(file), into, CLOCK)
        for copy in copies.copies(into):
            age(copy, timedelta(hours=25))
    assert len([copy for copy in copies.copies(into) if "-daily-" in copy.name]) == copies.KEPT
    assert by_hand.exists()


async def test_a_letter_that_changed_by_itself_is_seen_by_the_next_copy(tmp_path: Path) -> None:
    file, into = tmp_path / "agor.db", tmp_path / "backups"
    hurt = await with_session(file, "one")
    assert copies.make_daily(sqlite_url(file), into, CLOCK) == []
    good = copies.newest_good(into)
    changed = await with_session(file, "two")
    async with opened(sqlite_url(file)) as store:
        await rename(store, changed)
    assert copies.make_daily(sqlite_url(file), into, CLOCK) == [], "what was changed may differ"
    last = copies.newest_daily(into)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = file.read_bytes()
    file.write_bytes(data.replace(b"what nobody changes", b"what nobody chanGes", 1))
    assert file.read_bytes() != data
    [fault] = copies.make_daily(sqlite_url(file), into, CLOCK)
    assert fault.startswith("These sessions differ from the copy before though nothing changed them: ")
    assert hurt in fault or changed in fault
    assert copies.newest_daily(into) == last, "a damaged copy counts for none"
    assert len(list(into.glob(f"*{copies.DAMAGED}"))) == 1
    assert good is not None
    assert good.exists()


async def rename(store: Store, session_id: str) -> None:
    def work(w: Writer) -> None:
        session = sessions.get(w, SessionId(session_id))
        sessions.update(w, msgspec.structs.replace(session, title="renamed"))

    await store.write(work)


async def test_stores_of_different_feeds_are_not_compared(tmp_path: Path) -> None:
    await with_session(tmp_path / "one.db", "one")
    await with_session(tmp_path / "other.db", "other")
    assert faults_of(tmp_path / "one.db", tmp_path / "other.db") == []


async def test_a_restore_puts_the_old_one_aside_with_its_log_and_renames_the_feed(tmp_path: Path) -> None:
    file, into = tmp_path / "agor.db", tmp_path / "backups"
    await with_session(file, "kept")
    copy = backup(sqlite_url(file), into=into, clock=CLOCK)
    other = sqlite3.connect(file)
    other.execute("SELECT count(*) FROM sessions").fetchone()  # it has the file open, so the log is not folded in
    await with_session(file, "later")
    async with opened(sqlite_url(file)) as store:
        epoch = store.epoch
    assert file.with_name("agor.db-wal").stat().st_size > 0
    replaced = restore(sqlite_url(file), copy, aside=into, clock=CLOCK)
    other.close()
    assert await titles(file) == ["kept"]
    assert replaced is not None
    assert await titles(replaced) == ["kept", "later"]
    async with opened(sqlite_url(file)) as store:
        assert store.epoch != epoch
    assert copies.newest_good(into) == copy, "what was put aside is not restored by itself"


async def test_a_restore_refuses_what_it_cannot_use_and_leaves_all_as_it_was(tmp_path: Path) -> None:
    file, into = tmp_path / "agor.db", tmp_path / "backups"
    await with_session(file, "kept")
    bad = backup(sqlite_url(file), into=into, clock=CLOCK)
    bad.write_bytes(bad.read_bytes()[:8192])
    before = file.read_bytes()
    for copy in (bad, tmp_path / "none.db"):
        with pytest.raises((Unprocessable, StoreDamaged)):
            restore(sqlite_url(file), copy, aside=into, clock=CLOCK)
    inside = tmp_path / "inside.db"
    inside.write_bytes(damaged_inside(before))
    with pytest.raises(Unprocessable, match="is damaged itself"):
        restore(sqlite_url(file), inside, aside=into, clock=CLOCK)
    empty = tmp_path / "empty.db"
    empty.touch()
    with pytest.raises(Unprocessable, match="no database of Agor"):
        restore(sqlite_url(file), empty, aside=into, clock=CLOCK)
    assert file.read_bytes() == before
    assert copies.newest_good(into) is None


async def test_the_refusal_of_a_damaged_store_names_the_newest_good_copy(tmp_path: Path) -> None:
    file, into = tmp_path / "agor.db", tmp_path / "backups"
    await with_session(file, "kept")
    good = backup(sqlite_url(file), into=into, clock=CLOCK)
    age(good, timedelta(hours=1))
    newer = backup(sqlite_url(file), into=into, clock=CLOCK)
    newer.write_bytes(newer.read_bytes()[:8192])
    file.write_bytes(file.read_bytes()[:8192])
    with pytest.raises(StoreDamaged, match="The newest good copy is") as refusal:
        migrate.prepare(sqlite_url(file), backups=into, clock=CLOCK)
    assert str(good) in str(refusal.value)
    assert "agor db restore --latest" in str(refusal.value)
    good.unlink()
    with pytest.raises(StoreDamaged, match="There is no good copy"):
        migrate.prepare(sqlite_url(file), backups=into, clock=CLOCK)
