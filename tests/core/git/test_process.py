"""Nothing is left running or open, and errors say what failed."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from agor_core.errors import GitFailed
from agor_core.git.environment import environment
from agor_core.git.process import PAUSE, attempt, git
from tests.builders.repositories import Repository


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In place of git: a program that starts another one, notes both and waits for ever."""
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\nsleep 1000 &\necho $$ $! > {tmp_path}/pids.new\nmv {tmp_path}/pids.new {tmp_path}/pids\nwait\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return tmp_path / "pids"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(0.01)


def gone(pids: Path) -> bool:
    return not any(alive(pid) for pid in pids.read_text().split())


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def descriptors() -> set[str]:
    return {f"{entry.name} {entry.readlink()}" for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()}


async def test_a_time_limit_ends_the_whole_group(slow: Path, tmp_path: Path) -> None:
    with pytest.raises(GitFailed, match=r"git status took longer than 0\.5 seconds"):
        await git("status", cwd=tmp_path, timeout=0.5)
    await until(lambda: gone(slow))


async def test_a_cancellation_ends_the_whole_group(slow: Path, tmp_path: Path) -> None:
    running = asyncio.ensure_future(git("status", cwd=tmp_path))
    await until(slow.exists)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: gone(slow))


async def test_output_is_bounded(repository: Repository) -> None:
    outcome = await attempt("cat-file", "--batch-all-objects", "--batch", cwd=repository.path, limit=10)
    assert outcome.cut
    assert len(outcome.stdout) == 10


async def test_input_and_a_process_that_does_not_read_it(repository: Repository) -> None:
    blob = await git("hash-object", "-w", "--stdin", cwd=repository.path, stdin=b"x" * 5_000_000)
    assert await git("cat-file", "-s", blob.decode().strip(), cwd=repository.path) == b"5000000\n"
    assert (await git("rev-parse", "HEAD", cwd=repository.path, stdin=b"x" * 5_000_000)).strip()
    assert await git("hash-object", "--stdin", cwd=repository.path, stdin=b"")


async def test_errors_are_one_clean_sentence(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(GitFailed) as caught:
        await git("rev-parse", "--verify", "\x1b]0;owned\x07\nnone", cwd=repository.path)
    assert caught.value.message.startswith("git rev-parse failed: ")
    assert caught.value.message.isprintable()
    assert "fatal" in caught.value.stderr
    with pytest.raises(GitFailed, match=r"^The folder .*/missing does not exist\.$"):
        await git("status", cwd=tmp_path / "missing")


async def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitFailed, match="Git is not installed"):
        await git("status", cwd=tmp_path)


async def test_no_descriptor_stays_open(repository: Repository) -> None:
    await git("status", cwd=repository.path)
    before = descriptors()
    for _ in range(5):
        await git("status", cwd=repository.path, stdin=b"x")
        await attempt("nonsense", cwd=repository.path)
        await attempt("cat-file", "--batch-all-objects", "--batch", cwd=repository.path, limit=10)
        running = asyncio.ensure_future(git("status", cwd=repository.path))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await until(lambda: len(descriptors()) <= len(before))


def test_under_uvloop(repository: Repository, slow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        with pytest.raises(GitFailed, match="took longer"):
            await git("status", cwd=repository.path, timeout=0.5)
        await until(lambda: gone(slow))
        monkeypatch.setenv("PATH", os.environ["PATH"].partition(":")[2])
        assert await git("hash-object", "--stdin", cwd=repository.path, stdin=b"x" * 3_000_000)
        assert (await attempt("cat-file", "--batch-all-objects", "--batch", cwd=repository.path, limit=9)).cut
        assert (await attempt("nonsense", cwd=repository.path)).code == 1
        with pytest.raises(GitFailed, match="does not exist"):
            await git("status", cwd=repository.path / "missing")

    uvloop.run(work())


def test_the_environment_is_scrubbed() -> None:
    base = {"GIT_DIR": "/x", "GIT_CONFIG_COUNT": "9", "GIT_TRACE": "1", "GIT_CONFIG_GLOBAL": "/g", "HOME": "/h"}
    made = environment(base, {"GIT_INDEX_FILE": "/i"}, [("filter.a=b.clean", "")])
    assert "GIT_DIR" not in made
    assert "GIT_TRACE" not in made
    assert (made["HOME"], made["GIT_CONFIG_GLOBAL"], made["GIT_INDEX_FILE"]) == ("/h", "/g", "/i")
    assert (made["LC_ALL"], made["GIT_TERMINAL_PROMPT"], made["GIT_OPTIONAL_LOCKS"]) == ("C", "0", "0")
    last = int(made["GIT_CONFIG_COUNT"]) - 1
    assert (made[f"GIT_CONFIG_KEY_{last}"], made[f"GIT_CONFIG_VALUE_{last}"]) == ("filter.a=b.clean", "")


async def test_another_worktree_that_is_just_being_made_is_waited_for(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "-q", str(tmp_path / "other"))
    pointer = repository.path / ".git/worktrees/other/commondir"
    whole = pointer.read_bytes()
    pointer.write_bytes(b"")
    assert (await attempt("worktree", "list", cwd=repository.path)).code == 128
    asyncio.get_running_loop().call_later(PAUSE / 2, pointer.write_bytes, whole)
    assert b"other" in await git("worktree", "list", cwd=repository.path)
