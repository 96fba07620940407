"""Spawns: a child with a fresh context in a worktree at its parent's commit."""

import asyncio
import shutil
from pathlib import Path

import pytest

from agor_core.errors import NotFound
from agor_core.ids import new_id
from agor_core.repositories import tasks
from agor_core.wire.requests import Spawn
from tests.daemon.supervisor.conftest import git


async def test_a_child_knows_nothing_and_stands_at_the_parents_commit(bench, repo):
    parent = await bench.session(cwd=repo, title="Parent")
    await bench.run(parent, "say: secret word", "write: a.txt a", "run: git add . && git commit -qm second")
    last = await bench.run(parent, "write: uncommitted.txt x")
    child = await bench.supervisor.spawn(parent.session_id, Spawn(prompt="recall:"))
    assert child.genealogy.parent_session_id == parent.session_id
    assert child.genealogy.spawn_point_task_id == last.task_id
    assert child.genealogy.fidelity is None
    parent = await bench.again(parent)
    assert child.repo.worktree_id not in (None, parent.repo.worktree_id)
    assert git(Path(child.repo.cwd), "rev-parse", "HEAD") == git(Path(parent.repo.cwd), "rev-parse", "HEAD")
    assert (Path(child.repo.cwd) / "a.txt").exists()
    assert not (Path(child.repo.cwd) / "uncommitted.txt").exists()
    done = await bench.ended(await bench.store.read(lambda r: tasks.at(r, child.session_id, 1)))
    assert "secret" not in await bench.said(done)


async def test_from_a_task_that_runs(bench, repo):
    parent = await bench.session(cwd=repo)
    running = await bench.supervisor.prompt(parent.session_id, "say: busy\nsleep: 60")
    await bench.running(running)
    child = await bench.supervisor.spawn(parent.session_id, Spawn(title="Help"))
    assert child.genealogy.spawn_point_task_id == running.task_id
    assert child.repo.worktree_name == "help"


async def test_into_a_worktree_that_is_there(bench, repo):
    parent = await bench.session(cwd=repo, title="Parent")
    await bench.run(parent, "write: a.txt a")
    child = await bench.supervisor.spawn(parent.session_id, Spawn(worktree="parent"))
    assert child.repo.worktree_id == (await bench.again(parent)).repo.worktree_id
    assert not child.repo.managed_worktree
    other = await bench.supervisor.spawn(parent.session_id, Spawn(worktree="Fresh one"))
    assert other.repo.worktree_name == "fresh-one"


async def test_a_worktree_that_is_there_is_entered_in_the_same_sub_directory(bench, repo):
    parent = await bench.session(cwd=repo / "src", title="Parent")
    await bench.run(parent, "say: hi")
    place = (await bench.again(parent)).repo
    child = await bench.supervisor.spawn(parent.session_id, Spawn(worktree="parent"))
    assert (child.repo.worktree_id, child.repo.cwd) == (place.worktree_id, place.cwd)
    shutil.rmtree(place.cwd)
    again = await bench.supervisor.spawn(parent.session_id, Spawn(worktree="parent"))
    assert again.repo.cwd == str(Path(place.cwd).parent)


async def test_repeating_a_spawn_makes_one(bench, repo):
    parent = await bench.session(cwd=repo)
    request = Spawn(session_id=new_id(), prompt="say: hi")
    first, second = await asyncio.gather(*(bench.supervisor.spawn(parent.session_id, request) for _ in range(2)))
    assert first.session_id == second.session_id
    assert second.task_count == 1


async def test_a_spawn_that_fails_leaves_nothing(bench, repo):
    parent = await bench.session(cwd=repo)
    before = git(repo, "worktree", "list"), git(repo, "branch", "--list")
    with pytest.raises(NotFound):
        await bench.supervisor.spawn(parent.session_id, Spawn(board="no-such-board"))
    assert (git(repo, "worktree", "list"), git(repo, "branch", "--list")) == before


async def test_from_a_named_task(bench):
    parent = await bench.session()
    first = await bench.run(parent, "say: one")
    await bench.run(parent, "say: two")
    child = await bench.supervisor.spawn(parent.session_id, Spawn(at=1))
    assert child.genealogy.spawn_point_task_id == first.task_id
    assert child.repo.cwd == parent.repo.cwd
    with pytest.raises(NotFound, match="it has 1-2"):
        await bench.supervisor.spawn(parent.session_id, Spawn(at=9))
