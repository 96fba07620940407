"""Sessions: what is stored and refused, what lists show, what goes with a removal."""

from itertools import pairwise

import msgspec
import pytest
from msgspec.structs import replace

from agor_core.db import feed_log
from agor_core.db.store import Store
from agor_core.domain.session import CurrentTask, Fidelity, Session, SessionRepo, SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.errors import AgorError, Conflict, InvalidInput, NotFound
from agor_core.query.tree import Compare, Comparison, Query
from agor_core.repositories import approvals, boards, messages, sessions, tasks
from agor_core.repositories.base import ShortIdTaken
from tests.builders.records import (
    as_json,
    make_approval,
    make_board,
    make_id,
    make_message,
    make_repo,
    make_session,
    make_task,
    make_worktree,
)
from tests.builders.stores import HeldClock


async def add(store: Store, *several: Session) -> Session:
    for session in several:
        await store.write(lambda w, s=session: sessions.insert(w, s))
    return several[-1]


async def get(store: Store, session: Session) -> Session:
    return await store.read(lambda r: sessions.get(r, session.session_id))


async def found(store: Store, **query: object) -> list[dict[str, object]]:
    page = await store.read(lambda r: sessions.find(r, Query(**query)))  # type: ignore[arg-type]
    return [msgspec.json.decode(row) for row in page.data]


async def last_change(store: Store) -> tuple[str, str, dict[str, object]]:
    rows = await store.read(lambda r: feed_log.since(r, 0))
    return rows[-1].service, rows[-1].event, msgspec.json.decode(rows[-1].record)


async def test_every_interface_shows_the_same_record(store: Store) -> None:
    session = make_session(
        description='with "quotes", ünïcode and \\ backslashes\n',
        concepts=("a", "b"),
        agent_version="1.2",
        current=CurrentTask(task_id=make_id(), position=3, status=TaskStatus.RUNNING, step="Test"),  # type: ignore[arg-type]
    )
    await add(store, session)
    shown = as_json(session)
    assert await get(store, session) == session
    assert await found(store) == [shown]
    assert await last_change(store) == ("sessions", "created", shown)


async def test_creating_again_answers_what_is_stored(store: Store) -> None:
    session = await add(store, make_session())
    await store.write(lambda w: sessions.update(w, replace(session, model="large")))
    again = await store.write(lambda w: sessions.insert(w, replace(session, created_at="2027-01-01T00:00:00.000Z")))
    assert again.model == "large"
    assert (await store.head()).seq == 2
    with pytest.raises(Conflict, match="another session"):
        await store.write(lambda w: sessions.insert(w, replace(session, title="other")))


async def test_a_short_id_that_is_taken_asks_for_another_id(store: Store) -> None:
    session = await add(store, make_session())
    with pytest.raises(ShortIdTaken, match=session.short_id):
        await store.write(lambda w: sessions.insert(w, make_session(short_id=session.short_id)))


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"forked_from": "SOURCE", "parent": "SOURCE"}, InvalidInput, "never both"),
        ({"forked_from": "SELF"}, InvalidInput, "from itself"),
        ({"parent": "SELF"}, InvalidInput, "from itself"),
        ({"forked_from": make_id()}, NotFound, "session"),
        ({"parent": make_id()}, NotFound, "session"),
        ({"forked_from": "SOURCE", "at": make_id()}, NotFound, "task"),
        ({"forked_from": "SOURCE", "at": "OTHER"}, InvalidInput, "not one of the session"),
        ({"parent": "SOURCE", "at": "OTHER"}, InvalidInput, "not one of the session"),
        ({"board_id": make_id()}, NotFound, "board"),
        ({"repo": SessionRepo(cwd="/", repo_id=make_id())}, NotFound, "repo"),  # type: ignore[arg-type]
        ({"repo": SessionRepo(cwd="/", worktree_id=make_id())}, NotFound, "worktree"),  # type: ignore[arg-type]
    ],
)
async def test_what_makes_no_sense_is_refused(
    store: Store, fields: dict[str, object], error: type[AgorError], says: str
) -> None:
    source, other = make_session(), make_session()
    foreign = make_task(other.session_id)
    await add(store, source, other)
    await store.write(lambda w: tasks.insert(w, foreign))
    head = await store.head()
    identifier = make_id()
    names = {"SOURCE": source.session_id, "SELF": identifier, "OTHER": foreign.task_id}
    given = {name: names.get(value, value) if isinstance(value, str) else value for name, value in fields.items()}
    with pytest.raises(error, match=says):
        await store.write(lambda w: sessions.insert(w, make_session(session_id=identifier, **given)))
    assert await store.head() == head


async def test_a_point_without_a_session_is_refused(store: Store) -> None:
    session = make_session()
    lost = replace(session, genealogy=replace(session.genealogy, fork_point_task_id=make_id()))
    with pytest.raises(InvalidInput, match="fork_point_task_id"):
        await add(store, lost)


async def test_an_update_stamps_its_time_and_says_so(store: Store, clock: HeldClock) -> None:
    session = await add(store, make_session())
    clock.forward(minutes=1)
    patched = await store.write(
        lambda w: sessions.update(w, replace(session, title="New", status=SessionStatus.COMPLETED))
    )
    assert (patched.title, patched.updated_at) == ("New", "2026-01-31T09:06:00.000Z")
    assert await get(store, session) == patched
    assert await last_change(store) == ("sessions", "patched", as_json(patched))
    await store.write(lambda w: sessions.update(w, replace(patched, title="Newer"), event="updated"))
    assert (await last_change(store))[1] == "updated"


async def test_an_update_without_a_difference_is_none(store: Store, clock: HeldClock) -> None:
    session = await add(store, make_session())
    clock.forward(minutes=1)
    assert await store.write(lambda w: sessions.update(w, session)) == session
    assert (await store.head()).seq == 1


async def test_an_update_cannot_forge_figures(store: Store) -> None:
    session = await add(store, make_session())
    forged = replace(session, task_count=9, message_count=9, short_id="ffffffff", created_at="2030", title="T")
    patched = await store.write(lambda w: sessions.update(w, forged))
    assert patched == replace(session, title="T", updated_at=patched.updated_at)


async def test_what_never_changes_is_kept(store: Store) -> None:
    source = await add(store, make_session())
    fork = await add(store, make_session(forked_from=source.session_id, agent_sessions=("one",)))
    refused = [
        replace(fork, genealogy=replace(fork.genealogy, forked_from_session_id=None)),
        replace(fork, agent_sessions=("other",)),
        replace(fork, status=SessionStatus.AWAITING_PERMISSION),
    ]
    for session in refused:
        with pytest.raises(Conflict):
            await store.write(lambda w, s=session: sessions.update(w, s))
    fine = replace(fork, agent_sessions=("one", "two"), genealogy=replace(fork.genealogy, fidelity=Fidelity.REPLAYED))
    assert (await store.write(lambda w: sessions.update(w, fine))).agent_sessions == ("one", "two")
    with pytest.raises(NotFound):
        await store.write(lambda w: sessions.update(w, make_session()))


async def test_what_is_archived_is_hidden_unless_asked_for(store: Store) -> None:
    live, archived = make_session(), make_session()
    await add(store, live, archived)
    gone = await store.write(lambda w: sessions.update(w, replace(archived, archived_at=w.at)))
    assert [row["session_id"] for row in await found(store)] == [live.session_id]
    about = Compare("archived_at", Comparison.NE, None)
    assert [row["session_id"] for row in await found(store, where=about)] == [archived.session_id]
    assert await store.read(lambda r: sessions.resolve(r, archived.short_id)) == archived.session_id
    await store.write(lambda w: sessions.update(w, replace(gone, archived_at=None)))
    assert len(await found(store)) == 2


async def test_a_removal_takes_everything_along(store: Store) -> None:
    session, kept = make_session(), make_session()
    task, other = make_task(session.session_id), make_task(kept.session_id)
    await add(store, session, kept)

    def fill(writer: object) -> None:
        for one in (task, other):
            tasks.insert(writer, one)  # type: ignore[arg-type]
            messages.append(writer, make_message(one))  # type: ignore[arg-type]
            approvals.insert(writer, make_approval(one))  # type: ignore[arg-type]

    await store.write(fill)
    before = await store.head()
    stored = await get(store, session)
    assert await store.write(lambda w: sessions.remove(w, session.session_id)) == stored
    rows = await store.read(lambda r: feed_log.since(r, before.seq))
    assert [(row.service, row.event) for row in rows] == [
        ("approvals", "removed"),
        ("messages", "removed"),
        ("tasks", "removed"),
        ("sessions", "removed"),
    ]
    for find in (sessions.find, tasks.find, messages.find, approvals.find):
        assert (await store.read(lambda r, f=find: f(r, Query(limit=0)))).total == 1
    with pytest.raises(NotFound):
        await store.write(lambda w: sessions.remove(w, session.session_id))


@pytest.mark.parametrize("origin", ["forked_from", "parent"])
async def test_a_source_cannot_be_removed(store: Store, origin: str) -> None:
    source = await add(store, make_session())
    task = await store.write(lambda w: tasks.insert(w, make_task(source.session_id)))
    child = await add(store, make_session(**{origin: source.session_id}, at=task.task_id))
    with pytest.raises(Conflict, match="remove them first"):
        await store.write(lambda w: sessions.remove(w, source.session_id))
    await store.write(lambda w: sessions.remove(w, child.session_id))
    await store.write(lambda w: sessions.remove(w, source.session_id))


async def test_where_a_session_works_is_kept_and_filters(store: Store) -> None:
    repo = make_repo()
    worktree = make_worktree(repo.repo_id)
    from agor_core.repositories import repos, worktrees

    def place(writer: object) -> None:
        repos.insert(writer, repo)  # type: ignore[arg-type]
        worktrees.insert(writer, worktree)  # type: ignore[arg-type]

    await store.write(place)
    where = SessionRepo(
        cwd="/w", repo_id=repo.repo_id, repo_slug=repo.slug, worktree_id=worktree.worktree_id, managed_worktree=True
    )
    session = await add(store, make_session(), make_session(repo=where))
    assert (await get(store, session)).repo == where
    about = Compare("repo.repo_id", Comparison.EQ, repo.repo_id)
    assert [row["session_id"] for row in await found(store, where=about)] == [session.session_id]


async def test_pages_in_order(store: Store) -> None:
    made = [make_session(created_at=f"2026-01-31T09:05:0{n // 2}.000Z", title=f"t{n % 3}") for n in range(8)]
    await add(store, *reversed(made))
    ids = [session.session_id for session in made]
    assert [row["session_id"] for row in await found(store)] == ids
    newest = await found(store, sort=(("created_at", False),), limit=3, skip=1, select=("title",))
    assert [row["session_id"] for row in newest] == ids[::-1][1:4]
    assert all(row.keys() == {"session_id", "title"} for row in newest)
    by_title = await found(store, sort=(("title", True), ("created_at", False)))
    assert all((a["title"], b["created_at"]) <= (b["title"], a["created_at"]) for a, b in pairwise(by_title))


@pytest.mark.parametrize(
    ("select", "keys"),
    [
        ((), {"session_id"}),
        (("title", "status"), {"session_id", "title", "status"}),
        (("concepts", "agent"), {"session_id", "concepts", "agent"}),
        (("repo", "current"), {"session_id", "repo", "current"}),
        (("repo.cwd", "git_state.ref", "tasks"), {"session_id", "repo", "git_state"}),
    ],
)
async def test_selected_fields_are_those_of_the_whole_record(
    store: Store, select: tuple[str, ...], keys: set[str]
) -> None:
    session = await add(store, make_session(concepts=("x",)))
    (row,) = await found(store, select=select)
    assert row.keys() == keys
    whole = as_json(session)
    assert all(row[key] == whole[key] for key in keys - {"repo", "git_state"})
    if "repo.cwd" in select:
        assert row["repo"] == {"cwd": session.repo.cwd}
        assert row["git_state"] == {"ref": None}


async def test_totals_count_what_matches(store: Store) -> None:
    await add(store, *(make_session(agent="demo" if n % 2 else "codex") for n in range(7)))

    async def page(**query: object) -> tuple[object, int]:
        answer = await store.read(
            lambda r: sessions.find(r, Query(where=Compare("agent", Comparison.EQ, "codex"), **query))  # type: ignore[arg-type]
        )
        return answer.total, len(answer.data)

    assert await page() == (4, 4)
    assert await page(limit=0) == (4, 0)
    assert await page(skip=3) == (4, 1)
    assert await page(total=False, limit=2) == (None, 2)


async def test_a_page_encodes_as_feathers_says(store: Store) -> None:
    session = await add(store, make_session())
    page = await store.read(lambda r: sessions.find(r, Query()))
    assert msgspec.json.decode(msgspec.json.encode(page)) == {
        "total": 1, "limit": 100, "skip": 0, "data": [as_json(session)],
    }  # fmt: skip


async def test_boards_hear_of_their_sessions(store: Store) -> None:
    one, two = make_board(), make_board()
    await store.write(lambda w: [boards.insert(w, board) for board in (one, two)])
    session = await add(store, make_session(board_id=one.board_id))

    async def counts() -> list[int]:
        return [(await store.read(lambda r, b=b: boards.get(r, b.board_id))).session_count for b in (one, two)]

    assert await counts() == [1, 0]
    assert (await last_change(store))[:2] == ("boards", "patched")
    session = await store.write(lambda w: sessions.update(w, replace(session, board_id=two.board_id)))
    assert await counts() == [0, 1]
    session = await store.write(lambda w: sessions.update(w, replace(session, archived_at=w.at)))
    assert await counts() == [0, 0]
    service, event, record = await last_change(store)
    assert (service, event, record["board_id"], record["session_count"]) == ("boards", "patched", two.board_id, 0)
