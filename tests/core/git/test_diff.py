"""Differences between commits and trees."""

import os
from pathlib import Path

import pytest

from agor_core.domain.figures import Diffstat
from agor_core.errors import GitFailed, InvalidInput
from agor_core.git import diff
from agor_core.git.streaming import PIECE
from tests.builders.checkpoint_stores import store_of
from tests.builders.checkpoints import keep
from tests.builders.repositories import Repository


async def test_numbers_names_and_text(repository: Repository) -> None:
    old = repository.text("rev-parse", "HEAD")
    repository.git("mv", "sub/c.txt", "moved.txt")
    new = repository.commit(**{"a.txt": "one\n2\n3\n", '-n\n"é': "x\n", "bin": b"\0\1"})  # type: ignore[arg-type]
    found = await diff.changes(repository.path, old, new)
    assert diff.diffstat(found) == Diffstat(files=4, insertions=3, deletions=1)
    assert sorted(diff.paths(found)) == ['-n\n"é', "a.txt", "bin", "moved.txt"]
    text = (await diff.patch(repository.path, old, new)).text
    assert "-two\n+2\n+3\n" in text
    assert "rename from sub/c.txt\nrename to moved.txt\n" in text
    assert "Binary files /dev/null and b/bin differ" in text
    assert await diff.changes(repository.path, old, f"{new}^{{tree}}") == found


async def test_nothing_differs(repository: Repository) -> None:
    assert await diff.changes(repository.path, "HEAD", "HEAD") == []
    assert (diff.diffstat([]), diff.paths([])) == (Diffstat(), [])
    assert (await diff.patch(repository.path, "HEAD", "HEAD")).text == ""


async def test_names_and_contents_that_are_not_utf8(repository: Repository) -> None:
    old = repository.text("rev-parse", "HEAD")
    repository.write({os.fsdecode(b"\xff"): b"\xfe\n"})
    new = repository.commit()
    assert diff.paths(await diff.changes(repository.path, old, new)) == ["\ufffd"]
    assert "+<FE>\n" in (await diff.patch(repository.path, old, new)).text


async def test_a_patch_is_bounded(repository: Repository) -> None:
    old = repository.text("rev-parse", "HEAD")
    new = repository.commit(**{"big": "line é\n" * 400_000, "one-line": "é" * 3_000_000})
    text = (await diff.patch(repository.path, old, new)).text
    assert len(text.encode()) <= diff.LARGEST_PATCH + 200
    assert text.endswith("+line é\n… the rest of the difference is left out (it has more than 2 MB)\n")
    short = (await diff.patch(repository.path, old, new, limit=1000)).text
    assert "more than 1000 bytes" in short


async def test_between_checkpoints(repository: Repository) -> None:
    start = await keep(repository, "refs/agor/checkpoints/s/t/start")
    repository.write({"new": "1\n2\n"})
    end = await keep(repository, "refs/agor/checkpoints/s/t/end")
    found = await diff.changes(repository.path, start.commit, end.commit, store=await store_of(repository))
    assert (diff.diffstat(found), diff.paths(found)) == (Diffstat(files=1, insertions=2), ["new"])


async def test_commits_between(repository: Repository) -> None:
    old = repository.text("rev-parse", "HEAD")
    made = [repository.commit(str(number)) for number in range(3)]
    assert await diff.commits_between(repository.path, old, made[-1]) == made
    assert await diff.commits_between(repository.path, made[-1], made[-1]) == []
    assert await diff.commits_between(repository.path, made[-1], old) == []


@pytest.mark.parametrize("revision", ["--output=/tmp/owned", "-p", "", "^HEAD", "a b", "a\0", ":/x"])
async def test_options_are_not_revisions(repository: Repository, revision: str) -> None:
    for call in (diff.changes, diff.patch, diff.commits_between):
        with pytest.raises(InvalidInput):
            await call(repository.path, revision, "HEAD")


async def test_what_is_not_there(repository: Repository) -> None:
    for call in (diff.changes, diff.patch, diff.commits_between):
        with pytest.raises(GitFailed, match="failed"):
            await call(repository.path, "HEAD", "0" * 39 + "1")


async def test_the_patch_of_bytes_makes_the_same_files(repository: Repository, tmp_path: Path) -> None:
    repository.commit(latin1=b"caf\xe9\r\n", picture=b"\0\1", old="x\n" * 50)
    other = Repository(tmp_path / "other")
    repository.git("clone", "-q", str(repository.path), str(other.path))
    old = repository.text("rev-parse", "HEAD")
    repository.git("mv", "old", "n\u00e9w")
    new = repository.commit(
        latin1=b"caf\xe9\xe8\n\tno end",
        picture=b"\0\2",
        big=os.urandom(3_000_000),
    )
    pieces = [piece async for piece in diff.patch_bytes(repository.path, old, new)]
    assert max(map(len, pieces)) <= PIECE
    other.git("apply", stdin=b"".join(pieces))
    assert other.files() == repository.files()


async def test_a_patch_that_nobody_reads_on_ends_its_process(repository: Repository) -> None:
    old = repository.text("rev-parse", "HEAD")
    new = repository.commit(big="line\n" * 1_000_000)
    pieces = diff.patch_bytes(repository.path, old, new)
    assert await anext(pieces)
    await pieces.aclose()
    with pytest.raises(GitFailed, match="failed"):
        await anext(diff.patch_bytes(repository.path, old, "0" * 39 + "1"))
