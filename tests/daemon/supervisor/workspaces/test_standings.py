"""How worktrees stand, and the room on the disk."""

import shutil
from pathlib import Path

from agor_core.repositories import sessions
from tests.daemon.supervisor.conftest import git


async def of(bench, session):
    return await bench.supervisor.standings.of((await bench.again(session)).repo.worktree_id)


async def test_changes_commits_size_and_what_would_be_lost(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "run: git commit -q --allow-empty -m own", f"write: big.txt {'x' * 50_000}")
    git(repo, "commit", "--quiet", "--allow-empty", "--message=main goes on")
    seen = await of(bench, session)
    assert (seen.there, seen.dirty, seen.branch, seen.target) == (True, True, "work", "main")
    assert (seen.ahead, seen.behind, seen.done, seen.may_go) == (1, 1, False, False)
    assert seen.session_ids == (session.session_id,)
    assert seen.bytes > 50_000
    assert [loss.partition(":")[0] for loss in seen.losses] == ["untracked", "1 commit"]


async def test_work_that_is_wholly_in_the_target_is_done(bench, repo):
    """Merged as it is, with its commits anew, or as one commit; and nothing done yet is not done."""
    ways = {
        "merge": lambda: git(repo, "merge", "--quiet", "merge"),
        "pick": lambda: git(repo, "cherry-pick", "main..pick"),
        "squash": lambda: (git(repo, "merge", "--quiet", "--squash", "squash"), git(repo, "commit", "-qm", "squash")),
    }
    made = {name: await bench.session(cwd=repo, title=name) for name in (*ways, "open", "idle")}
    for name, session in made.items():
        lines = [f"write: {name}{n}.txt {n}\nrun: git add . && git commit -qm {name}{n}" for n in range(2)]
        await bench.run(session, *(lines if name != "idle" else ["say: hi"]))
    git(repo, "commit", "--quiet", "--allow-empty", "--message=elsewhere")
    for way in ways.values():
        way()
    seen = {name: await of(bench, session) for name, session in made.items()}
    assert {name: one.done for name, one in seen.items()} == {**dict.fromkeys(ways, True), "open": False, "idle": False}
    assert (seen["open"].ahead, seen["merge"].ahead, seen["pick"].ahead) == (2, 0, 2)
    (Path(seen["merge"].path) / "more.txt").write_text("more")
    assert not (await of(bench, made["merge"])).done


async def test_what_may_go_and_what_is_gone(bench, repo):
    session, other = [await bench.session(cwd=repo, title=name) for name in ("Work", "Other")]
    for one in (session, other):
        await bench.run(one, "say: hi")
    assert not (await of(bench, session)).may_go
    await bench.store.write(lambda w: sessions.archive(w, session.session_id))
    assert (await of(bench, session)).may_go
    shutil.rmtree((await bench.again(other)).repo.cwd)
    gone = await of(bench, other)
    assert (gone.there, gone.bytes, gone.branch, gone.may_go) == (False, 0, "other", False)
    disk = await bench.supervisor.standings.disk()
    assert bench.supervisor.standings.last is disk
    assert [tree.name for tree in disk.worktrees] == ["work", "other"]
    assert disk.may_go_bytes == disk.worktrees[0].bytes > 0
    assert disk.total_bytes == sum(disk.areas.values())
    assert {"database", "worktrees", "checkpoints", "logs"} <= disk.areas.keys()
    assert [use.repo_slug for use in disk.checkpoints] == ["project"]
    shutil.rmtree(repo)
    assert (await of(bench, session)).problem


async def test_a_repository_without_its_default_branch(bench, repo):
    session = await bench.session(cwd=repo, title="Work")
    await bench.run(session, "say: hi")
    git(repo, "branch", "--quiet", "--move", "main", "trunk")
    seen = await of(bench, session)
    assert (seen.target, seen.ahead, seen.done) == (None, None, False)
