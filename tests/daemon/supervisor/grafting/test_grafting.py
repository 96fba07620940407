"""Changes of one session are grafted into another's worktree, by the session's tasks and files as they are."""

import errno
import shutil
from pathlib import Path

import pytest

from agor_core.clock import SystemClock
from agor_core.domain.graft import Graft
from agor_core.errors import Conflict, Conflicting, InvalidInput, NotFound, Unprocessable
from agor_core.git import placing
from agor_core.wire.requests import Fork
from agor_daemon.services.context import Context
from agor_daemon.services.grafting import SessionGrafts
from tests.builders.repositories import files_below, new_repository
from tests.daemon.supervisor.conftest import git


async def graft(bench, source, target, *paths, **more) -> Graft:
    context = Context(bench.store, bench.supervisor, bench.agents, bench.paths, SystemClock())
    body = {"paths": list(paths), **({"from": source.session_id} if source is not None else {}), **more}
    return await SessionGrafts(context).graft(target.session_id, body)


async def tree_of(bench, session) -> Path:
    return Path((await bench.again(session)).repo.cwd)


@pytest.fixture
async def two(bench, repo):
    """A session that changed files, one of them in a commit, and another that has only begun."""
    first = await bench.session(cwd=repo, title="First")
    await bench.run(first, "write: a.txt 1", "append: readme.txt more")
    await bench.run(first, "write: a.txt 2", "write: sub/b.txt 1", "run: git add . && git commit -qm two")
    second = await bench.session(cwd=repo, title="Second")
    await bench.run(second, "write: own.txt 1")
    return first, second


async def test_files_are_grafted_and_the_graft_is_undone(bench, two):
    first, second = two
    tree = await tree_of(bench, second)
    there, head = files_below(tree), git(tree, "rev-parse", "HEAD")
    seen = await graft(bench, first, second, "a.txt", "sub", dry_run=True)
    assert (seen.dry_run, seen.written, seen.graft_id, seen.after) == (True, ("a.txt", "sub/b.txt"), None, None)
    assert files_below(tree) == there
    done = await graft(bench, first, second, "a.txt", "sub")
    assert (done.written, done.removed, done.merged, done.conflicts) == (seen.written, (), (), ())
    assert [(tree / name).read_text() for name in ("a.txt", "sub/b.txt", "own.txt")] == ["2", "1", "1"]
    assert (tree / "readme.txt").read_text() == "hello\n"
    assert (git(tree, "rev-parse", "HEAD"), git(tree, "diff", "--cached", "--raw")) == (head, "")
    state = (await bench.again(second)).git_state
    assert (state.checkpoint, state.diffstat.files) == (done.after, 3)
    again = await graft(bench, first, second, "a.txt")
    assert (again.written, again.same, again.graft_id) == ((), ("a.txt",), None)
    await graft(bench, first, second, "a.txt", at="task:1", on_conflict="take")
    assert (tree / "a.txt").read_text() == "1"
    (tree / "own.txt").write_text("later")
    undone = await graft(bench, None, second, undo=True)
    assert (undone.undo, undone.written, undone.from_session_id) == (True, ("a.txt",), first.session_id)
    assert (tree / "a.txt").read_text() == "2"
    await graft(bench, None, second, undo=True)
    assert files_below(tree) == there | {b"own.txt": ("file", b"later")}
    with pytest.raises(NotFound, match=rf"^Nothing was grafted into session {second.short_id}\.$"):
        await graft(bench, None, second, undo=True)
    shutil.rmtree(tree)  # it comes back as it was after the undoing
    await bench.run(second, "say: hi")
    assert files_below(tree) == there | {b"own.txt": ("file", b"later")}


async def test_a_graft_that_fails_half_way_is_taken_back_at_once(bench, two, monkeypatch):
    first, second = two
    tree = await tree_of(bench, second)
    there, put, written = files_below(tree), placing.put, []

    def full(*given) -> bool:
        if len(written) == 1:
            written.append("no")
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(given[1])
        return put(*given)

    monkeypatch.setattr("agor_core.git.restoring.put", full)
    with pytest.raises(OSError, match="No space left"):
        await graft(bench, first, second, ".")
    assert len(written) > 1
    assert files_below(tree) == there
    assert (bench.paths.home / "grafts.json").read_bytes() == b"[]"
    monkeypatch.undo()
    with pytest.raises(NotFound, match="Nothing was grafted"):
        await graft(bench, None, second, undo=True)
    assert (await graft(bench, first, second, ".")).written == ("a.txt", "readme.txt", "sub/b.txt")


async def test_a_fork_gives_and_takes_what_changed_since_the_common_past(bench, two):
    first, _ = two
    fork = await bench.supervisor.fork(first.session_id, Fork(at=1))
    await bench.run(fork, "append: readme.txt of the fork")
    tree, forked = await tree_of(bench, first), await tree_of(bench, fork)
    assert (await graft(bench, fork, first, ".")).written == ("readme.txt",)  # nothing of what both have
    assert "of the fork" in (tree / "readme.txt").read_text()
    assert (await graft(bench, first, fork, ".")).written == ("a.txt", "sub/b.txt")
    assert (forked / "a.txt").read_text() == "2"


async def test_what_cannot_be_grafted_is_said_and_nothing_changes(bench, repo, folder, two, tmp_path):
    first, second = two
    tree = await tree_of(bench, second)
    (tree / "a.txt").write_text("other")
    there = files_below(tree)
    with pytest.raises(Conflicting, match=r"^1 file conflicts, so nothing is grafted: a.txt: both .*added it") as found:
        await graft(bench, first, second, ".")
    assert found.value.paths == ("a.txt",)
    assert [one.path for one in (await graft(bench, first, second, ".", dry_run=True)).conflicts] == ["a.txt"]
    for path, error, said in (
        ("x", NotFound, "nothing is changed there"),
        ("../x", InvalidInput, "is not in"),
        (str(repo / "readme.txt"), InvalidInput, "is not in"),
        ("src/../../x", InvalidInput, "is not in"),
    ):
        with pytest.raises(error, match=said):
            await graft(bench, first, second, path)
    absolute = await tree_of(bench, first) / "sub"
    assert (await graft(bench, first, second, str(absolute), dry_run=True)).written == ("sub/b.txt",)
    with pytest.raises(InvalidInput, match="into itself"):
        await graft(bench, first, first, ".")
    with pytest.raises(Conflict, match="have changed since"):
        await graft(bench, first, second, ".", checkpoint="0" * 40)
    fresh = await bench.session(cwd=repo, title="Third")
    with pytest.raises(Unprocessable, match="has no worktree yet"):
        await graft(bench, first, fresh, ".")
    with pytest.raises(NotFound, match="has not changed anything"):
        await graft(bench, fresh, first, ".")
    plain = await bench.session(cwd=folder)
    with pytest.raises(Unprocessable, match="outside of git"):
        await graft(bench, first, plain, ".")
    other = await bench.session(cwd=new_repository(tmp_path / "other").path, title="Other")
    await bench.run(other, "write: x 1")
    with pytest.raises(Unprocessable, match=r"works in project, session .* in other"):
        await graft(bench, first, other, ".")
    beside = await bench.supervisor.fork(second.session_id, Fork(at=1, same_directory=True))
    with pytest.raises(Unprocessable, match="Both sessions work in"):
        await graft(bench, beside, second, ".")
    running = await bench.supervisor.prompt(second.session_id, "sleep: 30")
    await bench.until(lambda: bench.task(running), lambda task: task.git_state.checkpoint_start is not None)
    with pytest.raises(Conflict, match="is running; stop it first"):
        await graft(bench, first, second, "sub")
    await bench.supervisor.stop(second.session_id)
    assert files_below(tree) == there
