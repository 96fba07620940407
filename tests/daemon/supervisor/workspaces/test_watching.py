"""What a task changed beside its own files is said on it."""

from pathlib import Path

import pytest

from agor_core.domain.message import Role
from agor_core.wire.requests import Fork
from tests.daemon.supervisor.conftest import git


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("git init -q --bare REPO/.git", "was made bare while this task ran. Back: git -C REPO config core.bare false"),
        ("git -C REPO commit -q --allow-empty -m x", "The branch main moved from OLD to "),
        ("git -C REPO checkout -q -b mine", "REPO was on the branch main, and is on the branch mine"),
        (
            "git -C REPO branch -D -q other",
            "The branch other was deleted while this task ran. Back: git -C REPO branch",
        ),
        (
            "git config user.name Eve",
            "The config user.name of REPO changed while this task ran. Back: git -C REPO config",
        ),
    ],
)
async def test_the_users_repository(bench, repo, command, said):
    git(repo, "branch", "other")
    old = git(repo, "rev-parse", "HEAD")[:7]
    session = await bench.session(cwd=repo)
    if "--bare" in command:
        git(repo, "config", "core.bare", "false")
        command = "git config core.bare true"
    task = await bench.run(session, f"run: {command.replace('REPO', str(repo))}")
    (notice,) = task.git_state.notices
    assert said.replace("REPO", str(repo)).replace("OLD", old) in notice
    assert [m.text for m in await bench.messages(task) if m.role is Role.SYSTEM][-1] == notice


async def test_nothing_is_said_of_what_sessions_own(bench, repo):
    session = await bench.session(cwd=repo)
    other = await bench.session(cwd=repo)
    await bench.run(other, "say: hi")
    there = (await bench.again(other)).repo.cwd
    commit = "git commit -q --allow-empty -m x"
    task = await bench.run(
        session,
        f"run: {commit}; git branch new; git config branch.$(git branch --show-current).remote x; cd {there}; {commit}",
    )
    assert task.git_state.notices == ()
    here = await bench.session(cwd=repo, worktree=False)
    assert (await bench.run(here, f"run: {commit}; git checkout -q -b mine")).git_state.notices == ()


async def test_changes_inside_a_submodule(bench, repo, tmp_path):
    library = tmp_path / "library"
    git(tmp_path, "init", "-q", "-b", "main", str(library))
    git(library, "commit", "-q", "--allow-empty", "-m", "lib")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "vendor")
    git(repo, "commit", "-qm", "module")
    session = await bench.session(cwd=repo)
    task = await bench.run(session, "run: echo x > vendor/new.txt")
    assert (task.files, task.git_state.submodules) == ((), ("vendor",))
    assert task.git_state.notices == (
        "Changes inside these submodules are not in the figures, the checkpoints and forks: vendor.",
    )
    fork = await bench.supervisor.fork(session.session_id, Fork())
    assert not (Path(fork.repo.cwd) / "vendor/new.txt").exists()
    task = await bench.run(fork, "say: hi")
    notes = [m.text for m in await bench.messages(task) if m.role is Role.SYSTEM]
    assert notes == ["What was uncommitted inside these submodules was not kept: vendor."]
    assert task.git_state.notices == ()
