"""A new worktree works at once: what it gets besides its checkout, and what is said of what it lacks."""

import socket
from pathlib import Path

import msgspec
import pytest

from agor_core.domain.message import Role
from agor_core.domain.repo import RepoSettings
from agor_core.errors import InvalidInput
from agor_core.repositories import repos, worktrees
from agor_core.wire.requests import Fork, Spawn
from agor_daemon.supervisor.workspaces import ports
from tests.daemon.supervisor.conftest import git


async def configure(bench, repo, **settings):
    known = await bench.supervisor.add_repo(str(repo))
    changed = msgspec.structs.replace(known, settings=RepoSettings(**settings))
    return await bench.store.write(lambda w: repos.update(w, changed))


async def notes(bench, task):
    return [message.text for message in await bench.messages(task) if message.role is Role.SYSTEM]


async def output(bench, task):
    return "".join(message.tool.output or "" for message in await bench.messages(task) if message.tool).strip()


async def test_ignored_files_that_are_named_come_along_to_session_fork_and_spawn(bench, repo):
    (repo / ".gitignore").write_text(".env\n*.local\n")
    (repo / ".worktreeinclude").write_text(".env\n")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "names")
    (repo / ".env").write_text("KEY=1\n")
    (repo / "x.local").write_text("x\n")
    await configure(bench, repo, include=("x.*",))
    session = await bench.session(cwd=repo)
    task = await bench.run(session, "run: cat .env x.local; git status --short; echo KEY=2 > .env")
    assert await output(bench, task) == "KEY=1\nx"
    assert await notes(bench, task) == ["Ignored files that were brought along: .env, x.local."]
    fork = await bench.supervisor.fork(session.session_id, Fork())
    task = await bench.run(fork, "run: cat .env")
    assert await output(bench, task) == "KEY=2"
    assert await notes(bench, task) == ["Ignored files that were brought along: .env, x.local."]
    assert await notes(bench, await bench.run(fork, "say: more")) == []
    spawned = await bench.supervisor.spawn(session.session_id, Spawn())
    assert (Path(spawned.repo.cwd) / ".env").read_text() == "KEY=2\n"


async def test_a_fork_says_what_its_checkpoint_did_not_hold(bench, repo):
    (repo / ".gitignore").write_text(".env\nbuilt/\nhere.log\n")
    (repo / "mine.txt").write_text("theirs\n")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "names")
    session = await bench.session(cwd=repo)
    task = await bench.run(
        session,
        "run: mkdir built && touch built/x here.log && echo KEY=2 > .env && echo mine > mine.txt "
        "&& git update-index --skip-worktree mine.txt",
    )
    assert await notes(bench, task) == []
    fork = await bench.supervisor.fork(session.session_id, Fork())
    assert (Path(fork.repo.cwd) / "mine.txt").read_text() == "theirs\n"
    expected = [
        "Ignored files that stayed where they were: .env, built/, here.log.",
        "Changes hidden from git (skip-worktree, assume-unchanged) that stayed where they were: mine.txt.",
    ]
    tree = await bench.store.read(lambda r: worktrees.get(r, fork.repo.worktree_id))
    assert list(tree.notes) == expected
    assert await notes(bench, await bench.run(fork, "say: x")) == expected
    spawned = await bench.supervisor.spawn(session.session_id, Spawn())
    tree = await bench.store.read(lambda r: worktrees.get(r, spawned.repo.worktree_id))
    assert tree.notes == ()


async def test_submodules_are_filled_or_named(bench, repo, tmp_path):
    library = tmp_path / "library"
    git(tmp_path, "init", "-q", "-b", "main", str(library))
    (library / "lib.txt").write_text("lib\n")
    git(library, "add", ".")
    git(library, "commit", "-qm", "lib")
    for name in ("vendor", "other"):
        git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), name)
    git(repo, "commit", "-qm", "modules")
    git(repo, "submodule", "deinit", "-q", "other")
    git(repo, "worktree", "prune")
    (repo / ".git/modules/other").rename(tmp_path / "gone")
    session = await bench.session(cwd=repo)
    task = await bench.run(session, "run: cat vendor/lib.txt; ls other; git status --short")
    assert await output(bench, task) == "lib"
    assert await notes(bench, task) == ["Submodules that are not on this machine, and stay empty: other."]
    fork = await bench.supervisor.fork(session.session_id, Fork())
    assert (Path(fork.repo.cwd) / "vendor/lib.txt").read_text() == "lib\n"
    assert git(Path(fork.repo.cwd), "status", "--short") == ""


async def test_filters_run_as_they_were_when_the_repo_was_added(bench, repo):
    git(repo, "config", "filter.up.clean", "tr a-z A-Z")
    git(repo, "config", "filter.up.smudge", "tr A-Z a-z")
    (repo / ".gitattributes").write_text("*.up filter=up\n*.new filter=new\n")
    (repo / "a.up").write_text("abc\n")
    (repo / "a.new").write_text("abc\n")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "filtered")
    known = await bench.supervisor.add_repo(str(repo))
    assert known.trust.filters == {"filter.up.clean": "tr a-z A-Z", "filter.up.smudge": "tr A-Z a-z"}
    git(repo, "config", "filter.new.smudge", "touch alarm; cat")
    git(repo, "config", "filter.up.smudge", "touch alarm; cat")
    session = await bench.session(cwd=repo)
    task = await bench.run(session, "run: cat a.up; git status --short")
    assert await output(bench, task) == "abc"
    assert (task.files, task.git_state.sha_at_start) == ((), git(repo, "rev-parse", "HEAD"))
    said = await notes(bench, task)
    assert len(said) == 1
    assert said[0].startswith("The filter new is in this repository's own config, which nobody has confirmed")
    assert said[0].endswith("agor repo confirm project")


async def test_a_filter_that_cannot_run_leaves_the_stored_bytes_and_is_named(bench, repo):
    git(repo, "config", "filter.up.smudge", "no-such-program")
    git(repo, "config", "filter.up.required", "true")
    (repo / ".gitattributes").write_text("*.up filter=up\n")
    (repo / "a.up").write_text("abc\n")
    git(repo, "-c", "filter.up.clean=cat", "add", ".")
    git(repo, "-c", "filter.up.clean=cat", "commit", "-qm", "filtered")
    session = await bench.session(cwd=repo)
    task = await bench.run(session, "run: cat a.up")
    assert await output(bench, task) == "abc"
    (said,) = await notes(bench, task)
    assert said.startswith("The filter up could not run, so its files hold what git stores.")
    assert "no-such-program" in said


async def test_hooks_that_the_worktree_lacks_are_named(bench, repo):
    git(repo, "config", "core.hooksPath", ".husky/_")
    session = await bench.session(cwd=repo)
    (said,) = await notes(bench, await bench.run(session, "say: hi"))
    assert said.startswith("core.hooksPath is .husky/_, which this worktree does not have")


async def test_a_branch_has_the_repos_prefix_and_its_worktree_has_not(bench, repo):
    await configure(bench, repo, branch_prefix="ada/")
    session = await bench.session(cwd=repo, title="Fix it")
    await bench.run(session, "say: hi")
    session = await bench.again(session)
    assert (session.repo.worktree_name, session.git_state.ref) == ("fix-it", "ada/fix-it")
    assert git(Path(session.repo.cwd), "branch", "--show-current") == "ada/fix-it"
    fork = await bench.supervisor.fork(session.session_id, Fork())
    assert (fork.repo.worktree_name, fork.git_state.ref) == ("fix-it-2", "ada/fix-it-2")


async def test_a_title_without_a_readable_name_gives_the_sessions_id(bench, repo):
    session = await bench.session(cwd=repo, title="修复登录é")
    await bench.run(session, "say: hi")
    assert (await bench.again(session)).git_state.ref == f"session-{session.short_id}"
    fork = await bench.supervisor.fork(session.session_id, Fork(title="登录"))
    assert fork.git_state.ref == f"session-{fork.short_id}"


@pytest.mark.parametrize(("bare", "name"), [("shop/.bare", "shop"), ("shop/.git", "shop"), ("shop.git", "shop")])
async def test_a_bare_repository_is_called_by_its_folder(bench, repo, tmp_path, bare, name):
    git(tmp_path, "clone", "-q", "--bare", str(repo), str(tmp_path / bare))
    git(tmp_path / bare, "worktree", "add", "-q", str(tmp_path / "main"), "main")
    known = await bench.supervisor.add_repo(str(tmp_path / "main"))
    assert (known.name, known.slug) == (name, name)


async def test_each_worktree_has_ports_of_its_own(bench, repo):
    busy = ports.free_block(()) or 0
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", busy + 3))
        bases = []
        for _ in range(2):
            session = await bench.session(cwd=repo)
            await bench.run(session, "say: hi")
            tree = (await bench.again(session)).repo.worktree_id
            bases.append((await bench.store.read(lambda r, tree=tree: worktrees.get(r, tree))).port_base)
    assert bases == [busy + 10, busy + 20]


async def test_the_tear_down_runs_before_a_worktree_goes(bench, repo, tmp_path):
    await configure(bench, repo, teardown=f"pwd > {tmp_path}/torn; echo $AGOR_PORT_BASE >> {tmp_path}/torn; exit 3")
    session = await bench.session(cwd=repo)
    await bench.run(session, "say: hi")
    tree_id = (await bench.again(session)).repo.worktree_id
    tree = await bench.store.read(lambda r: worktrees.get(r, tree_id))
    await bench.supervisor.remove_worktree(tree, discard=True)
    assert (tmp_path / "torn").read_text().split() == [tree.path, str(tree.port_base)]
    assert tree.path not in git(repo, "worktree", "list")


async def test_a_worktree_begins_where_it_is_told(bench, repo):
    first = git(repo, "rev-parse", "HEAD")
    git(repo, "tag", "v1")
    git(repo, "commit", "-q", "--allow-empty", "-m", "second")
    session = await bench.session(cwd=repo, base="v1")
    assert session.git_state.base_sha == first
    task = await bench.run(session, "say: hi")
    assert git(Path((await bench.again(session)).repo.cwd), "rev-parse", "HEAD") == first
    assert await notes(bench, task) == [f"This session's worktree begins at v1, the commit {first[:7]}."]
    await configure(bench, repo, base="v1")
    session = await bench.session(cwd=repo)
    await bench.run(session, "say: hi")
    assert (await bench.again(session)).git_state.base_sha == first
    for wrong, place in ({"base": "no"}, "base"), ({"base": "--all"}, "base"), ({"uncommitted": True}, "uncommitted"):
        with pytest.raises(InvalidInput) as refused:
            await bench.session(cwd=repo, **wrong)
        assert refused.value.place == place


async def test_what_is_uncommitted_comes_along_as_it_is(bench, repo):
    (repo / "readme.txt").write_text("changed\n")
    git(repo, "add", "readme.txt")
    (repo / "readme.txt").write_text("changed twice\n")
    (repo / "new.txt").write_text("new\n")
    before = git(repo, "status", "--short")
    session = await bench.session(cwd=repo, uncommitted=True)
    task = await bench.run(session, "run: git status --short; cat readme.txt new.txt")
    assert (await output(bench, task)).split("\n") == [*before.split("\n"), "changed twice", "new"]
    assert git(repo, "status", "--short") == before
    assert task.files == ()
    (said,) = await notes(bench, task)
    assert said == f"What is uncommitted in {repo} was taken along, uncommitted as it is there."


async def test_a_branch_behind_its_upstream_is_named(bench, repo, tmp_path):
    git(tmp_path, "clone", "-q", str(repo), str(tmp_path / "clone"))
    git(repo, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path / "clone", "fetch", "-q")
    session = await bench.session(cwd=tmp_path / "clone")
    task = await bench.run(session, "say: hi")
    assert await notes(bench, task) == ["main is 1 behind origin/main, as far as that was fetched."]
