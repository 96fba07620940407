"""How SQLite answers the queries that are asked all the time: by an index, without reading or sorting a table."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, event, text

from agor_core.clock import SystemClock
from agor_core.db import engines, feed_log, search_index
from agor_core.db.connections import Reader, Writer
from agor_core.errors import NotFound
from agor_core.query.tree import EVERYTHING, All, Among, Compare, Comparison, Node, Query
from agor_core.repositories import approvals, boards, genealogy, listing, messages, search, sessions, tasks, worktrees
from tests.builders import ready_stores
from tests.builders.records import CREATED, make_id

ID = make_id()
NEWEST = (("created_at", False),)
CHANGED_LAST = (("updated_at", False),)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A connection to an empty store: how an index serves does not depend on what is stored."""
    url = engines.sqlite_url(tmp_path_factory.mktemp("plans") / "agor.db")
    ready_stores.prepare(url, backups=Path("/nowhere"), clock=SystemClock())
    engine = engines.sqlite_writer(url)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def plans(connection: Connection, work: Callable[[Reader], Any]) -> list[str]:
    """The steps of the plans of all statements that the work runs."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        work(Reader(connection))
    finally:
        event.remove(connection, "before_cursor_execute", note)
    steps = [
        str(step[-1])
        for statement, parameters in asked
        if statement.lstrip().startswith(("SELECT", "WITH"))
        for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]
    assert steps
    return steps


def equal(path: str, value: object) -> Node:
    return Compare(path, Comparison.EQ, value)  # type: ignore[arg-type]


BOARD = equal("board_id", ID)
RUNNING = equal("status", "running")

HOT: dict[str, Callable[[Reader], Any]] = {
    "a session": lambda r: sessions.find(r, Query(where=equal("session_id", ID))),
    "all, oldest first": lambda r: sessions.find(r, Query(total=False)),
    "all, newest first": lambda r: sessions.find(r, Query(sort=NEWEST, total=False)),
    "by status": lambda r: sessions.find(r, Query(where=RUNNING, sort=NEWEST)),
    "by agent": lambda r: sessions.find(r, Query(where=equal("agent", "demo"), sort=NEWEST)),
    "a board": lambda r: sessions.find(r, Query(where=BOARD, sort=NEWEST)),
    "a board by status": lambda r: sessions.find(r, Query(where=All((BOARD, RUNNING)), sort=NEWEST)),
    "all by title": lambda r: sessions.find(r, Query(sort=(("title", True),), total=False)),
    "all by title, backwards": lambda r: sessions.find(r, Query(sort=(("title", False),), total=False)),
    "all, changed last": lambda r: sessions.find(r, Query(sort=CHANGED_LAST, total=False)),
    "a board, changed last": lambda r: sessions.find(r, Query(where=BOARD, sort=CHANGED_LAST)),
    "by agent, changed last": lambda r: sessions.find(r, Query(where=equal("agent", "demo"), sort=CHANGED_LAST)),
    "by status, changed last": lambda r: sessions.find(r, Query(where=RUNNING, sort=CHANGED_LAST)),
    "by status and agent, changed last": lambda r: sessions.find(
        r, Query(where=All((RUNNING, equal("agent", "demo"))), sort=CHANGED_LAST)
    ),
    "tasks of a session": lambda r: tasks.find(r, Query(where=equal("session_id", ID))),
    "latest tasks of a session": lambda r: tasks.find(
        r, Query(where=equal("session_id", ID), sort=(("position", False),))
    ),
    "tasks by status": lambda r: tasks.find(r, Query(where=equal("status", "failed"), sort=NEWEST)),
    "all tasks": lambda r: tasks.find(r, Query(sort=NEWEST, total=False)),
    "messages of a session": lambda r: messages.find(r, Query(where=equal("session_id", ID))),
    "messages of a task": lambda r: messages.find(r, Query(where=equal("task_id", ID))),
    "messages from an index on": lambda r: messages.find(
        r, Query(where=All((equal("session_id", ID), Compare("index", Comparison.GTE, 50))))
    ),
    "messages of all": lambda r: messages.find(r, Query(sort=NEWEST, total=False)),
    "open approvals": lambda r: approvals.find(r, Query(where=equal("status", "pending"))),
    "approvals of a session": lambda r: approvals.pending(r, ID),
    "the task at a position": lambda r: tasks.at(r, ID, 3),
    "ids of tasks": lambda r: tasks.ids(r, ID),
    "next in the queue": lambda r: tasks.next_queued(r, ID),
    "worktrees of a repo": lambda r: worktrees.of_repo(r, ID),
    "feed": lambda r: feed_log.since(r, 100),
    "oldest of the feed": feed_log.oldest,
}

FAR: dict[str, Callable[[Reader, Query], Any]] = {
    "all sessions": lambda r, q: sessions.find(r, replace(q, sort=NEWEST)),
    "sessions, oldest first": lambda r, q: sessions.find(r, q),
    "a board by status": lambda r, q: sessions.find(r, replace(q, where=All((BOARD, RUNNING)), sort=NEWEST)),
    "all messages": lambda r, q: messages.find(r, replace(q, sort=NEWEST)),
    "messages of a session": lambda r, q: messages.find(r, replace(q, where=equal("session_id", ID))),
    "tasks by status": lambda r, q: tasks.find(r, replace(q, where=RUNNING, sort=NEWEST)),
}
"""Pages that begin at a record; the record is looked up first."""

SORTED_AFTERWARDS: dict[str, Callable[[Reader], Any]] = {
    "by several statuses": lambda r: sessions.find(r, Query(where=Among("status", ("running", "failed")))),
    "by parent": lambda r: sessions.find(r, Query(where=equal("genealogy.parent_session_id", ID))),
    "by fork": lambda r: sessions.find(r, Query(where=equal("genealogy.forked_from_session_id", ID))),
    "by repo": lambda r: sessions.find(r, Query(where=equal("repo.repo_id", ID))),
    "by worktree": lambda r: sessions.find(r, Query(where=equal("repo.worktree_id", ID))),
    "archived": lambda r: sessions.find(r, Query(where=Compare("archived_at", Comparison.NE, None), total=False)),
    "tasks that have not ended": tasks.unsettled,
    "children": lambda r: genealogy.children(r, ID),
    "a board with its count": lambda r: boards.find(r, Query(where=equal("board_id", ID), total=False)),
}


@pytest.mark.parametrize("name", HOT)
def test_an_index_finds_and_orders(connection: Connection, name: str) -> None:
    for step in plans(connection, HOT[name]):
        assert "TEMP B-TREE" not in step
        assert not step.startswith("SCAN") or "USING" in step or step == "SCAN feed_head"  # one row


@pytest.mark.parametrize("far", [Query(after=ID, total=False), Query(before=ID, total=False)])
@pytest.mark.parametrize("name", FAR)
def test_an_index_finds_the_place_of_a_page(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, name: str, far: Query
) -> None:
    monkeypatch.setattr(listing, "_place", lambda reader, mapping, sort, here: ["2026"] * len(sort))
    for step in plans(connection, lambda r: FAR[name](r, far)):
        assert "TEMP B-TREE" not in step
        assert step.startswith("SEARCH")
        assert "<" in step or ">" in step


@pytest.mark.parametrize("name", SORTED_AFTERWARDS)
def test_an_index_finds(connection: Connection, name: str) -> None:
    for step in plans(connection, SORTED_AFTERWARDS[name]):
        assert not step.startswith("SCAN")


@pytest.mark.parametrize("typed", [ID, ID[:13], "9d2e1c4b", "9d2e"])
@pytest.mark.parametrize("resolve", [sessions.resolve, boards.resolve, tasks.resolve])
def test_ids_are_looked_up_by_index(connection: Connection, resolve: Callable[..., str], typed: str) -> None:
    def look(reader: Reader) -> None:
        with pytest.raises(NotFound):
            resolve(reader, typed)

    for step in plans(connection, look):
        # What a union of two look-ups found is gone through once more; that is no table.
        assert not step.startswith("SCAN") or "SUBQUERY" in step or "anon" in step


@pytest.mark.parametrize("walk", [genealogy.of_session, genealogy.descendants, genealogy.root])
def test_the_forest_is_walked_by_index(connection: Connection, walk: Callable[..., Any]) -> None:
    connection.execute(
        text(
            "INSERT OR REPLACE INTO sessions (session_id, short_id, status, agent, created_at, updated_at, cwd,"
            " managed_worktree, data) VALUES (:id, 'x', 'idle', 'demo', '', '', '', 0, :data)"
        ),
        {"id": ID, "data": '{"agent_version":null}'},
    )
    for step in plans(connection, lambda reader: walk(reader, ID)):
        assert not step.startswith("SCAN sessions")
    connection.rollback()


@pytest.mark.parametrize("where", [{}, {"board_id": ID}, {"agent": "demo", "repo_id": ID}])
def test_a_search_goes_by_its_words_newest_first(connection: Connection, where: dict[str, str]) -> None:
    words, entry, session = plans(connection, lambda r: search.find(r, "two words", **where))  # type: ignore[arg-type]
    assert words.startswith("SCAN search_words VIRTUAL TABLE INDEX")
    assert entry == "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)"
    assert session.startswith("SEARCH s USING INDEX sqlite_autoindex_sessions_1")


@pytest.mark.parametrize("event", ["created", "removed"])
def test_indexing_looks_records_up(connection: Connection, event: str) -> None:
    def index(reader: Reader) -> None:
        writer = Writer(connection, "")
        if event == "removed":
            search_index.drop(writer, "sessions", ID)
        else:
            search_index.put(writer, "sessions", ID, ID, CREATED, ["word"])

    for step in plans(connection, index):
        assert step.startswith("SEARCH")
    connection.rollback()


def test_everything_is_a_condition_that_costs_nothing(connection: Connection) -> None:
    (step,) = plans(connection, lambda r: sessions.find(r, Query(where=EVERYTHING, total=False)))
    assert step == "SCAN sessions USING INDEX ix_sessions_live"
