"""The set-up of a worktree: before the first prompt, with consent, its output and its failure in the conversation."""

from pathlib import Path

import msgspec

from agor_core.domain.message import Role
from agor_core.domain.repo import RepoSettings
from agor_core.domain.task import TaskStatus
from agor_core.repositories import repos
from agor_core.wire.requests import Fork
from tests.daemon.supervisor.conftest import git


async def configure(bench, repo, **settings):
    known = await bench.supervisor.add_repo(str(repo))
    changed = msgspec.structs.replace(known, settings=RepoSettings(**settings))
    return await bench.store.write(lambda w: repos.update(w, changed))


def commit_file(repo, text):
    (repo / ".agor.toml").write_text(text)
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "commands")


async def tools(bench, task):
    return [message.tool for message in await bench.messages(task) if message.tool]


async def test_it_runs_once_before_the_first_prompt_and_its_output_is_shown(bench, repo):
    await configure(bench, repo, setup="echo one >> made; echo $AGOR_WORKTREE; pwd; echo $AGOR_REPO >&2")
    session = await bench.session(cwd=repo)
    task = await bench.run(session, "run: cat made; echo $AGOR_PORT_BASE $AGOR_WORKTREE")
    worktree = (await bench.again(session)).repo.cwd
    set_up, ran = await tools(bench, task)
    assert (set_up.status, set_up.output.split()) == ("completed", [worktree, worktree, str(repo)])
    assert set_up.title.startswith("Set-up: echo one")
    first, base, path = ran.output.split()
    assert (first, path, base.isdecimal()) == ("one", worktree, True)
    assert task.files == ()  # what the set-up made is no work of the task
    task = await bench.run(session, "run: cat made")
    assert [tool.output.strip() for tool in await tools(bench, task)] == ["one"]
    fork = await bench.supervisor.fork(session.session_id, Fork(at=1))
    task = await bench.run(fork, "say: hi")
    assert [tool.status for tool in await tools(bench, task)] == ["completed"]
    assert (Path(fork.repo.cwd) / "made").read_text() == "one\none\n"


async def test_a_committed_file_runs_only_after_it_was_shown_and_allowed(bench, repo):
    text = 'setup = "touch made"\n# all of it is shown\n'
    commit_file(repo, text)
    session = await bench.session(cwd=repo)
    task = await bench.supervisor.prompt(session.session_id, "run: ls made")
    question = await bench.question(session)
    assert question.tool.input == {"command": text}
    assert not (Path((await bench.again(session)).repo.cwd) / "made").exists()
    await bench.supervisor.answer(question.approval_id, "deny", by="ada")
    task = await bench.ended(task)
    assert not (Path((await bench.again(session)).repo.cwd) / "made").exists()
    assert any("were not allowed" in m.text for m in await bench.messages(task) if m.role is Role.SYSTEM)

    session = await bench.session(cwd=repo)
    task = await bench.supervisor.prompt(session.session_id, "run: ls made")
    await bench.supervisor.answer((await bench.question(session)).approval_id, "always", by="ada")
    await bench.ended(task)
    assert (Path((await bench.again(session)).repo.cwd) / "made").exists()
    third = await bench.session(cwd=repo)
    await bench.run(third, "say: no question")  # it is known by its hash

    commit_file(repo, 'setup = "touch other"\n')
    session = await bench.session(cwd=repo)
    task = await bench.supervisor.prompt(session.session_id, "say: hi")
    await bench.supervisor.answer((await bench.question(session)).approval_id, "allow", by="ada")
    await bench.ended(task)
    assert (Path((await bench.again(session)).repo.cwd) / "other").exists()


async def test_a_failure_can_be_tried_again_gone_past_or_dropped(bench, repo, tmp_path):
    await configure(bench, repo, setup=f"echo broken; test -e {tmp_path}/mended")
    session = await bench.session(cwd=repo)
    task = await bench.supervisor.prompt(session.session_id, "say: hi")
    question = await bench.question(session)
    assert question.tool.title.startswith("The set-up ended with code 1")
    assert [tool.output for tool in await tools(bench, task) if tool.output] == ["broken\n"]
    await bench.supervisor.answer(question.approval_id, "drop", by="ada")
    task = await bench.ended(task)
    assert (task.status, task.error.startswith("The set-up of the worktree failed")) == (TaskStatus.FAILED, True)

    task = await bench.supervisor.prompt(session.session_id, "say: hi")
    question = await bench.question(session)
    (tmp_path / "mended").touch()
    await bench.supervisor.answer(question.approval_id, "again", by="ada")
    assert (await bench.ended(task)).status is TaskStatus.COMPLETED

    (tmp_path / "mended").unlink()
    other = await bench.session(cwd=repo)
    task = await bench.supervisor.prompt(other.session_id, "say: hi")
    await bench.supervisor.answer((await bench.question(other)).approval_id, "without", by="ada")
    assert (await bench.ended(task)).status is TaskStatus.COMPLETED
    assert (await bench.run(other, "say: again")).status is TaskStatus.COMPLETED


async def test_a_stop_ends_it_and_all_that_it_started(bench, repo):
    await configure(bench, repo, setup="sleep 300 & echo started; wait")
    session = await bench.session(cwd=repo)
    task = await bench.supervisor.prompt(session.session_id, "say: hi")
    await bench.until(lambda: tools(bench, task), lambda found: found and found[0].output)
    await bench.supervisor.stop(session.session_id)
    assert (await bench.task(task)).status is TaskStatus.CANCELLED
