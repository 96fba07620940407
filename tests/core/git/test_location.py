"""Where a folder is, as git sees it."""

import os
from pathlib import Path

import pytest

from agor_core.errors import GitFailed
from agor_core.git.location import Head, default_branch, head, locate, remote_url
from tests.builders.checkpoints import keep
from tests.builders.repositories import Repository, new_repository


async def test_main_checkout_and_below(repository: Repository) -> None:
    top = await locate(repository.path)
    below = await locate(repository.path / "sub")
    file = await locate(repository.path / "sub/c.txt")
    assert top is not None
    assert (top.toplevel, top.main_worktree) == (repository.path, repository.path)
    assert (top.prefix, top.bare) == ("", False)
    assert below == file
    assert below is not None
    assert (below.toplevel, below.prefix) == (repository.path, "sub")


async def test_a_linked_worktree(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "-q", "-b", "side", "../linked")
    found = await locate(tmp_path / "linked/sub")
    assert found is not None
    assert (found.toplevel, found.main_worktree) == (tmp_path / "linked", repository.path)
    assert (found.prefix, found.bare) == ("sub", False)


async def test_a_bare_repository_and_its_worktree(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "-q", "--bare", ".", "../bare.git")
    Repository(tmp_path / "bare.git").git("worktree", "add", "-q", "../tree")
    bare = await locate(tmp_path / "bare.git/refs")
    tree = await locate(tmp_path / "tree")
    assert bare is not None
    assert tree is not None
    assert (bare.bare, bare.toplevel, bare.main_worktree) == (True, tmp_path / "bare.git", tmp_path / "bare.git")
    assert (tree.bare, tree.toplevel, tree.main_worktree) == (False, tmp_path / "tree", tmp_path / "bare.git")


async def test_inside_of_the_git_folder(repository: Repository) -> None:
    found = await locate(repository.path / ".git/objects")
    assert found is not None
    assert (found.toplevel, found.prefix, found.bare) == (repository.path, "", False)


async def test_a_submodule_is_a_repository(repository: Repository, tmp_path: Path) -> None:
    new_repository(tmp_path / "library", {"deep/x": "1"})
    repository.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", "../library", "lib")
    found = await locate(repository.path / "lib/deep")
    assert found is not None
    assert found.toplevel == found.main_worktree == repository.path / "lib"
    assert (found.prefix, found.bare) == ("deep", False)


async def test_a_git_folder_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    Repository(tmp_path / "tree").git("init", "-q", "--separate-git-dir", "../elsewhere")
    found = await locate(tmp_path / "tree")
    assert found is not None
    assert found.toplevel == found.main_worktree == tmp_path / "tree"


async def test_odd_folder_names(tmp_path: Path) -> None:
    for name in ("new\nline", os.fsdecode(b"\xff"), " a ", "$(id)", "-x"):
        repository = new_repository(tmp_path / name, {"-sub\n/x": "1"})
        found = await locate(repository.path / "-sub\n")
        assert found is not None
        assert (found.toplevel, found.main_worktree, found.prefix) == (repository.path, repository.path, "-sub\n")


async def test_through_a_link(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("repo/sub")
    found = await locate(tmp_path / "link")
    assert found is not None
    assert (found.toplevel, found.prefix) == (repository.path, "sub")


async def test_outside_and_missing(tmp_path: Path) -> None:
    assert await locate(tmp_path) is None
    with pytest.raises(GitFailed, match=r"The folder .*/missing does not exist\."):
        await locate(tmp_path / "missing")


async def test_a_pointer_to_nowhere_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere/at/all\n")
    with pytest.raises(GitFailed, match="not a git repository: /nowhere"):
        await locate(tmp_path)


@pytest.mark.parametrize("elsewhere", ["private", ".", "repo/sub"])
async def test_a_working_tree_elsewhere_is_refused(repository: Repository, tmp_path: Path, elsewhere: str) -> None:
    (tmp_path / "private").mkdir()
    repository.config("core.worktree", str(tmp_path / elsewhere))
    with pytest.raises(GitFailed, match="names another folder"):
        await locate(repository.path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
async def test_a_repository_of_another_user(repository: Repository) -> None:
    os.chown(repository.path, 12345, 12345)
    os.chown(repository.path / ".git", 12345, 12345)
    with pytest.raises(GitFailed, match=r"does not trust .*git config --global --add safe.directory"):
        await locate(repository.path)


async def test_head(repository: Repository, tmp_path: Path) -> None:
    sha = repository.text("rev-parse", "HEAD")
    assert await head(repository.path) == Head(sha, "main")
    repository.git("checkout", "-q", "--detach")
    assert await head(repository.path) == Head(sha, None)
    assert await head(new_repository(tmp_path / "empty", commit=False).path) == Head(None, "main")
    with pytest.raises(GitFailed):
        await head(tmp_path)


async def test_default_branch(repository: Repository, tmp_path: Path) -> None:
    assert await default_branch(repository.path) == "main"
    repository.git("checkout", "-q", "-b", "side")
    assert await default_branch(repository.path) == "main"
    repository.git("branch", "-m", "main", "trunk")
    assert await default_branch(repository.path) == "side"
    repository.git("checkout", "-q", "trunk")
    repository.git("clone", "-q", ".", "../clone")
    clone = Repository(tmp_path / "clone")
    clone.git("checkout", "-q", "-b", "main")
    assert await default_branch(clone.path) == "trunk"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@example.org/a/b.git", "https://example.org/a/b.git"),
        ("https://token@example.org", "https://example.org"),
        ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("https://example.org/a@b", "https://example.org/a@b"),
        ("../local", "../local"),
    ],
)
async def test_remote_url_tells_no_secrets(repository: Repository, url: str, shown: str) -> None:
    assert await remote_url(repository.path) is None
    repository.git("remote", "add", "origin", url)
    repository.git("remote", "add", "another", "https://example.org/other")
    assert await remote_url(repository.path) == shown


@pytest.mark.parametrize("how", ["empty ref", "lost commit"])
async def test_a_damaged_repository_is_not_one_without_commits(repository: Repository, how: str) -> None:
    ref = repository.path / ".git/refs/heads/main"
    commit = ref.read_text().strip()
    if how == "empty ref":
        ref.write_text("")
    else:
        (repository.path / f".git/objects/{commit[:2]}/{commit[2:]}").unlink()
    with pytest.raises(GitFailed, match=r"is damaged: its (branch main|HEAD) leads to no commit"):
        await head(repository.path)
    with pytest.raises(GitFailed, match="is damaged"):
        await keep(repository)
