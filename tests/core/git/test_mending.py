"""A branch that moves in a checkout, and what a kill or a full disk leaves half done there: it is before or after."""

import os
from pathlib import Path

import pytest

from agor_core.errors import Conflict, Conflicting
from agor_core.git.advancing import checkout_of, move
from agor_core.git.mending import Move, after_a_kill, mend
from agor_core.git.users_git import UsersGit
from tests.builders.repositories import Repository

USERS = UsersGit(dict(os.environ))


@pytest.fixture
def wanted(repository: Repository) -> Move:
    """From a commit to one that changes, adds, removes, links and renames; the checkout stands at the first."""
    repository.write(
        {"crlf.txt": b"a\r\nb\r\n", ".gitattributes": "crlf.txt text eol=crlf\n", "dir/x": "x\n", "t": "t"}
    )
    old = repository.commit("old")
    repository.git("checkout", "-q", "-b", "work")
    repository.git("rm", "-q", "b.txt", "dir/x")
    (repository.path / "link").symlink_to("a.txt")
    repository.write(
        {"a.txt": "one\nnew\n", "deep/er/new.txt": "n\n", "crlf.txt": b"a\r\nc\r\n", "dir": "now a file\n"}
    )
    (repository.path / "t").chmod(0o755)
    new = repository.commit("new")
    repository.git("checkout", "-q", "main")
    repository.write({"mine.txt": "mine\n"})
    return Move(repository.path, "main", old, new, repository.path)


def state(repository: Repository) -> tuple[str, bytes, object]:
    return repository.text("rev-parse", "main"), repository.status(), repository.files()


async def moved(repository: Repository, wanted: Move) -> tuple[str, bytes, object]:
    await move(USERS, wanted, "test")
    return state(repository)


async def test_there_and_back(repository: Repository, wanted: Move) -> None:
    before = state(repository)
    after = await moved(repository, wanted)
    assert (after[0], after[1]) == (wanted.new, b"?? mine.txt\0")
    assert await mend(USERS, wanted)
    back = Move(wanted.repo, "main", wanted.new, wanted.old, wanted.checkout, back=True)
    assert await moved(repository, back) == before
    assert not await mend(USERS, wanted)
    assert await mend(USERS, back)


@pytest.mark.parametrize("written", range(0, 9, 2))
async def test_files_that_git_had_begun_to_write(repository: Repository, wanted: Move, written: int) -> None:
    """Some files are there as they are to be, one in part, the others not yet; the index is the old one, and locked."""
    before = state(repository)
    index = (repository.path / ".git/index").read_bytes()
    repository.git("read-tree", "-u", "-m", wanted.old, wanted.new)
    (repository.path / ".git/index").write_bytes(index)
    names = ["a.txt", "link", "deep/er/new.txt", "crlf.txt", "t"]
    for name in names[written // 2 :]:
        (repository.path / name).unlink()
    if written:
        (repository.path / "a.txt").write_bytes(b"one\nn")
    (repository.path / ".git/index.lock").touch()
    assert await after_a_kill(repository.path, "main", 0)
    assert not await mend(USERS, wanted)
    assert state(repository) == before


async def test_only_the_branch_was_left(repository: Repository, wanted: Move) -> None:
    repository.git("read-tree", "-u", "-m", wanted.old, wanted.new)
    assert await mend(USERS, wanted)
    assert (repository.text("rev-parse", "main"), repository.status()) == (wanted.new, b"?? mine.txt\0")


async def test_what_somebody_wrote_meanwhile_stays(repository: Repository, wanted: Move) -> None:
    repository.write({"a.txt": "by hand\n", "link": "a file of mine\n"})
    (repository.path / "b.txt").unlink()
    assert not await mend(USERS, wanted)
    assert (repository.path / "a.txt").read_text() == "by hand\n"
    assert (repository.path / "link").read_text() == "a file of mine\n"
    assert (repository.path / "b.txt").read_text() == "b\n"
    with pytest.raises(Conflicting, match=r"a\.txt, link") as caught:
        await move(USERS, wanted, "test")
    assert caught.value.paths == ("a.txt", "link")
    repository.commit("mine")
    assert not await mend(USERS, wanted)


async def test_locks_that_are_older_stay(repository: Repository, wanted: Move) -> None:
    lock = repository.path / ".git/index.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    assert await after_a_kill(repository.path, "main", lock.parent.stat().st_mtime)
    assert lock.exists()
    with pytest.raises(Conflict, match="its index is locked"):
        await move(USERS, wanted, "test")


async def test_a_branch_that_is_rebased_is_not_moved(repository: Repository, wanted: Move, tmp_path: Path) -> None:
    repository.commit("mine", **{"a.txt": "mine\n"})
    repository.git("rebase", "work", check=False)
    with pytest.raises(Conflict, match="is being rebased"):
        await checkout_of(repository.path, "main")
    repository.git("rebase", "--abort")
    assert await checkout_of(repository.path, "main") == repository.path
    assert await checkout_of(repository.path, "work") is None
