"""The total of a list is right after every change, and seldom counted."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Executable, Result

from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.db.totals import MOST, REMEMBERED, Totals
from agor_core.domain.session import Session, SessionStatus
from agor_core.query.tree import EVERYTHING, All, Among, AnyOf, Compare, Comparison, Node, Query
from agor_core.repositories import sessions
from tests.builders.records import changed, make_session

IDLE = Query(where=Compare("status", Comparison.EQ, "idle"), limit=1)
RUNNING = Query(where=Compare("status", Comparison.EQ, "running"), limit=1)
ARCHIVED = Query(where=Compare("archived_at", Comparison.NE, None), limit=1)


def asking(query: Query, statements: list[str]) -> Callable[[Reader], int | None]:
    """Work that notes the statements it runs."""

    def work(reader: Reader) -> int | None:
        execute = reader.execute

        def noting(statement: Executable, parameters: Any = None) -> Result[Any]:
            statements.append(str(statement))
            return execute(statement, parameters)

        reader.execute = noting  # type: ignore[method-assign]
        return sessions.find(reader, query).total

    return work


def counts(statements: list[str]) -> int:
    return sum("count(*)" in statement for statement in statements)


async def test_what_was_counted_is_not_counted_again(store: Store) -> None:
    await store.write(lambda w: sessions.insert(w, make_session()))
    statements: list[str] = []
    assert [await store.read(asking(IDLE, statements)) for _ in range(3)] == [1, 1, 1]
    assert counts(statements) == 1
    assert await store.read(asking(RUNNING, statements)) == 0
    assert counts(statements) == 2


async def test_a_total_follows_what_changes(store: Store) -> None:
    one, other = make_session(), make_session()
    statements: list[str] = []

    async def totals() -> list[int | None]:
        return [await store.read(asking(query, statements)) for query in (IDLE, RUNNING, ARCHIVED)]

    assert await totals() == [0, 0, 0]
    await store.write(lambda w: [sessions.insert(w, one), sessions.insert(w, other)])
    assert await totals() == [2, 0, 0]
    await store.write(lambda w: changed(w, one.session_id, status=SessionStatus.RUNNING))
    assert await totals() == [1, 1, 0]
    await store.write(lambda w: sessions.archive(w, other.session_id))
    assert await totals() == [0, 1, 1]
    await store.write(lambda w: sessions.remove(w, other.session_id))
    assert await totals() == [0, 1, 0]
    assert counts(statements) == 3


async def test_several_changes_of_one_record_in_a_unit_of_work_count_as_one(store: Store) -> None:
    session, gone = make_session(), make_session()
    statements: list[str] = []
    assert await store.read(asking(IDLE, statements)) == 0

    def work(writer: Writer) -> None:
        sessions.insert(writer, session)
        sessions.insert(writer, gone)
        changed(writer, session.session_id, status=SessionStatus.RUNNING)
        changed(writer, session.session_id, status=SessionStatus.IDLE)
        sessions.remove(writer, gone.session_id)

    await store.write(work)
    assert await store.read(asking(IDLE, statements)) == 1
    assert counts(statements) == 1


async def test_after_more_changes_than_are_remembered_it_is_counted_anew(store: Store) -> None:
    statements: list[str] = []
    assert await store.read(asking(IDLE, statements)) == 0
    many = [make_session() for _ in range(REMEMBERED + 1)]
    await store.write(lambda w: [sessions.insert(w, session) for session in many])
    assert await store.read(asking(IDLE, statements)) == len(many)
    assert counts(statements) == 2


async def test_what_others_changed_is_counted_anew(store: Store) -> None:
    """A change that this process did not make is in the feed, and nothing is known of its row."""
    session = make_session()
    statements: list[str] = []
    assert await store.read(asking(IDLE, statements)) == 0

    def of_another(writer: Writer) -> None:
        sessions.insert(writer, session)
        writer.changed("sessions", "patched", session.session_id, session)

    await store.write(of_another)
    assert await store.read(asking(IDLE, statements)) == 1
    assert counts(statements) == 2


@pytest.mark.parametrize("seed", range(5))
async def test_kept_totals_are_those_that_a_count_gives(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    known = [make_session() for _ in range(8)]
    queries = [Query(where=where, limit=0) for where in CONDITIONS]
    await store.write(lambda w: [sessions.insert(w, session) for session in known])
    statements: list[str] = []
    for _ in range(40):
        at_random = chance.choice([_rename, _move_on, _archive, _restore, _add, _remove])
        await store.write(lambda w, change=at_random: change(w, known, chance))
        query = chance.choice(queries)
        kept = await store.read(asking(query, statements))
        assert kept == await store.write(lambda w, asked=query: sessions.find(w, asked).total)
    assert counts(statements) < len(statements) / 2


CONDITIONS: list[Node] = [
    Compare("status", Comparison.EQ, "idle"),
    Compare("title", Comparison.EQ, None),
    Compare("title", Comparison.GT, "b"),
    Compare("archived_at", Comparison.NE, None),
    Among("status", ("running", "failed"), negated=True),
    AnyOf((Compare("title", Comparison.NE, "a"), Compare("repo.managed_worktree", Comparison.EQ, True))),
    All(()),
]


def _any(known: list[Session], chance: random.Random) -> str:
    return chance.choice(known).session_id


def _rename(writer: Writer, known: list[Session], chance: random.Random) -> None:
    changed(writer, _any(known, chance), title=chance.choice(["a", "b", "c", None]))


def _move_on(writer: Writer, known: list[Session], chance: random.Random) -> None:
    session = sessions.get(writer, _any(known, chance))
    status = {"idle": "running", "running": "failed", "failed": "running"}[session.status]
    changed(writer, session.session_id, status=status)


def _archive(writer: Writer, known: list[Session], chance: random.Random) -> None:
    sessions.archive(writer, _any(known, chance))


def _restore(writer: Writer, known: list[Session], chance: random.Random) -> None:
    changed(writer, _any(known, chance), archived_at=None)


def _add(writer: Writer, known: list[Session], chance: random.Random) -> None:
    session = make_session(title=chance.choice(["a", "b", None]))
    sessions.insert(writer, session)
    known.append(session)


def _remove(writer: Writer, known: list[Session], chance: random.Random) -> None:
    if len(known) > 1:
        sessions.remove(writer, known.pop(chance.randrange(len(known))).session_id)


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
            assert totals.at(1, str(number), EVERYTHING, count) == 7
    assert len(asked) > MOST + 1
