"""Boards, repos and worktrees: names that are taken, renaming, removal."""

import msgspec
import pytest
from msgspec.structs import replace

from agor_core.db.store import Store
from agor_core.domain.session import SessionRepo
from agor_core.errors import Conflict, NotFound
from agor_core.query.tree import Compare, Comparison, Query
from agor_core.repositories import boards, repos, sessions, worktrees
from tests.builders.records import as_json, make_board, make_id, make_repo, make_session, make_worktree
from tests.builders.stores import HeldClock


async def test_boards_come_and_go(store: Store, clock: HeldClock) -> None:
    board = make_board(slug="web", color="green")
    assert await store.write(lambda w: boards.insert(w, board)) == board
    assert await store.write(lambda w: boards.insert(w, board)) == board
    with pytest.raises(Conflict, match="slug 'web'"):
        await store.write(lambda w: boards.insert(w, make_board(slug="web")))
    with pytest.raises(Conflict, match="another board"):
        await store.write(lambda w: boards.insert(w, replace(board, name="Other")))
    other = await store.write(lambda w: boards.insert(w, make_board(slug="api")))
    with pytest.raises(Conflict):
        await store.write(lambda w: boards.update(w, replace(other, slug="web")))
    clock.forward(seconds=1)
    renamed = await store.write(lambda w: boards.update(w, replace(board, slug="www", session_count=99)))
    assert (renamed.slug, renamed.session_count) == ("www", 0)
    assert await store.read(lambda r: boards.resolve(r, "www")) == board.board_id
    session = await store.write(lambda w: sessions.insert(w, make_session(board_id=board.board_id)))
    removed = await store.write(lambda w: boards.remove(w, board.board_id))
    assert removed.session_count == 1
    assert (await store.read(lambda r: sessions.get(r, session.session_id))).board_id is None
    with pytest.raises(NotFound):
        await store.read(lambda r: boards.resolve(r, "www"))


async def test_boards_are_listed_with_their_count(store: Store) -> None:
    board = await store.write(lambda w: boards.insert(w, make_board()))
    archived = await store.write(lambda w: boards.insert(w, make_board(archived_at="2026-01-01T00:00:00.000Z")))
    for _ in range(3):
        await store.write(lambda w: sessions.insert(w, make_session(board_id=board.board_id)))
    page = await store.read(lambda r: boards.find(r, Query(sort=(("name", True),))))
    assert [msgspec.json.decode(row) for row in page.data] == [as_json(replace(board, session_count=3))]
    about = Query(where=Compare("archived_at", Comparison.NE, None), select=("session_count",))
    page = await store.read(lambda r: boards.find(r, about))
    assert [msgspec.json.decode(row) for row in page.data] == [{"board_id": archived.board_id, "session_count": 0}]


async def test_repos_come_and_go(store: Store) -> None:
    repo = make_repo(slug="web", local_path="/srv/web")
    assert await store.write(lambda w: repos.insert(w, repo)) == repo
    assert await store.write(lambda w: repos.insert(w, repo)) == repo
    for taken in (make_repo(slug="web"), make_repo(local_path="/srv/web"), replace(repo, local_path="/elsewhere")):
        with pytest.raises(Conflict):
            await store.write(lambda w, t=taken: repos.insert(w, t))
    assert await store.read(lambda r: repos.by_path(r, "/srv/web")) == repo
    assert await store.read(lambda r: repos.by_path(r, "/work")) is None
    at = SessionRepo(cwd="/srv/web", repo_id=repo.repo_id, repo_slug="web")
    session = await store.write(lambda w: sessions.insert(w, make_session(repo=at)))
    await store.write(lambda w: repos.update(w, replace(repo, slug="www")))
    assert (await store.read(lambda r: sessions.get(r, session.session_id))).repo.repo_slug == "www"
    with pytest.raises(Conflict, match="sessions of this repo"):
        await store.write(lambda w: repos.remove(w, repo.repo_id))
    await store.write(lambda w: sessions.remove(w, session.session_id))
    assert (await store.write(lambda w: repos.remove(w, repo.repo_id))).slug == "www"
    assert (await store.read(lambda r: repos.find(r, Query()))).total == 0


async def test_worktrees_come_and_go(store: Store) -> None:
    repo = await store.write(lambda w: repos.insert(w, make_repo()))
    worktree = make_worktree(repo.repo_id, name="fix", path="/w/fix")
    assert await store.write(lambda w: worktrees.insert(w, worktree)) == worktree
    assert await store.write(lambda w: worktrees.insert(w, worktree)) == worktree
    for taken in (make_worktree(repo.repo_id, name="fix"), make_worktree(repo.repo_id, path="/w/fix")):
        with pytest.raises(Conflict):
            await store.write(lambda w, t=taken: worktrees.insert(w, t))
    with pytest.raises(NotFound):
        await store.write(lambda w: worktrees.insert(w, make_worktree(make_id())))
    assert await store.read(lambda r: worktrees.by_path(r, "/w/fix")) == worktree
    assert await store.read(lambda r: worktrees.of_repo(r, repo.repo_id)) == [worktree]
    with pytest.raises(Conflict, match="worktrees of this repo"):
        await store.write(lambda w: repos.remove(w, repo.repo_id))
    at = SessionRepo(cwd="/w/fix", worktree_id=worktree.worktree_id)
    session = await store.write(lambda w: sessions.insert(w, make_session(repo=at)))
    with pytest.raises(Conflict, match="work in this worktree"):
        await store.write(lambda w: worktrees.remove(w, worktree.worktree_id))
    await store.write(lambda w: sessions.remove(w, session.session_id))
    await store.write(lambda w: worktrees.remove(w, worktree.worktree_id))
    assert (await store.read(lambda r: worktrees.find(r, Query(limit=0)))).total == 0
