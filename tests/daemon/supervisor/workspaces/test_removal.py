"""Purging with real git: what a session left goes along, and work is never lost by surprise."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from agor_core.clock import SystemClock
from agor_core.errors import Conflict, InvalidInput, NotFound
from agor_core.git import removed_work
from agor_core.git.refs import REMOVED, refs_below
from agor_core.ids import new_id
from agor_core.repositories import repos, sessions, worktrees
from agor_core.wire.requests import Fork, Spawn
from agor_daemon.services.context import Context
from agor_daemon.services.sessions import SessionService
from agor_daemon.services.worktrees import WorktreeService
from tests.builders.records import changed
from tests.daemon.supervisor.conftest import children, git


def services(bench, **options):
    context = Context(bench.store, bench.supervisor, bench.agents, bench.paths, SystemClock(), **options)
    return SessionService(context), WorktreeService(context)


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
    assert await bench.kept(repo, session.session_id)
    await service.remove(session.short_id, {"purge": "true"})
    assert not there(session.repo.cwd)
    assert await bench.kept(repo) == {}
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


def locked(repo, folder):
    git(repo, "worktree", "lock", folder)


def elsewhere(repo, folder):
    branch = git(Path(folder), "branch", "--show-current")
    git(Path(folder), "checkout", "--quiet", "--detach")
    git(repo, "worktree", "add", "--quiet", str(repo.with_name("elsewhere")), branch)


def at_work(repo, folder):
    (Path(folder) / "late.txt").write_text("x")


def around_the_write(bench, monkeypatch, *, before=None, after=None):
    """Have something happen around the next write of the service, but not around its own writes."""
    write = bench.store.write

    async def at_the_last_moment(work):
        monkeypatch.undo()
        if before is not None:
            await before()
        result = await write(work)
        if after is not None:
            after()
        return result

    monkeypatch.setattr(bench.store, "write", at_the_last_moment)


@pytest.mark.parametrize("force", ["true", "false"])
@pytest.mark.parametrize(
    ("hindrance", "words"), [(locked, "worktree unlock"), (elsewhere, "checked out in .*elsewhere")]
)
async def test_what_git_would_refuse_is_refused_before_anything_is_done(bench, repo, hindrance, words, force):
    first = await worked(bench, repo, "say: x")
    second = await worked(bench, repo, "say: x")
    hindrance(repo, second.repo.cwd)
    service, trees = services(bench)
    for session in (first, second):
        await service.remove(session.short_id, {})
    with pytest.raises(Conflict, match=words):
        await service.remove_many({"archived_at": {"$ne": None}, "force": force})
    for session in (first, second):
        assert there(session.repo.cwd)
        assert await bench.kept(repo, session.session_id)
        assert await bench.again(session)
    await service.remove(second.short_id, {"purge": "true", "keep": "true"})
    with pytest.raises(Conflict, match=words):
        await trees.remove(second.repo.worktree_id, {"force": force})
    assert there(second.repo.cwd)


async def test_a_purge_that_is_refused_leaves_the_agent_warm(bench, repo):
    session = await worked(bench, repo, "write: new.txt x")
    service, _ = services(bench)
    with pytest.raises(Conflict, match=r"new\.txt"):
        await service.remove(session.short_id, {"purge": "true"})
    assert bench.supervisor._runners[session.session_id].agent.alive


async def prompted(bench, session):
    await bench.run(session, "say: once more")


async def waiting(bench, session):
    await bench.supervisor.prompt(session.session_id, "ask: May I?")
    await bench.question(session)


async def forked(bench, session):
    await bench.supervisor.fork(session.session_id, Fork())


async def brought_back(bench, session):
    await bench.store.write(lambda w: changed(w, session.session_id, archived_at=None))


async def joined(bench, session):
    await bench.session(cwd=Path(session.repo.cwd), worktree=session.repo.worktree_name)


@pytest.mark.parametrize(
    ("landed", "words"),
    [
        (prompted, "meanwhile"),
        (waiting, "running; stop it first"),
        (forked, "forked from"),
        (brought_back, "meanwhile"),
        (joined, "meanwhile"),
    ],
)
@pytest.mark.parametrize("force", ["true", "false"])
async def test_what_lands_between_is_noticed_in_time(bench, repo, monkeypatch, landed, words, force):
    session = await worked(bench, repo, "say: x")
    service, _ = services(bench)
    await service.remove(session.short_id, {})
    around_the_write(bench, monkeypatch, before=lambda: landed(bench, session))
    with pytest.raises(Conflict, match=words):
        await service.remove_many({"archived_at": {"$ne": None}, "force": force})
    assert there(session.repo.cwd)
    assert await bench.kept(repo, session.session_id)
    assert await bench.again(session)


@pytest.mark.parametrize(
    ("happened", "force"), [(at_work, "false"), (locked, "false"), (locked, "true"), (elsewhere, "true")]
)
async def test_a_folder_that_cannot_go_in_the_end_is_left(bench, repo, monkeypatch, caplog, happened, force):
    session = await worked(bench, repo, "say: x")
    service, _ = services(bench)
    around_the_write(bench, monkeypatch, after=lambda: happened(repo, session.repo.cwd))
    assert (await service.remove(session.short_id, {"purge": "true", "force": force})).session_id == session.session_id
    assert there(session.repo.cwd)
    assert f"the worktree {session.repo.cwd} stays" in caplog.text
    assert await bench.kept(repo) == {}
    with pytest.raises(NotFound):
        await bench.again(session)
    assert await bench.store.read(lambda r: worktrees.of_repo(r, session.repo.repo_id)) == []


async def test_a_session_that_begins_in_a_worktree_keeps_it(bench, repo, monkeypatch):
    known = await bench.supervisor.add_repo(str(repo))
    _, trees = services(bench)
    made = await trees.create({"repo": known.slug, "name": "shared"})
    around_the_write(bench, monkeypatch, before=lambda: bench.session(cwd=repo, worktree="shared"))
    with pytest.raises(Conflict, match="sessions that work"):
        await trees.remove(made.worktree_id, {"force": "true"})
    assert there(made.path)


async def test_a_purge_ends_the_agent(bench, repo):
    before = children()
    session = await worked(bench, repo, "say: x")
    service, _ = services(bench)
    await service.remove(session.short_id, {"purge": "true"})
    assert children() == before
    assert session.session_id not in bench.supervisor._runners


async def test_without_its_repository_a_worktree_goes_from_the_records(bench, repo, caplog):
    session = await worked(bench, repo, "write: new.txt x")
    service, trees = services(bench)
    shutil.rmtree(repo)
    with pytest.raises(Conflict, match=r"repository .* is gone.*force=true.*keep=true"):
        await service.remove(session.short_id, {"purge": "true"})
    await service.remove(session.short_id, {"purge": "true", "keep": "true"})
    with pytest.raises(Conflict, match=r"repository .* is gone.*force=true"):
        await trees.remove(session.repo.worktree_id, {})
    await trees.remove(session.repo.worktree_id, {"force": "true"})
    assert (Path(session.repo.cwd) / "new.txt").is_file()
    assert f"the worktree {session.repo.cwd} stays" in caplog.text
    assert await bench.store.read(lambda r: worktrees.of_repo(r, session.repo.repo_id)) == []


async def test_a_worktree_can_be_kept_and_removed_by_itself(bench, repo):
    session = await worked(bench, repo, "write: new.txt x")
    service, trees = services(bench)
    with pytest.raises(Conflict, match="sessions that work"):
        await trees.remove(session.repo.worktree_id, {"force": "true"})
    await service.remove(session.short_id, {"purge": "true", "keep": "true"})
    assert (Path(session.repo.cwd) / "new.txt").is_file()
    assert await bench.kept(repo) == {}
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
    with pytest.raises(Conflict, match="'try-it'"):
        await trees.create({"repo": known.slug, "name": "Try it"})
    for name in ("../try-it", "-try-it", "try_it", "日本", "HEAD", "x" * 41):
        with pytest.raises(InvalidInput, match=rf"^name: '{re.escape(name)}' cannot") as caught:
            await trees.create({"repo": known.slug, "name": name})
        assert caught.value.place == "name"
    with pytest.raises(Conflict, match="another worktree"):
        await trees.create({**body, "name": "other"})
    await trees.remove(own, {})
    assert not there(made.path)
    assert git(repo, "branch", "--format=%(refname:short)") == "main"
    assert await bench.store.read(lambda r: repos.get(r, known.repo_id))


@pytest.mark.parametrize(
    ("place", "others"),
    [
        (
            {"cwd": "REPO/src"},
            [{}, {"cwd": "FOLDER"}, {"cwd": "REPO/src", "worktree": False}, {"repo": "project", "worktree": "shared"}],
        ),
        ({"repo": "project"}, [{}, {"cwd": "FOLDER"}, {"repo": "project", "worktree": False}]),
        ({"repo": "project", "worktree": "shared"}, [{"repo": "project"}, {"repo": "project", "worktree": False}]),
        (
            {"cwd": "REPO", "worktree": False},
            [{"cwd": "REPO/src", "worktree": False}, {"cwd": "REPO", "worktree": True}],
        ),
        ({"cwd": "FOLDER"}, [{}, {"cwd": "REPO"}, {"cwd": "REPO", "worktree": "shared"}]),
        ({}, [{"cwd": "FOLDER"}, {"repo": "project"}]),
    ],
    ids=str,
)
async def test_a_creation_is_repeated_safely_whatever_has_become_of_the_session(bench, repo, folder, place, others):
    def placed(given):
        cwd = given.get("cwd", "").replace("REPO", str(repo)).replace("FOLDER", str(folder))
        return {**given, "cwd": cwd} if cwd else given

    service, trees = services(bench)
    known = await bench.supervisor.add_repo(str(repo))
    await trees.create({"repo": known.slug, "name": "shared"})
    mine = {"agent": "demo", "session_id": new_id(), "title": "Work"}
    body = {**mine, **placed(place)}
    made = await service.create(body)
    assert await service.create(body) == made
    for step in ("new", "prompted", "archived"):
        if step == "prompted":
            await service.patch(made.session_id, {"title": "Renamed", "mode": "ask"}, {})
            await bench.run(made, "say: x")
        elif step == "archived":
            await service.remove(made.session_id, {})
        assert await service.create(body) == await bench.again(made)
        for other in others:
            with pytest.raises(Conflict, match="exists already"):
                await service.create({**mine, **placed(other)})
    without, _ = services(bench, own_worktrees=False)
    assert (await without.create(body)).session_id == made.session_id


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


async def test_of_worktrees_that_are_not_all_made_one_stays_where_somebody_works(bench, repo, monkeypatch):
    known = await bench.supervisor.add_repo(str(repo))
    _, trees = services(bench)
    add = bench.supervisor.add_worktree

    async def joined_at_once(repo_id, name, **given):
        made = await add(repo_id, name, **given)
        if name == "two":
            await bench.session(cwd=repo, worktree="one")
        return made

    monkeypatch.setattr(bench.supervisor, "add_worktree", joined_at_once)
    with pytest.raises(Conflict, match="main"):
        await trees.create([{"repo": known.slug, "name": name} for name in ("one", "two", "main")])
    [left] = await bench.store.read(lambda r: worktrees.of_repo(r, known.repo_id))
    assert (left.name, there(left.path)) == ("one", True)
    assert git(repo, "branch", "--format=%(refname:short)").split() == ["main", "one"]


async def test_a_worktree_in_whose_ignored_folder_another_session_works_stays(bench, repo):
    """It works in a repository of its own there, so that nothing but its folder tells."""
    session = await worked(bench, repo, "run: echo inner > .gitignore; git init -q inner; git add . ; git commit -qm x")
    inner = Path(session.repo.cwd) / "inner"
    git(inner, "commit", "--quiet", "--allow-empty", "-m", "first")
    other = await bench.session(cwd=inner, worktree=False)
    assert (other.repo.worktree_id, other.repo.cwd) == (None, str(inner))
    service, trees = services(bench)
    await service.remove(session.short_id, {"purge": "true", "force": "true"})
    assert inner.is_dir()
    with pytest.raises(Conflict, match="sessions that work in this worktree"):
        await trees.remove(session.repo.worktree_id, {"force": "true"})
    await service.remove(other.short_id, {"purge": "true"})
    await trees.remove(session.repo.worktree_id, {"force": "true"})
    assert not inner.exists()


async def test_what_force_discards_is_kept_for_14_days(bench, repo):
    session = await worked(bench, repo, "write: new.txt x", "run: git commit -qm gone --allow-empty")
    service, _ = services(bench)
    await service.remove(session.short_id, {"purge": "true", "force": "true"})
    assert not there(session.repo.cwd)
    assert await bench.kept(repo) == {}
    stores = bench.supervisor._resources.workspaces.stores
    kept = stores.existing(session.repo.repo_id)
    [ref] = [ref for ref in await refs_below(kept, REMOVED) if ref.endswith("/files")]
    assert ref.split("/")[4:] == [session.repo.worktree_id, "files"]
    assert await kept.git("cat-file", "blob", f"{ref}:new.txt") == b"x"
    assert b"gone" in await kept.git("log", "-1", "--format=%s", f"{ref}^")
    now = SystemClock().now()
    await stores.expire_removed(now + removed_work.KEPT_FOR - timedelta(minutes=10))
    assert await refs_below(kept, REMOVED)
    await stores.expire_removed(now + removed_work.KEPT_FOR + timedelta(minutes=10))
    assert await refs_below(kept, REMOVED) == {}


async def test_what_cannot_be_kept_is_not_removed(bench, repo, monkeypatch):
    session = await worked(bench, repo, "write: new.txt x")
    service, trees = services(bench)

    async def full(*given, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(removed_work, "keep", full)
    with pytest.raises(Conflict, match=r"nothing was removed: .*No space left on device.*keep=true"):
        await service.remove(session.short_id, {"purge": "true", "force": "true"})
    assert await bench.again(session) == session
    assert (Path(session.repo.cwd) / "new.txt").exists()
    await service.remove(session.short_id, {"purge": "true", "keep": "true"})
    with pytest.raises(Conflict, match="nothing was removed"):
        await trees.remove(session.repo.worktree_id, {"force": "true"})
    assert (Path(session.repo.cwd) / "new.txt").exists()
