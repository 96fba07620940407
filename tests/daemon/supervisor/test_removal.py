"""Purging with real git: what a session left goes along, and work is never lost by surprise."""

from pathlib import Path

import pytest

from agor_core.clock import SystemClock
from agor_core.errors import Conflict, NotFound
from agor_core.git.refs import checkpoint_refs
from agor_core.ids import new_id
from agor_core.repositories import repos, sessions, worktrees
from agor_core.wire.requests import Spawn
from agor_daemon.services.context import Context
from agor_daemon.services.sessions import Sessions
from agor_daemon.services.worktrees import Worktrees
from tests.daemon.supervisor.conftest import git


def services(bench, **options):
    context = Context(bench.store, bench.supervisor, bench.agents, bench.paths, SystemClock(), "ada", **options)
    return Sessions(context), Worktrees(context)


def there(folder: str) -> bool:
    return Path(folder).exists()


async def worked(bench, repo, *lines):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, *lines)
    return await bench.again(session)


async def test_a_purge_takes_worktree_branch_and_checkpoints_along(bench, repo):
    session = await worked(bench, repo, "say: nothing to write")
    service, _ = services(bench)
    assert there(session.repo.cwd)
    assert await checkpoint_refs(repo, session.session_id)
    await service.remove(session.short_id, {"purge": "true"})
    assert not there(session.repo.cwd)
    assert await checkpoint_refs(repo) == {}
    assert git(repo, "branch", "--format=%(refname:short)") == "main"
    assert git(repo, "worktree", "list").count("\n") == 0
    assert await bench.store.read(lambda r: worktrees.of_repo(r, session.repo.repo_id)) == []


@pytest.mark.parametrize(
    "lines",
    [["write: new.txt x"], ["write: a.txt a", "run: git add . && git commit -qm second"]],
    ids=["an untracked file", "a commit"],
)
async def test_work_that_would_be_lost_is_named_and_kept(bench, repo, lines):
    session = await worked(bench, repo, *lines)
    service, _ = services(bench)
    with pytest.raises(Conflict, match=r"new\.txt|1 commit"):
        await service.remove(session.short_id, {"purge": "true"})
    assert there(session.repo.cwd)
    assert await bench.again(session)
    await service.remove(session.short_id, {"purge": "true", "force": "true"})
    assert not there(session.repo.cwd)
    assert git(repo, "branch", "--format=%(refname:short)") == "main"


async def test_a_worktree_can_be_kept_and_removed_by_itself(bench, repo):
    session = await worked(bench, repo, "write: new.txt x")
    service, trees = services(bench)
    with pytest.raises(Conflict, match="sessions that work"):
        await trees.remove(session.repo.worktree_id, {"force": "true"})
    await service.remove(session.short_id, {"purge": "true", "keep": "true"})
    assert (Path(session.repo.cwd) / "new.txt").is_file()
    assert await checkpoint_refs(repo) == {}
    with pytest.raises(Conflict, match=r"new\.txt"):
        await trees.remove(session.repo.worktree_id, {})
    await trees.remove(session.repo.worktree_id, {"force": "true"})
    assert not there(session.repo.cwd)


async def test_a_worktree_that_others_work_in_stays(bench, repo):
    session = await worked(bench, repo, "say: x")
    child = await bench.supervisor.spawn(session.session_id, Spawn(same_directory=True))
    service, _ = services(bench)
    with pytest.raises(Conflict, match="spawned"):
        await service.remove(session.short_id, {"purge": "true"})
    await service.remove(child.session_id, {"purge": "true"})
    assert there(session.repo.cwd)
    await service.remove(session.short_id, {"purge": "true"})
    assert not there(session.repo.cwd)


async def test_the_users_own_checkout_is_never_removed(bench, repo):
    session = await bench.session(cwd=repo, worktree=False)
    await bench.run(session, "write: mine.txt x")
    service, _ = services(bench)
    await service.remove(session.short_id, {"purge": "true", "force": "true"})
    assert (repo / "mine.txt").is_file()
    with pytest.raises(NotFound):
        await bench.store.read(lambda r: sessions.get(r, session.session_id))


async def test_a_worktree_that_is_gone_is_no_hindrance(bench, repo):
    session = await worked(bench, repo, "say: x")
    git(repo, "worktree", "remove", "--force", session.repo.cwd)
    service, _ = services(bench)
    await service.remove(session.short_id, {"purge": "true"})
    assert await bench.store.read(lambda r: worktrees.of_repo(r, session.repo.repo_id)) == []


async def test_worktrees_are_made_on_request(bench, repo):
    known = await bench.supervisor.add_repo(str(repo))
    _, trees = services(bench)
    own = new_id()
    body = {"repo": known.slug, "name": "Try it", "worktree_id": own}
    made = await trees.create(body)
    assert (made.worktree_id, made.name, made.ref) == (own, "try-it", "try-it")
    assert made.base_sha == git(repo, "rev-parse", "HEAD")
    assert (Path(made.path) / "readme.txt").is_file()
    assert await trees.create(body) == made
    with pytest.raises(Conflict, match="Try it"):
        await trees.create({"repo": known.slug, "name": "Try it"})
    with pytest.raises(Conflict, match="another worktree"):
        await trees.create({**body, "name": "other"})
    await trees.remove(own, {})
    assert not there(made.path)
    assert git(repo, "branch", "--format=%(refname:short)") == "main"
    assert await bench.store.read(lambda r: repos.get(r, known.repo_id))


async def test_the_settings_say_whether_a_session_gets_a_worktree(bench, repo):
    service, _ = services(bench, own_worktrees=False)
    plain = await service.create({"agent": "demo", "cwd": str(repo)})
    assert (plain.repo.managed_worktree, plain.repo.cwd) == (False, str(repo))
    service, _ = services(bench)
    assert (await service.create({"agent": "demo", "cwd": str(repo)})).repo.managed_worktree


async def test_of_a_list_of_worktrees_all_are_made_or_none(bench, repo):
    known = await bench.supervisor.add_repo(str(repo))
    _, trees = services(bench)
    two = [{"repo": known.slug, "name": name} for name in ("one", "two")]
    with pytest.raises(NotFound):
        await trees.create([*two, {"repo": "nosuch", "name": "three"}])
    assert git(repo, "branch", "--format=%(refname:short)") == "main"
    assert await bench.store.read(lambda r: worktrees.of_repo(r, known.repo_id)) == []
    assert [tree.name for tree in await trees.create(two)] == ["one", "two"]
