"""Where lines are in a later tree: shifted, changed, renamed, gone, binary."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from agor_core.git import tree_files
from agor_core.git.line_moves import FileMove, Replaced, moves
from agor_core.git.object_store import open_store

MOVE = FileMove("x", replaced=(Replaced(0, 0, 1), Replaced(10, 2, 3), Replaced(20, 0, 1)))


@pytest.mark.parametrize(
    ("start", "end", "now"),
    [(1, 1, 2), (9, 9, 10), (9, 10, None), (11, 11, None), (12, 12, 14), (20, 20, 22), (20, 21, None), (21, 30, 24)],
)
def test_lines_move_with_what_is_above_them(start: int, end: int, now: int | None) -> None:
    assert MOVE.start_of(start, end) == now


def test_removed_lines() -> None:
    assert [MOVE.removes(line, line) for line in (1, 9, 10, 11, 12, 20)] == [False, False, True, True, False, False]
    assert FileMove(None).removes(1, 1)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=folder, check=True, capture_output=True
    )
    return done.stdout.decode("utf-8", "replace").strip()


def test_files_of_two_trees(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "init", "-q")
    numbers = "".join(f"{number}\n" for number in range(40))
    for name in ("a", "same", "gone", "[old] name"):
        (repo / name).write_text(f"{name}\n{numbers}")
    (repo / "bin").write_bytes(b"\0\1")
    (repo / "sub").mkdir()
    (repo / "sub" / "a").write_text("in a folder\n")
    (repo / "link").symlink_to("a")
    (repo / "caf\udce9").write_bytes(b"caf\xe9\r\nsecond")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "1")
    first = git(repo, "rev-parse", "HEAD")
    (repo / "a").write_text(f"new\na\n{numbers.replace('7', 'seven', 1)}")
    (repo / "[old] name").rename(repo / "new\tname")
    (repo / "gone").unlink()
    (repo / "link").unlink()
    (repo / "link").write_text("no link\n")
    (repo / "bin").write_bytes(b"\0\2")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "2")
    second = git(repo, "rev-parse", "HEAD")

    async def look() -> None:
        store = await open_store(tmp_path / "store", repo)
        found = await moves(repo, first, second, {"a", "same", "gone", "[old] name", "bin", "link", "none"}, store)
        assert found.keys() == {"a", "gone", "[old] name", "bin", "link"}
        assert found["a"].replaced == (Replaced(0, 0, 1), Replaced(9, 1, 1))
        assert (found["[old] name"].path, found["[old] name"].start_of(3, 4)) == ("new\tname", 3)
        assert (found["gone"].path, found["link"].path) == (None, None)
        assert found["bin"].start_of(1, 1) is None
        for shown in ("caf\ufffd", "caf<E9>"):
            file = await tree_files.read(repo, store, first, shown)
            assert file is not None
            assert (file.path, file.lines) == ("caf\ufffd", ["caf<E9>", "second"])
        tab = await tree_files.read(repo, store, second, "new\u2409name")
        assert tab is not None
        assert tab.path == "new\tname"
        assert await tree_files.read(repo, store, second, "gone") is None
        assert await tree_files.read(repo, store, first, "sub/") is None
        assert await tree_files.read(repo, store, first, ":/a") is None
        many = await tree_files.read_many(repo, store, first, ["a", "bin", "gone", "none", "sub", "caf\ufffd"])
        assert many == {path: await tree_files.read(repo, store, first, path) for path in ("a", "bin", "gone")}
        assert (await tree_files.read(repo, store, first, "bin")) == tree_files.TreeFile(None, "binary", "bin")

    asyncio.run(look())
