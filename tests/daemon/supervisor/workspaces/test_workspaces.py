"""Worktrees at the first prompt, checkpoints around each turn; the user's checkout is never written to."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from agor_core.domain.message import Role
from agor_core.domain.task import TaskStatus
from agor_core.errors import InvalidInput, NotFound, Unprocessable
from agor_core.git import worktrees as git_worktrees
from agor_core.repositories import repos, worktrees
from agor_core.wire.requests import CreateSession, Fork
from agor_daemon.supervisor.workspaces.worktree_making import WorktreePlan
from tests.daemon.supervisor.conftest import git


async def test_the_first_prompt_makes_a_worktree_of_its_own(bench, repo):
    (repo / "readme.txt").write_text("changed by the user\n")
    session = await bench.session(cwd=repo, title="Rate limit the login")
    assert session.repo.managed_worktree
    assert session.repo.worktree_id is None
    before = git(repo, "status", "--porcelain")
    task = await bench.run(session, "write: new.txt hello", "append: readme.txt more")
    session = await bench.again(session)
    assert session.repo.worktree_name == "rate-limit-the-login"
    assert session.git_state.ref == "rate-limit-the-login"
    assert session.repo.cwd.startswith(str(bench.paths.worktrees))
    assert (bench.paths.worktrees / "project" / "rate-limit-the-login" / "new.txt").exists()
    assert not (repo / "new.txt").exists()
    assert (repo / "readme.txt").read_text() == "changed by the user\n"
    assert git(repo, "status", "--porcelain") == before
    assert git(repo, "branch", "--show-current") == "main"
    said = await bench.messages(task)
    assert said[0].role is Role.USER
    assert said[1].role is Role.SYSTEM
    assert "not taken along" in said[1].text
    head = git(repo, "rev-parse", "HEAD")
    assert task.git_state.sha_at_start == head
    assert task.git_state.sha_at_end == f"{head}-dirty"
    assert session.git_state.current_sha == f"{head}-dirty"
    assert set(task.files) == {"new.txt", "readme.txt"}
    assert task.git_state.diffstat.files == 2
    assert task.git_state.commits == ()
    known = await bench.store.read(lambda r: repos.by_path(r, str(repo)))
    assert known.slug == "project"
    trees = await bench.store.read(lambda r: worktrees.of_repo(r, known.repo_id))
    assert [tree.name for tree in trees] == ["rate-limit-the-login"]


async def test_a_clean_checkout_is_not_spoken_of(bench, repo):
    task = await bench.run(await bench.session(cwd=repo), "say: hi")
    assert Role.SYSTEM not in [m.role for m in await bench.messages(task)]


async def test_it_works_in_the_same_sub_directory(bench, repo):
    session = await bench.session(cwd=repo / "src")
    await bench.run(session, "write: other.py x")
    session = await bench.again(session)
    assert session.repo.cwd.endswith("/src")
    assert (bench.paths.worktrees / "project" / session.repo.worktree_name / "src" / "other.py").exists()


async def test_commits_of_the_agent_are_told(bench, repo):
    session = await bench.session(cwd=repo)
    task = await bench.run(session, "write: a.txt a", "run: git add . && git commit -qm second")
    assert len(task.git_state.commits) == 1
    assert task.git_state.sha_at_end == task.git_state.commits[0]
    assert (await bench.again(session)).git_state.current_sha == task.git_state.commits[0]
    assert "+a" in (await bench.supervisor.differences.of_task(task.task_id)).patch.text


async def test_the_difference_of_a_task_at_work(bench, repo):
    session = await bench.session(cwd=repo)
    task = await bench.supervisor.prompt(session.session_id, "write: a.txt early\nsay: written\nsleep: 60")
    await bench.running(task)
    assert "+early" in (await bench.supervisor.differences.of_task(task.task_id)).patch.text
    kept = {ref.rpartition("/")[2] for ref in await bench.kept(repo, session.session_id)}
    assert kept == {"start", "now"}  # the end is the turn's own to keep


async def test_two_sessions_of_one_title_get_two_worktrees(bench, repo):
    one, two = await bench.session(cwd=repo, title="Same"), await bench.session(cwd=repo, title="Same")
    first = await bench.supervisor.prompt(one.session_id, "write: x.txt one")
    second = await bench.supervisor.prompt(two.session_id, "write: x.txt two")
    assert (await bench.ended(first)).status is TaskStatus.COMPLETED
    assert (await bench.ended(second)).status is TaskStatus.COMPLETED
    names = {(await bench.again(session)).repo.worktree_name for session in (one, two)}
    assert names == {"same", "same-2"}


async def test_without_a_worktree_the_folder_itself_is_used(bench, repo):
    session = await bench.session(cwd=repo, worktree=False)
    task = await bench.run(session, "write: here.txt x")
    assert (repo / "here.txt").exists()
    assert task.files == ("here.txt",)
    assert git(repo, "diff", "--cached", "--name-only") == ""


async def test_an_existing_worktree_is_shared(bench, repo):
    one = await bench.session(cwd=repo, title="First")
    await bench.run(one, "write: a.txt a")
    two = await bench.session(cwd=repo, worktree="first")
    assert two.repo.worktree_id == (await bench.again(one)).repo.worktree_id
    task = await bench.run(two, "read: a.txt")
    assert task.status is TaskStatus.COMPLETED
    with pytest.raises(NotFound):
        await bench.session(cwd=repo, worktree="nowhere")


async def test_a_repository_without_commits_is_refused(bench, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    with pytest.raises(Unprocessable, match="no commits"):
        await bench.session(cwd=empty)


async def test_a_repository_without_commits_is_worked_in_itself(bench, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet", "-b", "main")
    session = await bench.session(cwd=empty, worktree=False)
    task = await bench.run(session, r"write: a.txt one\n")
    assert (empty / "a.txt").read_text() == "one\n"
    assert (task.files, task.git_state.sha_at_end) == (("a.txt",), None)
    assert "+one" in (await bench.supervisor.differences.of_task(task.task_id)).patch.text
    with pytest.raises(Unprocessable, match="use same_directory"):
        await bench.supervisor.fork(session.session_id, Fork())
    task = await bench.run(session, "run: git add .; git commit -qm first")
    assert task.git_state.commits == (git(empty, "rev-parse", "HEAD"),)
    assert (await bench.again(session)).git_state.current_sha == git(empty, "rev-parse", "HEAD")


async def test_a_folder_must_be_there_and_in_full(bench, tmp_path):
    (tmp_path / "a-file").touch()
    for given, said in [
        (str(tmp_path / "nowhere"), "is not a folder"),
        (str(tmp_path / "a-file"), "is not a folder"),
        ("/" + "x" * 300, "is not a folder"),
        ("relative", "must be an absolute path"),
        ("~", "must be an absolute path"),
    ]:
        with pytest.raises(InvalidInput, match=f"^cwd: .*{said}") as refused:
            await bench.supervisor.locate(CreateSession(agent="demo", cwd=given))
        assert refused.value.place == "cwd"
        with pytest.raises(InvalidInput, match=f"^local_path: .*{said}"):
            await bench.supervisor.add_repo(given)


async def test_a_checkpoint_that_fails_never_fails_a_turn(bench, repo):
    session = await bench.session(cwd=repo, worktree=False)
    task = await bench.run(session, "run: mv .git gone; printf garbage > .git", "say: on we go")
    assert task.status is TaskStatus.COMPLETED
    system = [m.text for m in await bench.messages(task) if m.role is Role.SYSTEM]
    assert any("could not be kept" in text for text in system)


async def test_outside_of_git_there_are_no_checkpoints(bench):
    task = await bench.run(await bench.session(), "write: a.txt x")
    assert task.git_state.checkpoint_start is None
    assert (await bench.supervisor.differences.of_task(task.task_id)).patch.text == ""


async def test_slugs_of_repos_are_made_unique(bench, repo, tmp_path):
    other = tmp_path / "elsewhere" / "project"
    other.parent.mkdir()
    git(tmp_path, "clone", "--quiet", str(repo), str(other))
    first = await bench.supervisor.add_repo(str(repo))
    second = await bench.supervisor.add_repo(str(other / "src"))
    assert (first.slug, second.slug) == ("project", "project-2")
    assert (await bench.supervisor.add_repo(str(repo))).repo_id == first.repo_id


async def begun(bench, repo, name="Half"):
    """A worktree as a killed daemon leaves it: on disk, and not in the store."""
    known = await bench.supervisor.add_repo(str(repo))
    workspaces = bench.supervisor._resources.workspaces
    start = git(repo, "rev-parse", "HEAD")
    return await workspaces.maker.make(known, repo, WorktreePlan(name, start))


@pytest.mark.parametrize("killed", ["after", "before the pointer", "before the folder"])
async def test_a_worktree_that_a_crash_left_half_made_is_taken_away(bench, repo, killed):
    made = await begun(bench, repo)
    path = Path(made.record.path)
    if killed == "before the pointer":
        (path / ".git").unlink()
    if killed == "before the folder":
        shutil.rmtree(path)
    await bench.start().settle()
    assert not (bench.paths.worktrees / "project" / "half").exists()
    assert git(repo, "branch", "--format=%(refname:short)") == "main"
    assert len(git(repo, "worktree", "list").splitlines()) == 1
    assert json.loads((bench.paths.home / "worktrees.json").read_text()) == []


async def test_a_worktree_that_is_not_on_the_list_is_left_alone(bench, repo):
    session = await bench.session(cwd=repo)
    await bench.run(session, "write: mine.txt 1")
    fork = await bench.supervisor.fork(session.session_id, Fork())
    assert json.loads((bench.paths.home / "worktrees.json").read_text()) == []
    await begun(bench, repo)
    (bench.paths.home / "worktrees.json").unlink()
    await bench.start().settle()
    assert (Path((await bench.again(session)).repo.cwd) / "mine.txt").exists()
    assert (Path(fork.repo.cwd) / "mine.txt").exists()
    assert (bench.paths.worktrees / "project" / "half").exists()


async def test_a_worktree_whose_repository_is_gone_does_not_keep_the_daemon_from_starting(bench, repo):
    await begun(bench, repo)
    repo.rename(repo.with_name("moved"))
    assert await bench.start().settle() == 0


async def test_a_name_that_somebody_else_takes_meanwhile_gets_a_number(bench, repo, monkeypatch):
    add = git_worktrees.add

    async def beaten(*given, branch, **more):
        monkeypatch.undo()
        git(repo, "branch", branch)
        await add(*given, branch=branch, **more)

    monkeypatch.setattr(git_worktrees, "add", beaten)
    session = await bench.session(cwd=repo, title="Race")
    await bench.run(session, "say: hi")
    assert (await bench.again(session)).git_state.ref == "race-2"
    assert git(repo, "branch", "--format=%(refname:short)").split() == ["main", "race", "race-2"]


async def test_a_worktree_that_was_stored_after_all_is_not_undone(bench, repo, monkeypatch):
    session = await bench.session(cwd=repo, title="Work")
    workspaces, write = bench.supervisor._resources.workspaces, bench.store.write

    async def cancelled_when_done(work):
        await write(work)
        raise asyncio.CancelledError

    monkeypatch.setattr(bench.store, "write", cancelled_when_done)
    with pytest.raises(asyncio.CancelledError):
        await workspaces.settle_in(session)
    stored = await bench.again(session)
    assert stored.repo.worktree_id is not None
    assert git(Path(stored.repo.cwd), "ls-files")


async def test_a_branch_whose_name_is_no_text_is_shown_as_far_as_it_is(bench, repo):
    git(repo, "checkout", "-q", "-b", "caf\udce9")  # a byte that is not UTF-8
    session = await bench.session(cwd=repo, worktree=False)
    task = await bench.run(session, "say: hi")
    assert (task.status, task.error) == (TaskStatus.COMPLETED, None)
    assert (await bench.again(session)).git_state.ref == "caf�"
