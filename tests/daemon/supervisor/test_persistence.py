"""Writes that have to succeed, while the disk is full or the store is busy."""

import sqlite3

import pytest

from agor_core.errors import StoreFull
from agor_daemon.supervisor import persistence


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
    monkeypatch.setattr(persistence, "FIRST_PAUSE", 0.001)
    store = Refusing()
    assert await persistence.keep(store, lambda w: "kept") == "kept"
    assert store.asked == 3


async def test_what_is_wrong_in_itself_is_not_tried_again():
    class Broken(Refusing):
        async def write(self, work):
            self.asked += 1
            raise sqlite3.IntegrityError

    store = Broken()
    with pytest.raises(sqlite3.IntegrityError):
        await persistence.keep(store, lambda w: None)
    assert store.asked == 1
