"""Lists of real records against the same query in memory: which, in what order, how many, and which part of each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace
from sqlalchemy import Connection

from agor_core.clock import SystemClock
from agor_core.db import engines
from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.errors import InvalidInput, NotFound
from agor_core.query.fields import Fields
from agor_core.query.matching import matches, ordered, pick
from agor_core.query.tree import Compare, Comparison, Query, Unresolved, mentions
from agor_core.repositories import messages, sessions, tasks
from agor_core.repositories.base import matching
from agor_core.repositories.mappings import MESSAGES, SESSIONS, TASKS, AnyMapping
from tests.builders import queries, ready_stores
from tests.builders.records import as_json, make_id, make_message, make_session, make_task

Sort = tuple[tuple[str, bool], ...]
TIMES = [f"2026-01-31T09:05:0{n}.000Z" for n in range(4)]


def fill(writer: Writer) -> None:
    """A few of everything, with values that repeat and nulls."""
    source = None
    for number in range(14):
        session = make_session(
            agent=("demo", "codex")[number % 2],
            title=(None, "a", "B", "%", "é")[number % 5],
            created_at=TIMES[number % 3],
            archived_at=TIMES[3] if number % 4 == 3 else None,
            status=list(SessionStatus)[number % 5],
            concepts=("x",) * (number % 3),
            forked_from=source if number % 3 == 2 else None,
            parent=source if number % 3 == 1 else None,
        )
        source = sessions.insert(writer, session).session_id
        for position in range(number % 3):
            status = (TaskStatus.COMPLETED, TaskStatus.QUEUED)[position]
            task = tasks.insert(writer, make_task(source, status=status, created_at=TIMES[number % 4]))
            for index in range(number % 4):
                messages.append(writer, make_message(task, created_at=TIMES[index % 2], complete=index != 1))


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    url = engines.sqlite_url(tmp_path_factory.mktemp("find") / "agor.db")
    ready_stores.prepare(url, backups=Path("/nowhere"), clock=SystemClock())
    engine = engines.sqlite_writer(url)
    with engine.connect() as opened:
        fill(Writer(opened, TIMES[0]))
        yield opened
        opened.rollback()
    engine.dispose()


def expected(records: list[dict[str, Any]], query: Query, default: str, identity: str) -> tuple[int, list[Any]]:
    """What the query means, by the code for memory."""
    hidden = "archived_at" in records[0] and not mentions(query.where, "archived_at")

    def match(record: dict[str, Any]) -> bool:
        return matches(query.where, record) and not (hidden and record["archived_at"] is not None)

    sort = query.sort or ((default, True),)
    inside = ordered(records, (*sort, (identity, sort[-1][1])))
    total = sum(map(match, inside))
    ids = [record[identity] for record in inside]
    if query.after is not None:
        inside = inside[ids.index(query.after) + 1 :]
    if query.before is not None:
        inside = inside[: ids.index(query.before)]
    found = [record for record in inside if match(record)]
    found = found[max(0, len(found) - query.limit) :] if query.before else found[query.skip :][: query.limit]
    return total, found if query.select is None else [pick(record, query.select, identity) for record in found]


def within(*paths: str) -> Callable[[Query], bool]:
    return lambda query: any(mentions(query.where, path) for path in paths)


@pytest.mark.parametrize(
    ("find", "mapping", "fields", "place", "near"),
    [
        (sessions.find, SESSIONS, sessions.FIELDS, "created_at", within()),
        (tasks.find, TASKS, tasks.FIELDS, "position", within("session_id")),
        (messages.find, MESSAGES, messages.FIELDS, "index", within("session_id", "task_id")),
    ],
)
def test_a_list_is_what_the_query_means(
    connection: Connection,
    find: Callable[[Reader, Query], Any],
    mapping: AnyMapping,
    fields: Fields,
    place: str,
    near: Callable[[Query], bool],
) -> None:
    reader = Reader(connection)
    records = [as_json(record) for record in matching(reader, mapping)]

    pools = queries.pools_of(fields, records)
    pools[fields.identity] = [record[fields.identity] for record in records]

    @settings(max_examples=250, suppress_health_check=[*HealthCheck])
    @given(query=queries.queries(fields, pools))
    def agree(query: Query) -> None:
        page = find(reader, query)
        default = place if near(query) else "created_at"
        total, data = expected(records, query, default, fields.identity)
        assert [msgspec.json.decode(row) for row in page.data] == data
        assert page.total == (total if query.total else None)
        assert (page.limit, page.skip) == (query.limit, query.skip)

    agree()


def walk(reader: Reader, sort: Sort, *, forward: bool) -> tuple[list[str], list[str]]:
    """The ids of all records that a query matches, asked for at once, and page by page from one end."""

    def ids(query: Query) -> list[str]:
        return [msgspec.json.decode(row)["session_id"] for row in sessions.find(reader, query).data]

    every = ids(Query(where=Compare("agent", Comparison.NE, ""), sort=sort))
    page = Query(where=Compare("agent", Comparison.NE, ""), sort=sort, limit=3, total=False)
    walked = [every[0 if forward else -1]]
    while found := ids(replace(page, after=walked[-1]) if forward else replace(page, before=walked[0])):
        walked = [*walked, *found] if forward else [*found, *walked]
    return every, walked


@pytest.mark.parametrize("forward", [True, False])
async def test_every_page_from_end_to_end(store: Store, forward: bool) -> None:
    await store.write(fill)
    sorts: tuple[Sort, ...] = (
        (("created_at", True),),
        (("updated_at", False),),
        (("title", False), ("created_at", True)),
        (("board_id", True),),
    )
    for sort in sorts:
        every, walked = await store.read(lambda r, sort=sort: walk(r, sort, forward=forward))
        assert walked == every
        assert len(every) > 10


def test_a_page_from_nowhere_is_refused(connection: Connection) -> None:
    with pytest.raises(NotFound):
        sessions.find(Reader(connection), Query(after=make_id()))
    with pytest.raises(InvalidInput, match="full id"):
        sessions.find(Reader(connection), Query(before=Unresolved("sessions", "9d2e")))
