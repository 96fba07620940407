"""What is removed for good can be brought back for 14 days: records, checkpoints, branch, worktree, conversation."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.clock import SystemClock
from agor_core.domain.board import Board
from agor_core.domain.task import Task
from agor_core.errors import Conflict, NotFound
from agor_core.git.refs import REMOVED, refs_below
from agor_core.ids import BoardId, new_id, short_id
from agor_core.repositories import boards, sessions
from agor_core.wire.requests import Fork
from agor_daemon.services.context import Context
from agor_daemon.services.purging import Purge, RemovalOptions
from tests.builders.repositories import files_below
from tests.daemon.supervisor.conftest import git


async def purge(bench, *targets, force=False):
    context = Context(bench.store, bench.supervisor, bench.agents, bench.paths, SystemClock())
    options = RemovalOptions(purge=True, force=force)
    return await Purge(context, options).run([await bench.again(one) for one in targets])


async def everything(bench, session):
    """All that is stored of a session."""
    tasks = [await bench.task(one) for one in session_tasks[session.session_id]]
    return [[await bench.messages(one) for one in tasks], tasks]


session_tasks: dict[str, list[Task]] = {}


async def worked(bench, repo, title="Work"):
    session = await bench.session(cwd=repo, title=title)
    lines = ("write: a.txt 1\nrun: git add . && git commit -qm one", "write: b.txt 2", "say: done")
    session_tasks[session.session_id] = [await bench.run(session, one) for one in lines]
    return session


async def test_session_worktree_branch_and_conversation_come_back(bench, repo):
    session = await worked(bench, repo)
    before, stored = await bench.again(session), await everything(bench, session)
    tree = Path(before.repo.cwd)
    there, head = files_below(tree), git(tree, "rev-parse", "HEAD")
    with pytest.raises(Conflict, match="holds work that would be lost"):
        await purge(bench, session)
    assert await bench.supervisor.trash.items() == []
    await purge(bench, session, force=True)
    assert git(repo, "branch", "--list", "work") == ""
    assert str(tree) not in git(repo, "worktree", "list")
    with pytest.raises(NotFound):
        await bench.again(session)
    git(repo, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
    git(repo, "gc", "--quiet", "--prune=now")
    (item,) = await bench.supervisor.trash.items()
    assert (item.session_id, item.title, item.branch, item.task_count) == (session.session_id, "Work", "work", 3)
    back = await bench.supervisor.trash.put_back(session.short_id)
    assert back.agent_sessions == before.agent_sessions
    assert (await everything(bench, session)) == stored
    assert (files_below(tree), git(tree, "rev-parse", "work")) == (there, head)
    task = await bench.run(session, "recall:")
    assert "write: b.txt" in await bench.said(task)
    fork = await bench.supervisor.fork(session.session_id, Fork(at=1))
    assert sorted(name for name in files_below(Path(fork.repo.cwd))) == [b"a.txt", b"readme.txt", b"src/main.py"]
    assert await bench.supervisor.trash.items() == []
    with pytest.raises(NotFound, match="No removed session"):
        await bench.supervisor.trash.put_back(session.short_id)


async def test_after_14_days_it_is_gone(bench, repo):
    session = await worked(bench, repo)
    await purge(bench, session, force=True)
    stores = bench.supervisor._resources.workspaces.stores
    (store,) = [await stores.of(path.stem, repo) for path in bench.paths.objects.iterdir()]
    now = SystemClock().now()
    for days, left in ((13, 1), (15, 0)):
        await bench.supervisor.trash.expire(now + timedelta(days=days))
        await stores.expire_removed(now + timedelta(days=days))
        assert len(await bench.supervisor.trash.items()) == left
        assert bool(await refs_below(store, REMOVED)) == bool(left)
    assert list(bench.paths.trash.iterdir()) == []


async def test_a_fork_comes_back_after_what_it_was_forked_from(bench, repo):
    session = await worked(bench, repo)
    fork = await bench.supervisor.fork(session.session_id, Fork(at=1))
    await purge(bench, session, fork, force=True)
    with pytest.raises(Conflict, match="is removed too; bring that back first"):
        await bench.supervisor.trash.put_back(fork.session_id)
    await bench.supervisor.trash.put_back(session.session_id)
    back = await bench.supervisor.trash.put_back(fork.session_id)
    assert back.genealogy == fork.genealogy
    assert (Path(fork.repo.cwd) / "a.txt").exists()


async def test_what_stands_in_its_place_is_said(bench, repo):
    session = await worked(bench, repo)
    await purge(bench, session, force=True)
    other = await bench.session(cwd=repo, title="Work")
    await bench.run(other, "say: hi")
    with pytest.raises(Conflict, match=r"There is already a worktree at"):
        await bench.supervisor.trash.put_back(session.session_id)
    assert len(await bench.supervisor.trash.items()) == 1


async def test_a_session_outside_of_git_comes_back_too(bench, folder):
    session = await bench.session(cwd=folder)
    await bench.run(session, "say: hi")
    before = await bench.again(session)
    await purge(bench, session)
    back = await bench.supervisor.trash.put_back(session.session_id[:13])
    assert back.repo == before.repo
    assert await bench.supervisor.trash.items() == []
    assert (await bench.store.read(lambda r: sessions.get(r, session.session_id))).task_count == 1


async def test_a_board_that_is_gone_is_left(bench, folder):
    board_id = BoardId(new_id())
    made = Board(board_id=board_id, short_id=short_id(board_id), name="B", slug="b", created_at="", updated_at="")
    await bench.store.write(lambda w: boards.insert(w, made))
    session = await bench.session(cwd=folder)
    await bench.store.write(
        lambda w: sessions.update(w, replace(sessions.get(w, session.session_id), board_id=board_id))
    )
    await purge(bench, session)
    await bench.store.write(lambda w: boards.remove(w, board_id))
    assert (await bench.supervisor.trash.put_back(session.session_id)).board_id is None
