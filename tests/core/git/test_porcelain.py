"""What git prints for programs, read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.git import porcelain
from agor_core.git.porcelain import FileChange, ListedWorktree
from tests.builders.repositories import Repository

SHA = "1" * 40


def test_pending() -> None:
    output = (
        f"M 100644 {SHA} 1\tcon\tflict\0M 100755 {SHA} 2\tcon\tflict\0R 120000 {SHA} 0\tgone\n\0".encode()
        + f"C 160000 {SHA} 0\tlib\0? \xff\0? inner/\0? M 100644\0".encode("latin-1")
    )
    found = porcelain.pending(output)
    assert found.tracked == {b"con\tflict": b"100755", b"gone\n": b"120000", b"lib": b"160000"}
    assert found.untracked == (b"\xff", b"inner/", b"M 100644")
    assert porcelain.pending(b"") == porcelain.Pending()


def test_numstat() -> None:
    output = b"1\t2\ta\tb\0-\t-\tbin\0" + b"3\t0\t\0old\n\0new\0"
    assert porcelain.numstat(output) == [
        FileChange(b"a\tb", 1, 2),
        FileChange(b"bin", None, None),
        FileChange(b"new", 3, 0),
    ]


@pytest.mark.parametrize("separator", [b"\0", b"\n"])
def test_worktrees(separator: bytes) -> None:
    blocks = [
        [b"worktree /main", b"bare"],
        [b"worktree /a b", f"HEAD {SHA}".encode(), b"branch refs/heads/feat/x", b"locked why not"],
        [b"worktree /c", b"HEAD " + b"0" * 40, b"detached", b"prunable gitdir file points to non-existent location"],
    ]
    output = b"".join(b"".join(line + separator for line in block) + separator for block in blocks)
    assert porcelain.worktrees(output, separator=separator) == [
        ListedWorktree(Path("/main"), bare=True),
        ListedWorktree(Path("/a b"), head=SHA, branch="feat/x", locked=True),
        ListedWorktree(Path("/c")),
    ]


def test_settings() -> None:
    output = b"filter.a.b.clean\nx\ny\0core.flag\0core.flag\nfalse\0core.bare\0"
    assert porcelain.settings(output) == {b"filter.a.b.clean": b"x\ny", b"core.flag": b"false", b"core.bare": b"true"}


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        (b"", ""),
        (b"hint: do this\n", ""),
        (b"warning: x\nfatal: 'a' already exists.\nhint: try b\n", "'a' already exists"),
        (b"error: first\nPreparing\n", "first"),
        (b"something else\nlast words\n", "last words"),
        (b"fatal: \x1b]0;owned\x07 \xe2\x80\xae \xff", "?]0;owned? ? \ufffd"),
        (b"fatal: " + b"x" * 1000, "x" * 300),
    ],
)
def test_reason(stderr: bytes, said: str) -> None:
    assert porcelain.reason(stderr) == said


def test_index_entries_are_what_git_says(repository: Repository) -> None:
    repository.write({"odd\n  size: 7\tflags: 0\n": "12345"})
    repository.git("add", "-A")
    entries = {entry.path: entry for entry in porcelain.index_entries(
        repository.git("ls-files", "-z", "-t", "-s", "--debug")
    )}  # fmt: skip
    assert set(entries) == {b"a.txt", b"b.txt", b"sub/c.txt", b"odd\n  size: 7\tflags: 0\n"}
    for path, entry in entries.items():
        file = (repository.path / path.decode()).stat()
        assert (entry.size, entry.changed_at, entry.inode) == (file.st_size, file.st_mtime_ns, file.st_ino)
        assert entry.mode == b"100644"
        assert not entry.skipped


@given(st.binary(min_size=1, max_size=20).filter(lambda path: b"\0" not in path))
def test_quoting_is_one_line_of_ascii(path: bytes) -> None:
    quoted = porcelain.quoted(path)
    assert b"\n" not in quoted
    assert quoted.isascii()
    assert quoted[1:-1].decode("unicode_escape").encode("latin-1") == path
