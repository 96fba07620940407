"""Lists, look-ups, trees, pages and searches in stores of 1,000 and of 100,000 sessions with 1,000,000 messages."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agor_core.db.connections import Reader
from agor_core.db.engines import sqlite_url
from agor_core.db.store import Store
from agor_core.query.tree import All, Compare, Comparison, Query
from agor_core.repositories import genealogy, messages, search, sessions, tasks
from tests.benchmarks.store.filling import (
    COMMON,
    RARE,
    board_id,
    fill,
    index_words,
    message_id,
    session_id,
    short,
    task_id,
)
from tests.benchmarks.store.timing import MS, Figure, median, median_of
from tests.builders.stores import opened

SMALL = 1_000
LARGE = 100_000
MANY = 1_000_000
RELATED = 10_000
WHERE = All((Compare("board_id", Comparison.EQ, board_id(1)), Compare("status", Comparison.EQ, "idle")))
CARDS = Query(where=WHERE, sort=(("created_at", False),), total=False)
RAW_CARDS = (
    "SELECT * FROM sessions WHERE archived_at IS NULL AND board_id = ? AND status = 'idle'"
    " ORDER BY created_at DESC, session_id DESC LIMIT 100"
)


async def measure(folder: Path) -> list[Figure]:
    """All that is read."""
    small, large = folder / "small.db", folder / "large.db"
    fill(small, sessions=SMALL, tasks=SMALL)
    fill(large, sessions=LARGE, tasks=MANY, related=RELATED)
    index_words(large)
    async with opened(sqlite_url(small)) as few, opened(sqlite_url(large)) as many:
        return [
            *await _lists(few, many, small, large),
            *await _look_ups(few, many),
            *await _trees(many),
            *await _pages(many),
            *await _searches(many),
        ]


async def _lists(few: Store, many: Store, small: Path, large: Path) -> list[Figure]:
    raw = _raw(large, RAW_CARDS, board_id(1))
    raw_all = _raw(small, "SELECT * FROM sessions WHERE archived_at IS NULL ORDER BY created_at, session_id")
    of_few = await median_of(lambda: _list(few, CARDS), 60)
    of_many = await median_of(lambda: _list(many, CARDS), 60)
    counted = await median_of(lambda: _list(many, msgspec.structs.replace(CARDS, total=True)), 60)
    every = await median_of(lambda: _list(few, Query(limit=SMALL, total=False)), 20)
    return [
        ("raw fetch of 100 of 100,000 by board and status", raw * MS, "ms", None, "the baseline"),
        ("the same to JSON", of_many * MS, "ms", of_many / raw, "<= 5x raw, < 5 ms"),
        ("the same of 1,000 sessions", of_few * MS, "ms", of_many / of_few, "100,000 <= 1.3x of 1,000"),
        ("the same of 100,000 with its total, again", counted * MS, "ms", counted / of_many, "<= 1.3x without"),
        ("raw fetch of 1,000 of 1,000", raw_all * MS, "ms", None, "the baseline"),
        ("1,000 of 1,000 sessions to JSON", every * MS, "ms", every / raw_all, "<= 3x raw, < 30 ms"),
    ]


async def _look_ups(few: Store, many: Store) -> list[Figure]:
    text = short(task_id(SMALL // 2))
    of_few = await median_of(lambda: few.read(lambda r: tasks.resolve(r, text)), 300)
    other = short(task_id(MANY // 2))
    of_many = await median_of(lambda: many.read(lambda r: tasks.resolve(r, other)), 300)
    got = await median_of(lambda: many.read(lambda r: tasks.get(r, tasks.resolve(r, other))), 300)
    return [
        ("id by short id among 1,000,000", of_many * MS, "ms", of_many / of_few, "<= 3x among 1,000, < 1 ms"),
        ("record by short id among 1,000,000", got * MS, "ms", None, "< 1 ms"),
    ]


async def _trees(many: Store) -> list[Figure]:
    root, leaf = session_id(0), session_id(RELATED - 1)
    below = await median_of(lambda: many.read(lambda r: genealogy.descendants(r, root)), 10)
    whole = await median_of(lambda: many.read(lambda r: genealogy.of_session(r, root)), 3)
    above = await median_of(lambda: many.read(lambda r: genealogy.root(r, leaf)), 50)
    return [
        ("descendants of a root, 10,000 in all", below * MS, "ms", None, "< 60 ms"),
        ("that genealogy with all its records", whole * MS, "ms", None, ""),
        ("root of a leaf of it", above * MS, "ms", None, "< 3 ms"),
    ]


async def _pages(many: Store) -> list[Figure]:
    newest = Query(sort=(("created_at", False),), total=False)

    async def page(**place: Any) -> float:
        query = msgspec.structs.replace(newest, **place)
        return await median_of(lambda: many.read(lambda r: msgspec.json.encode(messages.find(r, query))), 40)

    first = await page()
    places = (MANY - 100, MANY // 2, 1_000)
    deep = max([await page(after=message_id(place)) for place in places])
    back = await page(before=message_id(MANY // 2))
    return [
        ("first page of 1,000,000 messages", first * MS, "ms", None, "the baseline"),
        ("the slowest of three pages at other depths", deep * MS, "ms", deep / first, "<= 1.5x the first"),
        ("a page backwards from the middle", back * MS, "ms", back / first, "<= 1.5x the first"),
    ]


async def _searches(many: Store) -> list[Figure]:
    async def asked(text: str, **where: str) -> float:
        assert len(await many.read(lambda r: search.find(r, text, **where))) >= 1  # type: ignore[arg-type]
        return await median_of(lambda: many.read(lambda r: search.find(r, text, **where)), 20)  # type: ignore[arg-type]

    return [
        ("search a rare word in 1,000,000 messages", await asked(RARE) * MS, "ms", None, "< 20 ms"),
        ("search a common word, newest first", await asked(COMMON) * MS, "ms", None, "< 20 ms"),
        ("search two common words on a board", await asked("why now", board_id=board_id(3)) * MS, "ms", None, ""),
    ]


async def _list(store: Store, query: Query) -> None:
    def work(reader: Reader) -> bytes:
        return msgspec.json.encode(sessions.find(reader, query))

    assert len(await store.read(work)) > 10_000


def _raw(file: Path, statement: str, *parameters: str) -> float:
    """Seconds of a fetch by ``sqlite3`` itself."""
    connection = sqlite3.connect(file)
    fetch: Callable[[], object] = lambda: connection.execute(statement, parameters).fetchall()  # noqa: E731
    taken = median(fetch, 60)
    connection.close()
    return taken
