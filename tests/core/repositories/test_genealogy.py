"""The forest of forks and spawns."""

import asyncio

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from agor_core.db import tables
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.genealogy import EdgeKind
from agor_core.domain.session import Session, SessionGenealogy
from agor_core.errors import AgorError, Conflict, NotFound
from agor_core.ids import TaskId
from agor_core.repositories import genealogy, sessions, tasks
from tests.builders.records import make_id, make_session, make_task


@pytest.fixture
async def forest(store: Store) -> dict[str, Session]:
    """root -> fork -> child -> grandfork; root -> spawn; and one alone."""
    made: dict[str, Session] = {}

    def plant(writer: object) -> None:
        def add(name: str, **origin: str) -> None:
            number = len(made)
            made[name] = make_session(title=name, created_at=f"2026-01-31T09:05:0{9 - number}.000Z", **origin)
            sessions.insert(writer, made[name])  # type: ignore[arg-type]

        made.clear()
        add("root")
        task = tasks.insert(writer, make_task(made["root"].session_id))  # type: ignore[arg-type]
        add("fork", forked_from=made["root"].session_id, at=task.task_id)
        add("child", parent=made["fork"].session_id)
        add("grandfork", forked_from=made["child"].session_id)
        add("spawn", parent=made["root"].session_id)
        add("alone")

    await store.write(plant)
    return made


@pytest.mark.parametrize("name", ["root", "fork", "child", "grandfork", "spawn"])
async def test_a_genealogy_is_the_same_from_everywhere(store: Store, forest: dict[str, Session], name: str) -> None:
    whole = await store.read(lambda r: genealogy.of_session(r, forest[name].session_id))
    titles = {session.session_id: session.title for session in whole.sessions}
    assert whole.root_id == forest["root"].session_id
    # The root first though it is the youngest by the clock; then by age.
    assert list(titles.values()) == ["root", "spawn", "grandfork", "child", "fork"]
    assert {(e.kind, titles[e.source], titles[e.target]) for e in whole.edges} == {
        (EdgeKind.FORK, "root", "fork"),
        (EdgeKind.SPAWN, "fork", "child"),
        (EdgeKind.FORK, "child", "grandfork"),
        (EdgeKind.SPAWN, "root", "spawn"),
    }
    (forked,) = [edge for edge in whole.edges if titles[edge.target] == "fork"]
    assert forked.task_id is not None
    assert {(titles[edge.target], edge.position) for edge in whole.edges} == {
        ("fork", 1),
        ("child", None),
        ("grandfork", None),
        ("spawn", None),
    }


@pytest.mark.parametrize(
    ("point", "second", "expected"),
    [("end", 1, ["a1", "a2", "b1"]), ("start", 1, ["a1", "a2"]), ("end", 2, ["a1", "a2", "b1", "b2"])],
)
async def test_a_fork_of_a_fork_inherits_from_both(store: Store, point: str, second: int, expected: list[str]) -> None:
    first, fork, last = (make_session(title=name) for name in "abc")

    def plant(writer: Writer) -> Session:
        def turns(session: Session) -> list[TaskId]:
            prompts = [f"{session.title}{number}" for number in (1, 2, 3)]
            return [
                tasks.insert(writer, make_task(session.session_id, full_prompt=prompt)).task_id for prompt in prompts
            ]

        sessions.insert(writer, first)
        origin = SessionGenealogy(
            forked_from_session_id=first.session_id, fork_point_task_id=turns(first)[1], fork_point="end"
        )
        sessions.insert(writer, replace(fork, genealogy=origin))
        origin = SessionGenealogy(
            forked_from_session_id=fork.session_id,
            fork_point_task_id=turns(fork)[second - 1],
            fork_point=point,  # type: ignore[arg-type]
        )
        return sessions.insert(writer, replace(last, genealogy=origin))

    forked = await store.write(plant)
    found = await store.read(lambda r: genealogy.inheritance(r, forked))
    assert [task.full_prompt for task in found.tasks] == expected
    assert found.titles == {first.session_id: "a", fork.session_id: "b"}


async def test_a_session_that_was_no_fork_inherits_nothing(store: Store, forest: dict[str, Session]) -> None:
    for name in ("root", "child", "spawn", "alone"):
        found = await store.read(lambda r, name=name: genealogy.inheritance(r, forest[name]))
        assert (found.tasks, found.titles) == ((), {})


async def test_one_alone_is_a_genealogy(store: Store, forest: dict[str, Session]) -> None:
    whole = await store.read(lambda r: genealogy.of_session(r, forest["alone"].session_id))
    assert ([session.title for session in whole.sessions], whole.edges) == (["alone"], ())
    with pytest.raises(NotFound):
        await store.read(lambda r: genealogy.of_session(r, make_id()))


async def test_descendants_in_order_of_age(store: Store, forest: dict[str, Session]) -> None:
    titles = {session.session_id: name for name, session in forest.items()}
    whole = await store.read(lambda r: genealogy.of_session(r, forest["root"].session_id))
    edges = await store.read(lambda r: genealogy.descendants(r, forest["root"].session_id))
    assert edges == tuple(replace(edge, position=None) for edge in whole.edges)
    below = await store.read(lambda r: genealogy.descendants(r, forest["fork"].session_id))
    assert [(edge.kind, titles[edge.target]) for edge in below] == [
        (EdgeKind.FORK, "grandfork"),
        (EdgeKind.SPAWN, "child"),
    ]
    assert await store.read(lambda r: genealogy.descendants(r, forest["alone"].session_id)) == ()


async def test_roots(store: Store, forest: dict[str, Session]) -> None:
    root, alone = forest["root"].session_id, forest["alone"].session_id
    assert {await store.read(lambda r, n=n: genealogy.root(r, forest[n].session_id)) for n in forest} == {root, alone}
    with pytest.raises(NotFound):
        await store.read(lambda r: genealogy.root(r, make_id()))


async def test_children_are_spawned(store: Store, forest: dict[str, Session]) -> None:
    children = await store.read(lambda r: genealogy.children(r, forest["root"].session_id))
    assert children == (forest["spawn"].session_id,)


async def test_a_deep_line_of_forks(store: Store) -> None:
    def plant(writer: object) -> str:
        session = sessions.insert(writer, make_session())  # type: ignore[arg-type]
        for _ in range(300):
            session = sessions.insert(writer, make_session(forked_from=session.session_id))  # type: ignore[arg-type]
        return session.session_id

    last = await store.write(plant)
    whole = await store.read(lambda r: genealogy.of_session(r, last))
    assert len(whole.sessions) == 301
    assert len(await store.read(lambda r: genealogy.descendants(r, whole.root_id))) == 300


@pytest.mark.parametrize("wrong", ["its own fork", "its own child", "both", "nobody's fork", "nobody's task"])
async def test_the_database_refuses_what_makes_no_forest(store: Store, wrong: str) -> None:
    """Whatever a program does beside the repositories."""
    one, other = make_session(), make_session()
    await store.write(lambda w: [sessions.insert(w, session) for session in (one, other)])
    values = {
        "its own fork": {"forked_from_session_id": one.session_id},
        "its own child": {"parent_session_id": one.session_id},
        "both": {"forked_from_session_id": other.session_id, "parent_session_id": other.session_id},
        "nobody's fork": {"forked_from_session_id": make_id()},
        "nobody's task": {"fork_point_task_id": make_id()},
    }[wrong]
    statement = update(tables.sessions).where(tables.sessions.c.session_id == one.session_id).values(values)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        await store.write(lambda w: w.execute(statement))


async def test_an_origin_never_changes_so_that_there_is_no_cycle(store: Store) -> None:
    root = await store.write(lambda w: sessions.insert(w, make_session()))
    fork = await store.write(lambda w: sessions.insert(w, make_session(forked_from=root.session_id)))
    moved = replace(root, genealogy=replace(root.genealogy, parent_session_id=fork.session_id))
    with pytest.raises(Conflict, match="never changes"):
        await store.write(lambda w: sessions.update(w, moved))


async def test_concurrent_forks_make_one_tree(store: Store) -> None:
    """Many fork from what others are making at the same moment: each exists before what comes from it."""
    root = await store.write(lambda w: sessions.insert(w, make_session()))
    made = [root]

    async def grow() -> None:
        for number in range(5):
            source = made[(len(made) * 7 + number) % len(made)].session_id
            origin = {"forked_from": source} if number % 2 else {"parent": source}
            made.append(await store.write(lambda w, o=origin: sessions.insert(w, make_session(**o))))

    await asyncio.gather(*(grow() for _ in range(8)))
    whole = await store.read(lambda r: genealogy.of_session(r, made[-1].session_id))
    assert {session.session_id for session in whole.sessions} == {session.session_id for session in made}
    assert len(whole.edges) == len(made) - 1


async def test_a_source_is_not_removed_while_it_is_forked(store: Store) -> None:
    """Of a fork and a purge of its source at the same moment one is refused, or the purge comes first."""
    for _ in range(6):
        source = await store.write(lambda w: sessions.insert(w, make_session()))
        fork = make_session(forked_from=source.session_id)
        forked, removed = await asyncio.gather(
            store.write(lambda w, f=fork: sessions.insert(w, f)),
            store.write(lambda w, s=source: sessions.remove(w, s.session_id)),
            return_exceptions=True,
        )
        assert isinstance(forked, AgorError) is not isinstance(removed, AgorError)
        if not isinstance(forked, AgorError):
            whole = await store.read(lambda r, s=source: genealogy.of_session(r, s.session_id))
            assert len(whole.sessions) == 2


@pytest.mark.parametrize("kind", ["fork", "spawn"])
async def test_the_database_itself_refuses_a_point_that_is_no_task_of_the_origin(store: Store, kind: str) -> None:
    source, other, made = make_session(), make_session(), make_session()
    task = make_task(session_id=other.session_id)
    origin, point = {
        "fork": ("forked_from_session_id", "fork_point_task_id"),
        "spawn": ("parent_session_id", "spawn_point_task_id"),
    }[kind]

    def fill(writer: Writer) -> None:
        for session in (source, other, made):
            sessions.insert(writer, session)
        tasks.insert(writer, task)

    await store.write(fill)
    columns = tables.sessions.c
    for values in ({origin: source.session_id, point: task.task_id}, {point: task.task_id}):
        change = update(tables.sessions).where(columns.session_id == made.session_id).values(values)
        with pytest.raises(Conflict, match="The store refuses this"):
            await store.write(lambda writer, change=change: writer.execute(change))
