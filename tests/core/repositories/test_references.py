"""What a person types for an id, against many stored ones."""

import pytest

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.errors import Ambiguous, NotFound
from agor_core.ids import short_id
from agor_core.repositories import boards, repos, sessions, worktrees
from tests.builders.records import make_board, make_id, make_repo, make_session, make_worktree


@pytest.fixture
async def stored(store: Store) -> Store:
    def fill(writer: object) -> None:
        for tail, title in (("9d2e1c4b", "One"), ("9d2e1c4c", "Two"), ("9d2effff", "Three"), ("abcdabcd", "Four")):
            sessions.insert(writer, make_session(session_id=make_id(tail=tail), title=title))  # type: ignore[arg-type]
        longer = make_id(tail="abcdabcd0000")
        sessions.insert(writer, make_session(session_id=longer, short_id=short_id(longer, 12), title="Long"))  # type: ignore[arg-type]

    await store.write(fill)
    return store


async def title(store: Store, text: str) -> str | None:
    return await store.read(lambda r: sessions.get(r, sessions.resolve(r, text)).title)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9d2e1c4b", "One"),
        ("9D2E1C4C", "Two"),
        ("9d2ef", "Three"),
        (" 9d2ef ", "Three"),
        ("abcdabcd", "Four"),
        ("abcdabcd0000", "Long"),
        ("abcdabcd0", "Long"),
    ],
)
async def test_one_fits(stored: Store, text: str, expected: str) -> None:
    assert await title(stored, text) == expected


async def test_the_full_id_in_any_form(stored: Store) -> None:
    full = await stored.read(lambda r: sessions.resolve(r, "9d2ef"))
    for text in (full, full.upper(), full.replace("-", ""), full[:30], full[:25]):
        assert await stored.read(lambda r, t=text: sessions.resolve(r, t)) == full


@pytest.mark.parametrize("text", ["", "9d2", "ffff", "%", "9d2_1c4b", "nothing", "' OR 1=1 --", "9d2e1c4b0000"])
async def test_none_fits(stored: Store, text: str) -> None:
    with pytest.raises(NotFound):
        await title(stored, text)


async def test_several_fit(stored: Store) -> None:
    with pytest.raises(Ambiguous) as caught:
        await title(stored, "9d2e")
    assert sorted(caught.value.candidates) == [("9d2e1c4b", "One"), ("9d2e1c4c", "Two"), ("9d2effff", "Three")]
    with pytest.raises(Ambiguous):
        await title(stored, "0190f3c4")


async def test_slugs_beat_prefixes(store: Store) -> None:
    one = make_board(slug="abcd", name="By slug")
    two = make_board(board_id=make_id(tail="abcd1234"), name="By short id")
    await store.write(lambda w: [boards.insert(w, board) for board in (one, two)])
    assert await store.read(lambda r: boards.resolve(r, "ABCD")) == one.board_id
    assert await store.read(lambda r: boards.resolve(r, "abcd1")) == two.board_id


async def test_things_without_a_short_id_go_by_the_full_one(store: Store) -> None:
    repo = make_repo()
    worktree = make_worktree(repo.repo_id)
    await store.write(lambda w: (repos.insert(w, repo), worktrees.insert(w, worktree)))
    assert await store.read(lambda r: worktrees.resolve(r, worktree.worktree_id[:13])) == worktree.worktree_id
    assert await store.read(lambda r: repos.resolve(r, repo.slug)) == repo.repo_id


async def test_an_id_that_was_given_is_shown_short_until_that_is_taken(store: Store) -> None:
    first, second = make_id(tail="feedfeed0000"), make_id(tail="feedfeed1111")

    def put(writer: Writer) -> list[str]:
        given = [make_session(session_id=one, short_id=short_id(one, 12)) for one in (first, second)]
        return [sessions.insert(writer, session).short_id for session in given]

    assert await store.write(put) == ["feedfeed", "feedfeed1111"]
    assert await store.read(lambda r: sessions.resolve(r, "feedfeed")) == first
