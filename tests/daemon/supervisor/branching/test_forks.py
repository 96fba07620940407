"""Forks: the conversation up to a task, the files as they were there, and a source that notices nothing."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agor_core.domain.message import Role
from agor_core.domain.session import Fidelity
from agor_core.domain.task import TaskStatus
from agor_core.errors import AgentNotInstalled, AgorError, Ambiguous, Conflict, InvalidInput, NotFound, Unprocessable
from agor_core.ids import new_id
from agor_core.repositories import repos, sessions, tasks, worktrees
from agor_core.wire.requests import Fork
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.supervisor import Supervisor
from tests.daemon.supervisor.conftest import Bench, git


async def three_tasks(bench: Bench, where: Path | None, **fields: object):
    session = await bench.session(cwd=where, title="Source", **fields)  # type: ignore[arg-type]
    done = [
        await bench.run(
            session,
            f"say: word {n}",
            f"write: {n}.txt {n}",
            *(["run: git add . && git commit -qm two"] if n == 2 else []),
        )
        for n in (1, 2, 3)
    ]
    return await bench.again(session), done


def files(session) -> set[str]:
    return {entry.name for entry in Path(session.repo.cwd).iterdir() if entry.suffix == ".txt"} - {"readme.txt"}


async def remembered(bench: Bench, session) -> str:
    return await bench.said(await bench.run(session, "recall:"))


async def test_at_the_end_by_default(bench, repo):
    source, done = await three_tasks(bench, repo)
    fork = await bench.supervisor.fork(source.session_id, Fork())
    assert fork.genealogy.forked_from_session_id == source.session_id
    assert fork.genealogy.fork_point_task_id == done[2].task_id
    assert fork.genealogy.fidelity is Fidelity.NATIVE
    assert fork.task_count == 0
    assert fork.repo.worktree_id not in (None, source.repo.worktree_id)
    assert fork.git_state.ref == fork.repo.worktree_name != source.git_state.ref
    assert files(fork) == {"1.txt", "2.txt", "3.txt"}
    assert git(Path(fork.repo.cwd), "status", "--porcelain") == git(Path(source.repo.cwd), "status", "--porcelain")
    said = await remembered(bench, fork)
    assert "word 3" in said
    task = await bench.store.read(lambda r: tasks.at(r, fork.session_id, 1))
    assert task.status is TaskStatus.COMPLETED


async def test_at_an_earlier_task_the_files_and_the_words_of_then(bench, repo):
    source, done = await three_tasks(bench, repo)
    fork = await bench.supervisor.fork(source.session_id, Fork(at=1))
    assert fork.genealogy.fork_point_task_id == done[0].task_id
    assert fork.genealogy.fidelity is Fidelity.NATIVE
    assert files(fork) == {"1.txt"}
    assert git(Path(fork.repo.cwd), "rev-parse", "HEAD") == git(repo, "rev-parse", "HEAD")
    assert git(Path(fork.repo.cwd), "status", "--porcelain") == "?? 1.txt"
    said = await remembered(bench, fork)
    assert "word 1" in said
    assert "word 2" not in said


async def test_at_the_start_of_a_task(bench, repo):
    source, done = await three_tasks(bench, repo)
    fork = await bench.supervisor.fork(source.session_id, Fork(at=done[1].short_id, point="start"))
    assert fork.genealogy.fork_point_task_id == done[1].task_id
    assert fork.genealogy.fork_point == "start"
    assert files(fork) == {"1.txt"}
    said = await remembered(bench, fork)
    assert "word 1" in said
    assert "word 2" not in said


async def test_at_the_very_beginning(bench, repo):
    source, _ = await three_tasks(bench, repo)
    fork = await bench.supervisor.fork(source.session_id, Fork(at=1, point="start"))
    assert files(fork) == set()
    assert "word" not in await remembered(bench, fork)


async def test_a_fork_of_a_fork_inherits_from_both(bench, repo):
    source, _ = await three_tasks(bench, repo)
    first = await bench.supervisor.fork(source.session_id, Fork(at=1, prompt="say: in the fork"))
    await bench.ended(await bench.store.read(lambda r: tasks.at(r, first.session_id, 1)))
    second = await bench.supervisor.fork(first.session_id, Fork())
    said = await remembered(bench, second)
    assert "word 1" in said
    assert "in the fork" in said
    assert "word 2" not in said


async def test_another_agent_is_told_the_transcript(bench, repo):
    bench.agents["other"] = replace(bench.agents["demo"], name="other")
    source, _ = await three_tasks(bench, repo)
    fork = await bench.supervisor.fork(source.session_id, Fork(at=2, agent="other"))
    assert fork.genealogy.fidelity is Fidelity.REPLAYED
    assert fork.agent_sessions == ()
    said = await remembered(bench, fork)
    assert "word 1" in said
    assert "word 2" in said
    assert "word 3" not in said
    again = await remembered(bench, fork)
    assert again.count("word 1") == 1
    deeper = await bench.supervisor.fork(fork.session_id, Fork(agent="demo", at=1, point="start"))
    said = await remembered(bench, deeper)
    assert "word 2" in said
    assert "word 3" not in said


async def test_a_long_conversation_is_told_as_a_digest(bench, repo):
    await bench.supervisor.close(grace=1)
    bench.start(Limits(history=2_000))
    bench.agents["other"] = replace(bench.agents["demo"], name="other")
    session = await bench.session(cwd=repo)
    await bench.run(session, "say: " + "long " * 1000)
    fork = await bench.supervisor.fork(session.session_id, Fork(agent="other"))
    assert fork.genealogy.fidelity is Fidelity.DIGEST
    assert "long" in await remembered(bench, fork)


async def test_while_the_source_runs(bench, repo):
    source, done = await three_tasks(bench, repo)
    running = await bench.supervisor.prompt(source.session_id, "write: 4.txt 4\nsay: busy\nsleep: 3\nsay: done")
    await bench.running(running)
    with pytest.raises(Conflict, match="still running"):
        await bench.supervisor.fork(source.session_id, Fork(at=4))
    fork = await bench.supervisor.fork(source.session_id, Fork())
    assert fork.genealogy.fork_point_task_id == done[2].task_id
    assert fork.genealogy.fidelity is Fidelity.NATIVE
    assert files(fork) == {"1.txt", "2.txt", "3.txt"}
    at_start = await bench.supervisor.fork(source.session_id, Fork(at=4, point="start"))
    assert at_start.genealogy.fork_point_task_id == running.task_id
    assert "busy" not in await remembered(bench, at_start)
    ended = await bench.ended(running)
    assert ended.status is TaskStatus.COMPLETED
    assert "done" in ended.report


async def test_nothing_the_fork_does_changes_the_source(bench, repo):
    source, _ = await three_tasks(bench, repo)
    before = (
        await bench.again(source),
        git(Path(source.repo.cwd), "status", "--porcelain"),
        git(repo, "log", "--all", "--oneline"),
    )
    fork = await bench.supervisor.fork(source.session_id, Fork(prompt="delete: 1.txt\nwrite: other.txt x"))
    await bench.ended(await bench.store.read(lambda r: tasks.at(r, fork.session_id, 1)))
    after = (await bench.again(source), git(Path(source.repo.cwd), "status", "--porcelain"))
    assert after == before[:2]
    assert "other" not in await remembered(bench, source)


async def test_outside_of_git_the_folder_is_shared(bench):
    source, _ = await three_tasks(bench, None)
    fork = await bench.supervisor.fork(source.session_id, Fork(at=1))
    assert fork.repo.cwd == source.repo.cwd
    said = await remembered(bench, fork)
    assert "word 1" in said
    assert "word 2" not in said


async def test_in_the_same_directory_on_request(bench, repo):
    source, _ = await three_tasks(bench, repo)
    fork = await bench.supervisor.fork(source.session_id, Fork(same_directory=True))
    assert fork.repo.cwd == source.repo.cwd
    assert fork.repo.worktree_id == source.repo.worktree_id
    assert not fork.repo.managed_worktree


async def test_what_cannot_be_forked_is_said(bench, repo):
    source, _ = await three_tasks(bench, repo)
    other = await bench.session(cwd=repo, title="Other")
    foreign = await bench.run(other, "say: x")
    for at in (7, "7", new_id(), foreign.task_id, foreign.short_id):
        with pytest.raises(NotFound, match=r"has no task .*; it has 1-3"):
            await bench.supervisor.fork(source.session_id, Fork(at=at))
    with pytest.raises(InvalidInput):
        await bench.supervisor.fork(source.session_id, Fork(point="middle"))
    with pytest.raises(InvalidInput, match="registered"):
        await bench.supervisor.fork(source.session_id, Fork(agent="nobody"))
    with pytest.raises(Conflict, match="nothing to fork"):
        await bench.supervisor.fork((await bench.session()).session_id, Fork())
    bench.scripted("ghost", "", command=("no-such-program-anywhere",))
    with pytest.raises(AgentNotInstalled):
        await bench.supervisor.fork(source.session_id, Fork(agent="ghost", prompt="hi"))


async def test_all_or_nothing(bench, repo):
    """A store that refuses the row leaves no worktree, branch or process."""
    source, _ = await three_tasks(bench, repo)
    before = await state(bench, repo)
    with pytest.raises(AgorError):
        await bench.supervisor.fork(source.session_id, Fork(board="no-such-board"))
    assert await state(bench, repo) == before


async def test_all_or_nothing_when_the_files_cannot_be_restored(bench, repo, monkeypatch):
    from agor_daemon.supervisor.branching import new_sessions

    async def refuse(store, worktree, checkpoint):
        raise Conflict("no")

    source, _ = await three_tasks(bench, repo)
    before = await state(bench, repo)
    monkeypatch.setattr(new_sessions.git_checkpoints, "restore", refuse)  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        await bench.supervisor.fork(source.session_id, Fork())
    assert await state(bench, repo) == before


async def state(bench: Bench, repo: Path):
    known = await bench.store.read(lambda r: repos.by_path(r, str(repo)))
    return (
        git(repo, "branch", "--list"),
        git(repo, "worktree", "list"),
        sorted(entry.name for entry in (bench.paths.worktrees / "project").iterdir()),
        [tree.name for tree in await bench.store.read(lambda r: worktrees.of_repo(r, known.repo_id))],
        len(bench.supervisor._runners),
        (bench.paths.home / "agents.json").read_text(),
    )


async def test_an_agent_that_cannot_fork_is_told_the_transcript(bench, repo):
    source, _ = await three_tasks(bench, repo)
    bench.agents["demo"] = replace(bench.agents["demo"], fork_point="none")
    at_end = await bench.supervisor.fork(source.session_id, Fork())
    assert at_end.genealogy.fidelity is Fidelity.NATIVE
    earlier = await bench.supervisor.fork(source.session_id, Fork(at=1))
    assert earlier.genealogy.fidelity is Fidelity.REPLAYED
    assert "word 1" in await remembered(bench, earlier)


async def test_a_lost_agent_session_is_told_the_transcript(bench, repo):
    source, _ = await three_tasks(bench, repo)
    await bench.supervisor.close(grace=1)
    for file in (bench.paths.agents / "demo").rglob("*.jsonl"):
        file.unlink()
    bench.start()
    fork = await bench.supervisor.fork(source.session_id, Fork(at=2))
    assert fork.genealogy.fidelity is Fidelity.REPLAYED
    task = await bench.run(source, "recall:")
    assert "word 3" in await bench.said(task)
    assert any("transcript" in m.text for m in await bench.messages(task) if m.role is Role.SYSTEM)
    again = await bench.again(source)
    assert again.agent_sessions[0] == source.agent_sessions[0]
    assert len(again.agent_sessions) == 2


async def test_repeating_a_fork_makes_one(bench, repo):
    source, _ = await three_tasks(bench, repo)
    request = Fork(session_id=new_id(), task_id=new_id(), prompt="say: once")
    first, _ = await asyncio.gather(*(bench.supervisor.fork(source.session_id, request) for _ in range(2)))
    again = await asyncio.gather(*(bench.supervisor.fork(source.session_id, request) for _ in range(2)))
    assert {fork.session_id for fork in again} == {first.session_id}
    second = await bench.supervisor.fork(source.session_id, request)
    assert first.session_id == second.session_id == request.session_id
    done = await bench.ended(await bench.store.read(lambda r: tasks.at(r, first.session_id, 1)))
    assert done.task_id == request.task_id
    assert (await bench.store.read(lambda r: sessions.get(r, first.session_id))).task_count == 1


async def test_a_task_by_any_form_of_its_id(bench, repo):
    source, done = await three_tasks(bench, repo)
    for at in (
        2,
        "2",
        done[1].task_id,
        done[1].task_id.replace("-", "").upper(),
        done[1].short_id,
        done[1].short_id[:6],
    ):
        fork = await bench.supervisor.fork(source.session_id, Fork(at=at))
        assert fork.genealogy.fork_point_task_id == done[1].task_id
    with pytest.raises(Ambiguous):
        await bench.supervisor.fork(source.session_id, Fork(at=done[1].task_id[:6]))


async def test_a_restart_between_fork_and_first_prompt(bench, repo):
    source, _ = await three_tasks(bench, repo)
    fork = await bench.supervisor.fork(source.session_id, Fork(at=1))
    await bench.supervisor.close(grace=1)
    assert isinstance(bench.start(), Supervisor)
    said = await remembered(bench, fork)
    assert "word 1" in said
    assert "word 2" not in said


async def test_a_repository_that_was_moved_away_is_named(bench, repo):
    source, _ = await three_tasks(bench, repo)
    repo.rename(repo.with_name("moved"))
    with pytest.raises(Unprocessable, match=rf"^The repository project is not at {repo} any more\."):
        await bench.supervisor.fork(source.session_id, Fork(at=1))
    repo.with_name("moved").rename(repo)
