"""Ignored files that a new worktree gets."""

from pathlib import Path

import pytest

from agor_core.git import worktrees
from agor_core.git.hooks import missing_hooks
from agor_core.git.include import include, said
from agor_core.git.losses import losses
from tests.builders.repositories import Repository, new_repository


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Repository, Path]:
    ignored = {
        ".env": "KEY=1\n",
        "config/a.local": "a\n",
        "config/b.local": "b\n",
        "build/out.local": "x",
        "k\x01": "y",
    }
    committed = {".gitignore": ".env\n*.local\nbuild/\nk*\n", "config/tracked": "t\n"}
    repository = new_repository(tmp_path / "repo", committed)
    repository.write({**ignored, "k\x01": "y"})
    return repository, tmp_path / "linked"


async def linked(repository: Repository, path: Path) -> Repository:
    await worktrees.add(repository.path, path, branch="linked", start="HEAD")
    return Repository(path)


async def test_what_the_list_names_and_git_ignores_is_copied(trees: tuple[Repository, Path]) -> None:
    repository, path = trees
    repository.write({".worktreeinclude": "# secrets\n.env\n/config/*.local\n!b.local\nnew.txt\n", "new.txt": "n"})
    (repository.path / ".env").chmod(0o600)
    tree = await linked(repository, path)
    done = await include(repository.path, path)
    assert (done.copied, done.failed) == ((".env", "config/a.local"), ())
    assert (path / ".env").read_text() == "KEY=1\n"
    assert (path / ".env").stat().st_mode & 0o777 == 0o600
    assert not (path / "new.txt").exists()  # untracked, but not ignored
    assert tree.status() == b""


async def test_the_patterns_of_the_settings_count_too(trees: tuple[Repository, Path]) -> None:
    repository, path = trees
    await linked(repository, path)
    assert (await include(repository.path, path)).copied == ()
    assert (await include(repository.path, path, ["build/", "k*"])).copied == ("build/out.local", "k\x01")


async def test_nothing_is_written_over_what_is_there_or_through_a_link(
    trees: tuple[Repository, Path], tmp_path: Path
) -> None:
    repository, path = trees
    (repository.path / "link.local").symlink_to("/etc/hostname")
    await linked(repository, path)
    (path / ".env").write_text("MINE\n")
    (path / "build").symlink_to(tmp_path)
    done = await include(repository.path, path, [".env", "build/", "link.local"])
    assert (done.copied, done.failed) == (("link.local",), ("build/out.local",))
    assert (path / ".env").read_text() == "MINE\n"
    assert (path / "link.local").is_symlink()
    assert not (tmp_path / "out.local").exists()


async def test_what_was_brought_along_and_is_as_it_was_is_no_loss(trees: tuple[Repository, Path]) -> None:
    repository, path = trees
    await linked(repository, path)
    await include(repository.path, path, [".env", "build/", "config/*.local"])
    assert await losses(path, branch="linked") == []
    (path / "build/more").write_text("x")
    (path / ".env").write_text("KEY=2\n")
    assert await losses(path, branch="linked") == ["ignored: .env, build/"]
    (repository.path / "config/a.local").unlink()
    assert await losses(path, branch="linked") == ["ignored: .env, build/, config/a.local"]


def test_many_paths_in_short() -> None:
    assert said(["a", "b"]) == "a, b"
    assert said([str(number) for number in range(7)]) == "0, 1, 2, 3, 4 and 2 more"


@pytest.mark.parametrize(("value", "lacks"), [(".husky/_", True), ("config", False), ("/nowhere", True), ("", False)])
async def test_a_folder_of_hooks_that_a_worktree_lacks(trees: tuple[Repository, Path], value: str, lacks: bool) -> None:
    repository, path = trees
    await linked(repository, path)
    assert await missing_hooks(path) is None
    repository.config("core.hooksPath", value)
    assert await missing_hooks(path) == (value if lacks else None)
