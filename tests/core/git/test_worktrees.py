"""A worktree is made whole or not at all, and nothing in one is lost unasked."""

import asyncio
import os
from pathlib import Path

import pytest

from agor_core.errors import AgorError, Conflict, GitFailed, InvalidInput
from agor_core.git import worktrees
from tests.builders.repositories import Repository, new_repository


def traces(repository: Repository, place: Path) -> dict[str, object]:
    """What must be as before when making a worktree failed."""
    admin = repository.path / ".git/worktrees"
    return {
        **repository.picture(),
        "place": sorted(place.rglob("*")) if place.exists() else None,
        "admin": sorted(admin.iterdir()) if admin.exists() else None,
    }


async def test_add_and_remove(repository: Repository, tmp_path: Path) -> None:
    before = repository.picture()
    path = tmp_path / "home/trees/repo/work"
    await worktrees.add(repository.path, path, branch="work", start="HEAD")
    made = Repository(path)
    assert made.text("symbolic-ref", "HEAD") == "refs/heads/work"
    assert made.files() == repository.files()
    assert made.status() == b""
    for folder in (tmp_path / "home", tmp_path / "home/trees", tmp_path / "home/trees/repo"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert repository.git("config", "--list", "--local") == before["config"]
    assert await worktrees.branches(repository.path) == {"main", "work"}
    listed = await worktrees.listed(repository.path)
    assert [(tree.path, tree.branch) for tree in listed] == [(repository.path, "main"), (path, "work")]
    await worktrees.remove(repository.path, path, branch="work")
    assert not path.exists()
    after = repository.picture()
    assert {key: after[key] for key in ("refs", "HEAD", "index", "config", "files")} == {
        key: before[key] for key in ("refs", "HEAD", "index", "config", "files")
    }


async def test_from_a_bare_repository_and_from_a_worktree(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "-q", "--bare", ".", "../bare.git")
    await worktrees.add(tmp_path / "bare.git", tmp_path / "one", branch="one", start="main")
    await worktrees.add(tmp_path / "one", tmp_path / "two", branch="two", start="one")
    assert [tree.bare for tree in await worktrees.listed(tmp_path / "two")] == [True, False, False]


@pytest.mark.parametrize("branch", ["a$(id)", "a;b", "`id`", "ünïcode", "feat/deep/er", "a'b\"c", "%s", "a&&b"])
async def test_odd_names_are_only_names(repository: Repository, tmp_path: Path, branch: str) -> None:
    await worktrees.add(repository.path, tmp_path / "tree", branch=branch, start="HEAD")
    assert branch in await worktrees.branches(repository.path)
    await worktrees.remove(repository.path, tmp_path / "tree", branch=branch)
    assert await worktrees.branches(repository.path) == {"main"}


@pytest.mark.parametrize(
    "branch",
    ["", "-b", "--help", "..", "a..b", "/a", "a/", "a b", "a\nb", "a\0b", "HEAD", "@{-1}", "a.lock", "a~1", "\x1b[31m"],
)
async def test_what_is_no_branch_name_is_refused(repository: Repository, tmp_path: Path, branch: str) -> None:
    before = traces(repository, tmp_path / "tree")
    with pytest.raises(InvalidInput, match="not a name for a branch"):
        await worktrees.add(repository.path, tmp_path / "tree", branch=branch, start="HEAD")
    assert traces(repository, tmp_path / "tree") == before


async def test_no_commits_yet(tmp_path: Path) -> None:
    empty = new_repository(tmp_path / "empty", commit=False)
    with pytest.raises(
        GitFailed, match=r"^The repository .*/empty has no commits yet; make one first, or work in the folder itself\.$"
    ):
        await worktrees.add(empty.path, tmp_path / "tree", branch="a", start="HEAD")
    assert not (tmp_path / "tree").exists()


@pytest.mark.parametrize("start", ["nothing", "-x", "--help", "", "HEAD:a.txt", "a\nb"])
async def test_what_is_no_commit_is_refused(repository: Repository, tmp_path: Path, start: str) -> None:
    before = traces(repository, tmp_path / "x")
    with pytest.raises(GitFailed, match="There is no commit"):
        await worktrees.add(repository.path, tmp_path / "x/tree", branch="a", start=start)
    assert traces(repository, tmp_path / "x") == before


async def test_something_is_there_already(repository: Repository, tmp_path: Path) -> None:
    repository.git("branch", "taken")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "folder").mkdir()
    for place in ("file", "link", "folder"):
        with pytest.raises(Conflict, match="already something"):
            await worktrees.add(repository.path, tmp_path / place, branch="a", start="HEAD")
    with pytest.raises(Conflict, match="already a branch"):
        await worktrees.add(repository.path, tmp_path / "tree", branch="taken", start="HEAD")
    with pytest.raises(GitFailed):
        await worktrees.add(repository.path, tmp_path / "new/tree", branch="taken/deeper", start="HEAD")
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "file").read_text() == "mine"
    assert await worktrees.branches(repository.path) == {"main", "taken"}


@pytest.mark.parametrize("path", ["relative", "/tmp/../etc/x"])
async def test_only_plain_absolute_places(repository: Repository, path: str) -> None:
    with pytest.raises(InvalidInput):
        await worktrees.add(repository.path, Path(path), branch="a", start="HEAD")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "/x", "-x", ".git", ".GIT", "a\0b", "link"])
def test_a_place_cannot_be_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(InvalidInput):
        worktrees.place(tmp_path, name, "x")
    assert worktrees.place(tmp_path, "repo", "a$(id)") == tmp_path / "repo/a$(id)"


async def test_a_failure_half_way_leaves_nothing(repository: Repository, tmp_path: Path) -> None:
    blob = repository.text("rev-parse", "HEAD:b.txt")
    (repository.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    before = traces(repository, tmp_path / "trees")
    with pytest.raises(GitFailed, match="git worktree failed"):
        await worktrees.add(repository.path, tmp_path / "trees/one", branch="one", start="HEAD")
    after = traces(repository, tmp_path / "trees")
    assert after == before


async def test_a_time_limit_and_a_cancellation_leave_nothing(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(**{f"many/{number}": "x" * 100 for number in range(3000)})
    repository.git("worktree", "add", "-q", "-b", "users", "../users")
    before = traces(repository, tmp_path / "trees")
    for delay in (0.02, 0.03, 0.05, 0.08):
        making = asyncio.ensure_future(
            worktrees.add(repository.path, tmp_path / "trees/one", branch="one", start="HEAD")
        )
        await asyncio.wait([making], timeout=delay)
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making
        assert traces(repository, tmp_path / "trees") == before
    monkeypatch.setattr(worktrees, "CHECKOUT_TIMEOUT", 0.02)
    with pytest.raises(GitFailed, match="took longer"):
        await worktrees.add(repository.path, tmp_path / "trees/one", branch="one", start="HEAD")
    assert traces(repository, tmp_path / "trees") == before


async def test_many_at_once(repository: Repository, tmp_path: Path) -> None:
    names = [f"work-{number}" for number in range(8)]
    await asyncio.gather(
        *(worktrees.add(repository.path, tmp_path / "t" / name, branch=name, start="HEAD") for name in names)
    )
    assert await worktrees.branches(repository.path) == {"main", *names}
    assert len(await worktrees.listed(repository.path)) == 9


def change_a_file(tree: Repository) -> None:
    tree.write({"a.txt": "changed"})


def stage_a_file(tree: Repository) -> None:
    tree.write({"a.txt": "changed"})
    tree.git("add", "a.txt")
    tree.git("show", "HEAD:a.txt")
    (tree.path / "a.txt").write_bytes(tree.git("show", "HEAD:a.txt"))


def add_a_file(tree: Repository) -> None:
    tree.write({"new\n\x1b[31m": "x"})


def add_an_ignored_file(tree: Repository) -> None:
    tree.write({".env": "SECRET"})


def commit_on_the_branch(tree: Repository) -> None:
    tree.commit(more="x")


def commit_on_no_branch(tree: Repository) -> None:
    tree.git("checkout", "-q", "--detach")
    tree.commit(more="x")


def change_a_skipped_file(tree: Repository) -> None:
    tree.git("update-index", "--skip-worktree", "a.txt")
    tree.write({"a.txt": "my own"})


def change_a_file_assumed_unchanged(tree: Repository) -> None:
    tree.git("update-index", "--assume-unchanged", "a.txt")
    tree.write({"a.txt": "my own"})


def reset_a_commit_away(tree: Repository) -> None:
    tree.commit(more="x")
    tree.git("reset", "-q", "--hard", "HEAD~1")


def amend_on_no_branch(tree: Repository) -> None:
    tree.git("checkout", "-q", "--detach")
    tree.commit(more="x")
    tree.git("commit", "-q", "--amend", "-m", "again")
    tree.git("checkout", "-q", "work")


def leave_a_rebase_with_stashed_work(tree: Repository) -> None:
    (tree.path / os.fsdecode(tree.git("rev-parse", "--git-dir").strip()) / "rebase-merge").mkdir()
    tree.write({"a.txt": "stashed"})
    stashed = tree.git("stash", "create")
    tree.git("checkout", "-q", "--", ".")
    (tree.path / os.fsdecode(tree.git("rev-parse", "--git-dir").strip()) / "rebase-merge/autostash").write_bytes(
        stashed
    )


def keep_a_ref_of_its_own(tree: Repository) -> None:
    tree.git("checkout", "-q", "--detach")
    tree.git("update-ref", "refs/worktree/mine", tree.commit(more="x"))
    tree.git("checkout", "-q", "work")
    git_folder = tree.path / os.fsdecode(tree.git("rev-parse", "--git-dir").strip())
    for log in (git_folder / "logs").rglob("*"):
        if log.is_file():
            log.unlink()


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (change_a_skipped_file, "changed under skip-worktree or assume-unchanged: a.txt"),
        (change_a_file_assumed_unchanged, "changed under skip-worktree or assume-unchanged: a.txt"),
        (reset_a_commit_away, "1 commit that only its reflog leads to"),
        (amend_on_no_branch, "2 commits that only its reflog leads to"),
        (leave_a_rebase_with_stashed_work, "commits? that only its reflog leads to"),
        (keep_a_ref_of_its_own, "1 commit that only its reflog leads to"),
        (change_a_file, "uncommitted: a.txt"),
        (stage_a_file, "uncommitted: a.txt"),
        (add_a_file, r"untracked: new\?\[31m"),
        (add_an_ignored_file, r"ignored: \.env"),
        (commit_on_the_branch, "1 commit: "),
        (commit_on_no_branch, "1 commit: "),
    ],
)
async def test_work_is_not_lost_unasked(repository: Repository, tmp_path: Path, work, said: str) -> None:
    repository.commit(**{".gitignore": ".env\n"})
    path = tmp_path / "tree"
    await worktrees.add(repository.path, path, branch="work", start="HEAD")
    work(Repository(path))
    before = Repository(path).picture()
    with pytest.raises(Conflict, match=said):
        await worktrees.remove(repository.path, path, branch="work")
    assert Repository(path).picture() == before
    await worktrees.remove(repository.path, path, branch="work", discard=True)
    assert not path.exists()
    assert await worktrees.branches(repository.path) == {"main"}


async def test_what_git_hides_and_nobody_changed_is_not_lost(repository: Repository, tmp_path: Path) -> None:
    """Marks alone, files that a sparse checkout hides, and commits that are in a branch as well."""
    repository.commit(**{"far/b.txt": "b"})
    path = tmp_path / "tree"
    await worktrees.add(repository.path, path, branch="work", start="HEAD")
    tree = Repository(path)
    tree.git("sparse-checkout", "set", "--no-cone", "/*", "!/far/")
    tree.git("update-index", "--assume-unchanged", "a.txt")
    assert not (path / "far").exists()
    tip = tree.commit(more="x")
    tree.git("reset", "-q", "--hard", "HEAD~1")
    repository.git("branch", "elsewhere", tip)
    await worktrees.remove(repository.path, path, branch="work")
    assert not path.exists()


async def test_commits_that_a_branch_keeps_are_not_lost(repository: Repository, tmp_path: Path) -> None:
    await worktrees.add(repository.path, tmp_path / "tree", branch="work", start="HEAD")
    tip = Repository(tmp_path / "tree").commit(more="x")
    await worktrees.remove(repository.path, tmp_path / "tree")
    assert repository.text("rev-parse", "work") == tip


async def test_only_what_we_made_is_removed(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "-q", "-b", "users", "../users")
    (tmp_path / "folder").mkdir()
    await worktrees.add(repository.path, tmp_path / "ours", branch="ours", start="HEAD")
    (tmp_path / "link").symlink_to("ours")
    other = new_repository(tmp_path / "other")
    for path in ("users", "folder", "link", "repo", "repo/sub", "missing", "other"):
        with pytest.raises(GitFailed, match="left as it is"):
            await worktrees.remove(repository.path, tmp_path / path, discard=True)
    with pytest.raises(GitFailed, match="left as it is"):
        await worktrees.remove(other.path, tmp_path / "ours", discard=True)
    assert (tmp_path / "users/a.txt").exists()
    assert (tmp_path / "ours/a.txt").exists()


async def test_a_locked_worktree_and_a_branch_in_use_stay(repository: Repository, tmp_path: Path) -> None:
    await worktrees.add(repository.path, tmp_path / "one", branch="one", start="HEAD")
    with pytest.raises(Conflict, match="checked out in another"):
        await worktrees.remove(repository.path, tmp_path / "one", branch="main", discard=True)
    repository.git("worktree", "lock", "../one")
    with pytest.raises(Conflict, match="is locked"):
        await worktrees.remove(repository.path, tmp_path / "one", discard=True)
    assert (tmp_path / "one/a.txt").exists()


async def test_folders_that_cannot_be_made(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(AgorError):
        await worktrees.add(repository.path, tmp_path / "file/below/tree", branch="a", start="HEAD")
    assert await worktrees.branches(repository.path) == {"main"}


async def test_a_branch_name_that_is_not_unicode(repository: Repository) -> None:
    repository.git("update-ref", b"refs/heads/\xff", "HEAD")
    assert await worktrees.branches(repository.path) == {"main", os.fsdecode(b"\xff")}


async def test_a_branch_that_somebody_else_made_meanwhile_is_theirs(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unseen(*_: object) -> None:
        repository.git("worktree", "add", "--quiet", "-b", "work", str(tmp_path / "theirs"))
        monkeypatch.undo()

    monkeypatch.setattr(worktrees, "_check_branch", unseen)
    with pytest.raises(Conflict, match="already a branch work"):
        await worktrees.add(repository.path, tmp_path / "ours", branch="work", start="HEAD")
    assert not (tmp_path / "ours").exists()
    assert repository.text("rev-parse", "refs/heads/work") == repository.text("rev-parse", "HEAD")


async def test_a_tag_of_the_same_name_is_not_in_the_way(repository: Repository, tmp_path: Path) -> None:
    repository.git("commit", "--allow-empty", "--message=later")
    repository.git("tag", "work", "HEAD~1")
    await worktrees.add(repository.path, tmp_path / "ours", branch="work", start="HEAD")
    made = Repository(tmp_path / "ours")
    assert made.text("symbolic-ref", "HEAD") == "refs/heads/work"
    assert made.text("rev-parse", "HEAD") == repository.text("rev-parse", "HEAD")
    assert made.status() == b""


async def test_what_a_kill_left_is_taken_away_but_nobody_elses_branch(repository: Repository, tmp_path: Path) -> None:
    before = traces(repository, tmp_path / "ours")
    await worktrees.add(repository.path, tmp_path / "ours", branch="work", start="HEAD")
    await worktrees.undo(repository.path, tmp_path / "ours", branch="work", start="HEAD")
    assert traces(repository, tmp_path / "ours") == before
    repository.git("worktree", "add", "--quiet", "-b", "theirs", str(tmp_path / "theirs"))
    await worktrees.undo(repository.path, tmp_path / "ours", branch="theirs", start="HEAD")
    assert await worktrees.branches(repository.path) == {"main", "theirs"}
