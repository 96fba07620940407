"""A repository is foreign: no program that it names runs for us."""

from pathlib import Path

import pytest

from agor_core.errors import GitFailed
from agor_core.git import checkpoints, diff, location, refs, worktrees
from tests.builders.checkpoint_stores import store_of
from tests.builders.checkpoints import keep, load
from tests.builders.repositories import Repository, new_repository

HOOKS = [
    "post-checkout", "post-index-change", "reference-transaction", "pre-commit", "post-commit", "prepare-commit-msg",
    "commit-msg", "post-merge", "post-rewrite", "pre-auto-gc", "fsmonitor-watchman",
]  # fmt: skip


@pytest.fixture
def alarm(tmp_path: Path) -> Path:
    """A program that leaves a trace when it runs, and passes its input on."""
    program = tmp_path / "alarm.sh"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> {tmp_path / "alarm"}\ncat\n')
    program.chmod(0o755)
    return program


@pytest.fixture
def hostile(tmp_path: Path, alarm: Path) -> Repository:
    repository = new_repository(tmp_path / "repo", {"a.txt": "one\n", "b.dat": "two\n"})
    arm(repository, alarm)
    return repository


def arm(repository: Repository, alarm: Path) -> None:
    hooks = Path(repository.text("rev-parse", "--path-format=absolute", "--git-path", "hooks"))
    hooks.mkdir(exist_ok=True)
    for hook in HOOKS:
        (hooks / hook).write_bytes(alarm.read_bytes())
        (hooks / hook).chmod(0o755)
    repository.write({".gitattributes": "* filter=evil diff=evil\n*.dat filter=ev=il.x\n"})
    repository.git("add", ".gitattributes")
    repository.git("commit", "-q", "-m", "attributes", "-n", "--no-verify")
    for key in (
        "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.command", "diff.evil.textconv",
        "diff.external", "core.fsmonitor", "core.pager", "pager.diff", "core.sshCommand", "gpg.program", "core.editor",
        "core.askPass", "credential.helper", "core.gitProxy", "core.alternateRefsCommand", "filter.ev=il.x.clean",
        "filter.ev=il.x.smudge", "merge.evil.driver", "filter.other.process",
    ):  # fmt: skip
        repository.config(key, str(alarm))
    for key in ("filter.evil.required", "filter.ev=il.x.required", "commit.gpgSign", "log.showSignature"):
        repository.config(key, "true")
    (alarm.parent / "alarm").unlink(missing_ok=True)


async def everything(repository: Repository, path: Path) -> None:
    place = await location.locate(repository.path)
    assert place is not None
    await location.head(repository.path)
    await location.default_branch(repository.path)
    await location.remote_url(repository.path)
    store = await store_of(repository)
    ref = refs.checkpoint_ref("s", "t", "start")
    first = await keep(repository, ref)
    repository.write({"a.txt": "changed\n", "b.dat": "changed\n", "new": "x"})
    second = await keep(repository, ref)
    await load(repository, ref)
    await diff.changes(repository.path, first.commit, second.commit, store=store)
    assert "+changed" in (await diff.patch(repository.path, first.commit, second.commit, store=store)).text
    await diff.commits_between(repository.path, first.commit, second.commit, store=store)
    await worktrees.add(repository.path, path, branch="a$(id)`id`", start=second.head)
    await checkpoints.restore(store, path, second)
    assert (path / "new").read_bytes() == b"x"
    await worktrees.remove(repository.path, path, branch="a$(id)`id`", discard=True)
    await refs.forget_checkpoints(store, "s")


async def test_nothing_runs(hostile: Repository, alarm: Path) -> None:
    await everything(hostile, alarm.parent / "linked")
    assert not (alarm.parent / "alarm").exists(), (alarm.parent / "alarm").read_text()


async def test_the_alarm_works(hostile: Repository, alarm: Path) -> None:
    hostile.write({"a.txt": "changed\n"})
    hostile.git("status", check=False)
    assert (alarm.parent / "alarm").exists()


async def test_nothing_of_a_submodule_runs(tmp_path: Path, alarm: Path, repository: Repository) -> None:
    new_repository(tmp_path / "library", {"x": "1\n"})
    repository.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", "../library", "lib")
    repository.commit()
    inner = Repository(repository.path / "lib")
    arm(inner, alarm)
    inner.write({"x": "changed\n"})
    await everything(repository, tmp_path / "linked")
    assert not (tmp_path / "alarm").exists(), (tmp_path / "alarm").read_text()


async def test_nothing_of_a_repository_inside_runs(tmp_path: Path, alarm: Path, repository: Repository) -> None:
    inner = new_repository(repository.path / "inner", {"x": "1\n"})
    arm(inner, alarm)
    inner.write({"x": "changed\n"})
    await everything(repository, tmp_path / "linked")
    assert not (tmp_path / "alarm").exists(), (tmp_path / "alarm").read_text()


async def test_no_network(tmp_path: Path, repository: Repository) -> None:
    """A partial clone fetches missing blobs by itself: not for us."""
    repository.config("uploadpack.allowFilter", "true")
    repository.git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repository.path}", "../partial")
    partial = Repository(tmp_path / "partial")
    head = partial.text("rev-parse", "HEAD")
    before = partial.git("count-objects", "-v")
    with pytest.raises(GitFailed, match="git worktree failed"):
        await worktrees.add(partial.path, tmp_path / "linked", branch="b", start=head)
    assert partial.git("count-objects", "-v") == before
    assert not (tmp_path / "linked").exists()
    assert await worktrees.branches(partial.path) == {"main"}
