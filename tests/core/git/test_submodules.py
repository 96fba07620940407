"""Submodules of new worktrees: filled from what is on this machine."""

import shutil
from pathlib import Path

import pytest

from agor_core.git import checkpoints, submodules, worktrees
from agor_core.git.losses import losses
from tests.builders.checkpoint_stores import store_of
from tests.builders.checkpoints import keep
from tests.builders.repositories import Repository, new_repository

LOCAL = ("-c", "protocol.file.allow=always")


@pytest.fixture
def library(tmp_path: Path) -> Repository:
    deep = new_repository(tmp_path / "deep", {"deep.txt": "deep\n"})
    library = new_repository(tmp_path / "library", {"lib.txt": "one\n"})
    library.git(*LOCAL, "submodule", "add", "-q", str(deep.path), "inner")
    library.commit("with inner")
    return library


@pytest.fixture
def project(tmp_path: Path, library: Repository) -> Repository:
    project = new_repository(tmp_path / "project")
    project.git(*LOCAL, "submodule", "add", "-q", "--name", "a/lib", str(library.path), "vendor/lib")
    project.git(*LOCAL, "submodule", "update", "-q", "--init", "--recursive")
    project.commit("with a submodule")
    return project


async def linked(project: Repository, name: str = "linked", start: str = "HEAD") -> Repository:
    path = project.path.parent / name
    await worktrees.add(project.path, path, branch=name, start=start)
    return Repository(path)


async def filled(project: Repository, name: str = "linked") -> Repository:
    tree = await linked(project, name)
    assert await submodules.fill(tree.path, await submodules.recorded(tree.path), [project.path]) == []
    return tree


async def test_they_are_filled_without_their_origin(project: Repository, library: Repository) -> None:
    shutil.rmtree(library.path)
    before = Repository(project.path / "vendor/lib").picture()
    config = (project.path / ".git/config").read_bytes()
    tree = await filled(project)
    inner = Repository(tree.path / "vendor/lib")
    assert (inner.path / "lib.txt").read_text() == "one\n"
    assert (inner.path / "inner/deep.txt").read_text() == "deep\n"
    assert tree.status() == b""
    assert tree.text("submodule", "status", "--recursive").count("\n") == 1
    assert not any(line.startswith(("-", "+")) for line in tree.text("submodule", "status").splitlines())
    assert inner.text("rev-parse", "--show-toplevel") == str(inner.path)
    assert inner.text("remote", "get-url", "origin") == str(library.path)
    inner.commit("mine", **{"mine.txt": "x\n"})
    assert Repository(project.path / "vendor/lib").picture() == before
    assert (project.path / ".git/config").read_bytes() == config
    project.git("worktree", "remove", "--force", str(tree.path))
    assert project.git("submodule", "status", "--recursive").startswith(b" ")


async def test_what_is_not_here_is_named_and_stays_empty(project: Repository, library: Repository) -> None:
    shutil.rmtree(project.path / ".git/modules/a/lib/modules/inner")
    tree = await linked(project)
    assert await submodules.fill(tree.path, await submodules.recorded(tree.path), [project.path]) == [
        "vendor/lib/inner"
    ]
    assert list((tree.path / "vendor/lib/inner").iterdir()) == []
    shutil.rmtree(project.path / ".git/modules/a")
    other = await linked(project, "other")
    assert await submodules.fill(other.path, await submodules.recorded(other.path), [project.path]) == ["vendor/lib"]
    assert list((other.path / "vendor/lib").iterdir()) == []
    assert not (project.path / ".git/worktrees/other/modules").exists()


@pytest.mark.parametrize("name", ["../../../outside", "/outside", "a/../../x", "-x"])
async def test_a_name_cannot_lead_elsewhere(project: Repository, tmp_path: Path, name: str) -> None:
    new_repository(tmp_path / "outside")
    tree = await linked(project)
    commit = (await submodules.recorded(tree.path))[0].commit
    module = submodules.Submodule(name, b"vendor/lib", commit)
    assert await submodules.fill(tree.path, [module], [project.path]) == ["vendor/lib"]


async def test_a_fork_gets_a_commit_that_only_its_source_has(project: Repository, tmp_path: Path) -> None:
    source = await filled(project, "source")
    inner = Repository(source.path / "vendor/lib")
    made = inner.commit("only here", **{"new.txt": "new\n"})
    taken = await keep(source)
    store = await store_of(project)
    fork = await linked(project, "fork", taken.head)
    await checkpoints.restore(store, fork.path, taken)
    wanted = await submodules.recorded(fork.path, taken.tree, store)
    assert [module.commit for module in wanted] == [made]
    assert await submodules.fill(fork.path, wanted, [source.path, project.path]) == []
    assert (fork.path / "vendor/lib/new.txt").read_text() == "new\n"
    assert fork.status() == source.status() == b" M vendor/lib\0"


async def test_uncommitted_changes_inside_are_found(project: Repository) -> None:
    tree = await filled(project)
    assert await submodules.changed_inside(tree.path) == []
    (tree.path / "vendor/lib/inner/new.txt").write_text("x")
    assert await submodules.changed_inside(tree.path) == ["vendor/lib"]


async def test_a_removal_asks_only_for_what_would_be_lost(project: Repository) -> None:
    tree = await filled(project)
    assert await losses(tree.path, branch="linked") == []
    inner = Repository(tree.path / "vendor/lib")
    made = inner.commit("only here")
    tree.git("submodule", "update", "-q")  # on no branch: git's reflog alone has it
    assert await losses(tree.path, branch="linked") == [f"in the submodule vendor/lib: 1 commit: {made[:10]}"]
    inner.git("reflog", "expire", "--expire=now", "--all")
    deep = Repository(inner.path / "inner")
    made = deep.commit("only here, deeper")
    assert await losses(tree.path, branch="linked") == [
        "in the submodule vendor/lib: uncommitted: inner",
        f"in the submodule vendor/lib/inner: 1 commit: {made[:10]}",
    ]
    inner.git("submodule", "update", "-q")
    deep.git("reflog", "expire", "--expire=now", "--all")
    (inner.path / "new.txt").write_text("x")
    assert await losses(tree.path, branch="linked") == ["in the submodule vendor/lib: untracked: new.txt"]


async def test_commits_that_only_a_reflog_of_a_submodule_leads_to_are_named(project: Repository) -> None:
    tree = await filled(project)
    inner = Repository(tree.path / "vendor/lib")
    lost = inner.commit("lost", **{"lost.txt": "x\n"})
    inner.git("reset", "-q", "--hard", "HEAD~1")
    assert await losses(tree.path) == [f"in the submodule vendor/lib: 1 commit: {lost[:10]}"]
    tree.git("rm", "-q", "-f", "vendor/lib")
    tree.git("commit", "-q", "-m", "without it")
    assert f"in the submodule a/lib: 1 commit: {lost[:10]}" in await losses(tree.path)


async def test_a_worktree_of_a_submodule_has_its_own_top(project: Repository, tmp_path: Path) -> None:
    inner = Repository(project.path / "vendor/lib")
    inner.config("extensions.worktreeConfig", "true")
    tree = await linked(inner, "linked")
    assert tree.path == project.path / "vendor/linked"
    assert tree.text("rev-parse", "--show-toplevel") == str(tree.path)
    assert tree.status() == inner.status().replace(b"?? ../linked/\0", b"") == b""
    (tree.path / "lib.txt").write_text("two\n")
    assert (tree.status(), inner.status()) == (b" M lib.txt\0", b"")
