"""The total of a list is right after every change, and counted only then."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import CursorResult, Executable

from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.db.totals import MOST, Totals
from agor_core.query.tree import Compare, Comparison, Query
from agor_core.repositories import sessions
from tests.builders.records import make_session

IDLE = Query(where=Compare("status", Comparison.EQ, "idle"), limit=1)
RUNNING = Query(where=Compare("status", Comparison.EQ, "running"), limit=1)
ARCHIVED = Query(where=Compare("archived_at", Comparison.NE, None), limit=1)


def asking(query: Query, statements: list[str]) -> Callable[[Reader], int | None]:
    """Work that notes the statements it runs."""

    def work(reader: Reader) -> int | None:
        execute = reader.execute

        def noting(statement: Executable, parameters: Any = None) -> CursorResult[Any]:
            statements.append(str(statement))
            return execute(statement, parameters)

        reader.execute = noting  # type: ignore[method-assign]
        return sessions.find(reader, query).total

    return work


async def test_what_was_counted_is_counted_again_only_after_a_change(store: Store) -> None:
    def counts(statements: list[str]) -> int:
        return sum("count(*)" in statement for statement in statements)

    await store.write(lambda w: sessions.insert(w, make_session()))
    statements: list[str] = []
    assert [await store.read(asking(IDLE, statements)) for _ in range(3)] == [1, 1, 1]
    assert counts(statements) == 1
    assert await store.read(asking(RUNNING, statements)) == 0
    assert counts(statements) == 2
    await store.write(lambda w: sessions.insert(w, make_session()))
    assert [await store.read(asking(IDLE, statements)) for _ in range(2)] == [2, 2]
    assert await store.read(asking(ARCHIVED, statements)) == 0
    assert counts(statements) == 4


async def test_a_writer_counts_what_it_wrote(store: Store) -> None:
    async def all_of_them() -> int | None:
        return await store.read(lambda r: sessions.find(r, IDLE).total)

    assert await all_of_them() == 0

    def work(writer: Writer) -> int | None:
        sessions.insert(writer, make_session())
        return sessions.find(writer, IDLE).total

    assert await store.write(work) == 1
    assert await all_of_them() == 1


def test_only_so_many_are_remembered() -> None:
    totals = Totals()
    asked: list[int] = []

    def count() -> int:
        asked.append(1)
        return 7

    for _ in range(2):
        for number in range(MOST + 1):
            assert totals.at(1, number, count) == 7
    assert len(asked) > MOST + 1
