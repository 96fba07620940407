"""A full disk during a landing: the branch and its checkout stay as they were, and it lands once there is room."""

import os
from pathlib import Path

from tests.builders.daemons import program
from tests.builders.repositories import Repository, new_repository

LARGE = os.urandom(1_100_000)


async def test_a_checkout_that_does_not_fit_is_as_before(tmp_path: Path, small_disk: Path) -> None:
    repository = new_repository(small_disk / "project", {"a.txt": "old\n", "z.txt": "old\n"})
    with program(tmp_path / "home") as it:
        repo = await it.caller.post("/repos", {"local_path": str(repository.path)})
        tree = await it.caller.post("/worktrees", {"repo": repo["repo_id"], "name": "work"})
        work = Repository(Path(tree["path"]))
        work.write({"a.txt": "new\n", "large.bin": LARGE, "z.txt": "new\n"})
        work.commit("work")
        asked = {"agent": "demo", "cwd": str(repository.path), "worktree": "work", "title": "Work"}
        session = (await it.caller.post("/sessions", asked))["session_id"]
        before = repository.text("rev-parse", "main"), repository.status(), repository.files()
        for room in (500_000, 0):
            free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
            filler = small_disk / "filler"
            filler.write_bytes(b"\0" * (free - room))
            answer = await it.caller.call("POST", f"/sessions/{session}/land", {"into": "main"})
            assert answer.status in (409, 422), answer.raw
            assert "space" in answer.body["message"] or "unable to write" in answer.body["message"], answer.raw
            filler.unlink()
            assert before == (repository.text("rev-parse", "main"), repository.status(), repository.files())
            assert len(repository.text("worktree", "list").splitlines()) == 2
        landed = await it.caller.post(f"/sessions/{session}/land", {"into": "main"})
    assert repository.text("rev-parse", "main") == landed["after"]
    assert (repository.path / "large.bin").read_bytes() == LARGE
