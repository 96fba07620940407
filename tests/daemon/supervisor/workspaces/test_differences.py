"""What changed between points of sessions: base, fork, tasks, and now with uncommitted and untracked work."""

import shutil
from pathlib import Path

import pytest

from agor_core.domain.figures import Diffstat
from agor_core.errors import Conflict, GitFailed, InvalidInput, NotFound, Unprocessable
from agor_core.git.porcelain import lossy
from agor_core.wire.requests import Fork
from agor_daemon.supervisor.workspaces.differences import Range
from agor_daemon.supervisor.workspaces.points import PointName, parse
from tests.daemon.supervisor.conftest import git


async def between(bench, session, start: str = "base", end: str = "now", *paths: str) -> dict[str, str]:
    """The files that differ, with the letter of how."""
    asked = Range(session.session_id, parse(start, "from"), parse(end, "to"), paths)
    _, found = await bench.supervisor.differences.changes(asked)
    return {lossy(change.path): change.status for change in found}


async def patch(bench, session, start: str = "base", end: str = "now") -> bytes:
    asked = Range(session.session_id, parse(start, "from"), parse(end, "to"))
    return b"".join([piece async for piece in bench.supervisor.differences.patch(asked)])


async def test_points_of_a_session(bench, repo, tmp_path: Path):
    session = await bench.session(cwd=repo / "src", title="One")
    assert await between(bench, session) == {}
    assert await patch(bench, session) == b""
    with pytest.raises(NotFound, match="has no task 1; it has none"):
        await between(bench, session, "task:1")
    await bench.run(session, "write: a.txt 1", "run: git add -A && git commit -qm one")
    second = await bench.run(session, "write: b.txt 2", "run: echo more >> ../readme.txt")
    session = await bench.again(session)
    worktree = Path(session.repo.cwd).parent
    (worktree / "hand.bin").write_bytes(b"\0by hand")
    before = (git(worktree, "status", "--porcelain"), git(worktree, "for-each-ref"))
    own = {"src/b.txt": "A", "readme.txt": "M"}
    assert await between(bench, session) == {"src/a.txt": "A", **own, "hand.bin": "A"}
    assert await between(bench, session, "base", "task:1") == {"src/a.txt": "A"}
    assert await between(bench, session, "task:1", "task:2") == own
    assert await between(bench, session, f"task:{second.short_id}:start", "task:2") == own
    assert await between(bench, session, "task:2") == {"hand.bin": "A"}
    assert await between(bench, session, "now", "task:1") == {"src/b.txt": "D", "readme.txt": "M", "hand.bin": "D"}
    assert await between(bench, session, "base", "now", "src/b.txt", "hand.bin") == {"src/b.txt": "A", "hand.bin": "A"}
    assert await between(bench, session, "base", "now", f"{worktree}/src/a.txt") == {"src/a.txt": "A"}
    for path in ("", "/etc/passwd", "../x", "a\0"):
        with pytest.raises(InvalidInput, match="path: "):
            await between(bench, session, "base", "now", path)
    assert before == (git(worktree, "status", "--porcelain"), git(worktree, "for-each-ref"))
    copy = tmp_path / "copy"
    git(tmp_path, "clone", "-q", str(repo), str(copy))
    (tmp_path / "patch").write_bytes(await patch(bench, session))
    git(copy, "apply", "--index", str(tmp_path / "patch"))
    for name in ("src/a.txt", "src/b.txt", "readme.txt", "hand.bin"):
        assert (copy / name).read_bytes() == (worktree / name).read_bytes()


async def test_forks_and_other_sessions(bench, repo):
    session = await bench.session(cwd=repo, title="One")
    await bench.run(session, "write: a.txt 1")
    fork = await bench.supervisor.fork(session.session_id, Fork(at=1))
    assert await between(bench, fork, "fork") == {}
    await bench.run(fork, "write: b.txt 2")
    await bench.run(session, "write: c.txt 3")
    assert await between(bench, fork, "fork") == {"b.txt": "A"}
    assert await between(bench, fork) == {"a.txt": "A", "b.txt": "A"}
    assert await between(bench, fork, f"{session.short_id}@now") == {"b.txt": "A", "c.txt": "D"}
    assert await between(bench, fork, f"{session.short_id}@task:1", "fork") == {}
    with pytest.raises(Unprocessable, match="is not a fork; its changes are since its base"):
        await between(bench, session, "fork")
    for found in (await bench.kept(repo, session.session_id)).items():
        git(next(bench.paths.objects.glob("*.git")), "update-ref", "-d", found[0])
    assert await between(bench, fork, "fork") == {"b.txt": "A"}


async def test_what_is_gone_is_said(bench, repo, folder):
    outside = await bench.session(cwd=folder)
    with pytest.raises(Unprocessable, match="works outside of git"):
        await between(bench, outside)
    session = await bench.session(cwd=repo, title="One")
    await bench.run(session, "write: a.txt 1")
    running = await bench.supervisor.prompt(session.session_id, "write: b.txt 2\nsay: written\nhang:")
    await bench.running(running)
    queued = await bench.supervisor.prompt(session.session_id, "say: later")
    assert await between(bench, session, "task:1", "task:2") == {"b.txt": "A"}
    with pytest.raises(Conflict, match=r"Task 3 .* has not begun"):
        await between(bench, session, f"task:{queued.short_id}")
    await bench.supervisor.stop(session.session_id)
    session = await bench.again(session)
    shutil.rmtree(session.repo.cwd)
    asked = Range(session.session_id, PointName("base"), PointName("now"))
    kept, found = await bench.supervisor.differences.changes(asked)
    assert {change.path for change in found} == {b"a.txt", b"b.txt"}
    assert kept.end.note == f"The folder {session.repo.cwd} is not there; these are the files of its last checkpoint."
    (store,) = bench.paths.objects.glob("*.git")
    shutil.rmtree(repo)
    assert await between(bench, session) == {"a.txt": "A", "b.txt": "A"}
    shutil.rmtree(store)
    await bench.supervisor.close(grace=4)
    bench.start()
    with pytest.raises(GitFailed, match="is not there any more, and no checkpoints of it are kept"):
        await between(bench, session)


@pytest.mark.parametrize("text", ["", "task:", "task", "base:1", "@now", "main", "task:1:middle", "x@", "x@now:"])
def test_names_that_are_none(text: str):
    with pytest.raises(InvalidInput, match="from: must be base, fork, now, task:N or task:N:start, not"):
        parse(text, "from")


def test_names():
    assert parse("task:3:start", "to") == PointName("task", "3", "start")
    assert parse("9d2e1c4b@fork", "to") == PointName("fork", session="9d2e1c4b")


async def test_a_session_carries_what_changed_since_its_base(bench, repo):
    session = await bench.session(cwd=repo, title="One")
    seen = await bench.supervisor.session_standings.of(session.session_id)
    assert (seen.there, seen.in_git, seen.target, seen.diffstat) == (False, True, "main", None)
    await bench.run(session, "write: a.txt 1", "run: git add -A && git commit -qm one")
    assert (await bench.again(session)).git_state.diffstat == Diffstat(files=1, insertions=1)
    second = await bench.run(session, "write: b.txt 1\\n2")
    session = await bench.again(session)
    assert second.git_state.diffstat == Diffstat(files=1, insertions=2)
    assert session.git_state.diffstat == Diffstat(files=2, insertions=3)
    assert session.git_state.target == "main"
    fork = await bench.supervisor.fork(session.session_id, Fork(at=2))
    assert (fork.git_state.target, fork.git_state.diffstat) == ("main", Diffstat(files=1, insertions=2))
    git(repo, "commit", "-q", "--allow-empty", "--message=on main")
    seen = await bench.supervisor.session_standings.of(session.session_id)
    assert (seen.branch, seen.target, seen.ahead, seen.behind, seen.uncommitted) == ("one", "main", 1, 1, 1)
    assert seen.path == session.repo.cwd
    assert await bench.again(session) == session
    (Path(session.repo.cwd) / "b.txt").unlink()
    seen = await bench.supervisor.session_standings.of(session.session_id)
    assert (seen.uncommitted, seen.diffstat) == (0, Diffstat(files=1, insertions=1))
    after = await bench.again(session)
    assert (after.git_state.diffstat, after.updated_at) == (seen.diffstat, session.updated_at)
    shutil.rmtree(session.repo.cwd)
    gone = await bench.supervisor.session_standings.of(session.session_id)
    assert (gone.there, gone.branch) == (False, "one")
    assert "is not there; these are the files of its last checkpoint" in gone.problem


async def test_outside_of_git_there_is_only_a_folder(bench, folder):
    session = await bench.session(cwd=folder)
    seen = await bench.supervisor.session_standings.of(session.session_id)
    assert (seen.path, seen.there, seen.in_git, seen.diffstat) == (str(folder), True, False, None)


async def test_what_is_brought_in_from_the_target_is_no_change_of_the_session(bench, repo):
    session = await bench.session(cwd=repo, title="One")
    await bench.run(session, "write: a.txt 1", "run: git add -A && git commit -qm one")
    (repo / "theirs.txt").write_text("x\n" * 50)
    git(repo, "add", ".")
    git(repo, "commit", "-q", "--message=theirs")
    tip = git(repo, "rev-parse", "HEAD")
    await bench.run(session, "run: git merge -q --no-edit main", "write: b.txt 2")
    after = (await bench.again(session)).git_state
    assert (after.diffstat, after.brought_in) == (Diffstat(files=2, insertions=2), tip)
    assert (after.base_sha, after.since) == (session.git_state.base_sha, tip)
    assert await between(bench, session) == {"a.txt": "A", "b.txt": "A"}
    git(repo, "merge", "-q", "--ff-only", "one")
    assert (await bench.supervisor.session_standings.of(session.session_id)).diffstat == after.diffstat
    await bench.run(session, "say: nothing more")
    assert (await bench.again(session)).git_state.since == tip


async def test_now_in_a_submodule_and_in_a_bare_repository(bench, repo, tmp_path: Path):
    outer, bare = tmp_path / "outer", tmp_path / "bare.git"
    git(tmp_path, "init", "-q", "--initial-branch=main", str(outer))
    git(outer, "-c", "protocol.file.allow=always", "submodule", "-q", "add", str(repo), "inner")
    git(tmp_path, "clone", "-q", "--bare", str(repo), str(bare))
    for place in (outer / "inner", bare):
        session = await bench.session(cwd=place, title="One")
        await bench.run(session, "write: a.txt 1")
        session = await bench.again(session)
        (Path(session.repo.cwd) / "b.txt").write_text("2")
        assert await between(bench, session) == {"a.txt": "A", "b.txt": "A"}
