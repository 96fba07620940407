"""Filters in worktrees: the user's run, the repository's only as they were confirmed."""

from pathlib import Path

import pytest

from agor_core.errors import FilterFailed
from agor_core.git import checkpoints, filters, worktrees
from tests.builders.checkpoint_stores import store_of
from tests.builders.checkpoints import keep
from tests.builders.repositories import Repository, new_repository

UP = {"filter.up.clean": "tr a-z A-Z", "filter.up.smudge": "tr A-Z a-z", "filter.up.required": "true"}


@pytest.fixture(autouse=True)
def users_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A config of the user's that a test may write to."""
    (tmp_path / "gitconfig").touch()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository whose file ``a.up`` is ``ABC`` in git and ``abc`` on the disk."""
    repository = new_repository(tmp_path / "repo", {".gitattributes": "*.up filter=up\n"}, commit=False)
    configure(repository)
    repository.commit(**{"a.up": "abc\n", "b.up": "bcd\n"})
    return repository


def configure(repository: Repository, *scope: str) -> None:
    for key, value in UP.items():
        repository.git("config", *scope, key, value)


async def linked(repository: Repository, trusted: dict[str, str] | None, start: str = "HEAD") -> Repository:
    path = repository.path.parent / "linked"
    allowed = await filters.allowed_filters(repository.path, trusted)
    await worktrees.add(repository.path, path, branch="linked", start=start, filters=allowed)
    if allowed.on:
        await filters.settle_times(path)
    return Repository(path)


async def test_a_confirmed_filter_fills_a_new_worktree(repository: Repository) -> None:
    trusted = await filters.own_filters(repository.path)
    assert trusted == UP
    tree = await linked(repository, trusted)
    assert (tree.path / "a.up").read_text() == "abc\n"
    assert tree.status() == b""


async def test_the_users_own_filter_needs_no_word(repository: Repository) -> None:
    repository.git("config", "--remove-section", "filter.up")
    configure(repository, "--global")
    tree = await linked(repository, None)
    assert ((tree.path / "a.up").read_text(), tree.status()) == ("abc\n", b"")


async def test_a_filter_that_nobody_confirmed_does_not_run(repository: Repository, tmp_path: Path) -> None:
    repository.config("filter.up.smudge", f"touch {tmp_path}/alarm; cat")
    allowed = await filters.allowed_filters(repository.path, None)
    assert (allowed.on, allowed.off) == ((), ("up",))
    tree = await linked(repository, None)
    assert (tree.path / "a.up").read_text() == "ABC\n"
    assert await filters.used(tree.path, "up")
    assert not await filters.used(tree.path, "other")
    assert not (tmp_path / "alarm").exists()


async def test_a_filter_that_was_changed_runs_as_it_was(repository: Repository, tmp_path: Path) -> None:
    trusted = await filters.own_filters(repository.path)
    repository.config("filter.up.smudge", f"touch {tmp_path}/alarm; cat")
    repository.config("filter.up.process", f"touch {tmp_path}/alarm")
    tree = await linked(repository, trusted)
    assert not (tmp_path / "alarm").exists()
    assert (tree.path / "a.up").read_text() == "ABC\n"  # a process that was added switches the whole filter off
    repository.git("config", "--unset", "filter.up.process")
    repository.git("worktree", "remove", "--force", str(tree.path))
    repository.git("branch", "-D", "linked")
    tree = await linked(repository, trusted)
    assert (tree.path / "a.up").read_text() == "abc\n"
    assert not (tmp_path / "alarm").exists()


async def test_the_users_filter_stands_in_for_one_of_the_repository(repository: Repository, tmp_path: Path) -> None:
    configure(repository, "--global")
    repository.config("filter.up.smudge", f"touch {tmp_path}/alarm; cat")
    tree = await linked(repository, None)
    assert (tree.path / "a.up").read_text() == "abc\n"
    assert not (tmp_path / "alarm").exists()


async def test_a_filter_that_cannot_run_is_named(repository: Repository) -> None:
    repository.config("filter.up.smudge", "no-such-program")
    with pytest.raises(FilterFailed, match="The filter up could not run"):
        await linked(repository, await filters.own_filters(repository.path))
    assert await worktrees.branches(repository.path) == {"main"}


async def test_a_checkpoint_finds_nothing_changed_in_a_new_worktree(repository: Repository) -> None:
    tree = await linked(repository, UP)
    assert not (await keep(tree)).dirty


async def test_a_fork_has_the_files_as_they_were(repository: Repository) -> None:
    repository.write({"b.up": "changed\n", "c.up": "new\n"})
    taken = await keep(repository)
    tree = await linked(repository, UP, taken.head)
    await checkpoints.restore(await store_of(repository), tree.path, taken)
    assert tree.files() == repository.files()
    assert tree.status() == repository.status() == b" M b.up\0?? c.up\0"


async def test_a_file_too_large_for_its_bytes_to_be_kept_is_made_by_the_filter(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agor_core.git.exact.LARGEST_FILTERED", 2)
    repository.write({"new.txt": "x"})
    taken = await keep(repository)
    assert taken.exact is None
    tree = await linked(repository, UP, taken.head)
    await checkpoints.restore(await store_of(repository), tree.path, taken)
    assert (tree.path / "a.up").read_text() == "abc\n"
    assert tree.status() == b"?? new.txt\0"
