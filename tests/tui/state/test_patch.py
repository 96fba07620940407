"""Parsing patches: of git itself, hostile and truncated ones."""

from pathlib import Path

from agor_core.git import diff
from agor_tui.state import patch, whitespace
from agor_tui.state.patch import Kind
from tests.builders.repositories import Repository, new_repository


async def changed(repository: Repository, **files: str | bytes) -> patch.Patch:
    """The patch between two commits, by git."""
    before = repository.text("rev-parse", "HEAD")
    repository.commit("next", **files)
    return patch.read((await diff.patch(repository.path, before, repository.text("rev-parse", "HEAD"))).text)


async def test_lines_and_counts_of_what_was_changed_made_deleted_and_renamed(tmp_path: Path) -> None:
    long = "".join(f"line {n}\n" for n in range(30))
    repository = new_repository(tmp_path / "repo", {"a.py": "one\ntwo\nthree\n", "gone.py": "x\ny\n", "old.py": long})
    repository.git("rm", "-q", "gone.py")
    repository.git("mv", "old.py", "new name.py")
    repository.write({"a.py": "one\n2\n--- three\n+++ four\n", "sub/made.py": "made\n"})
    repository.git("add", "-A")
    found = await changed(repository)
    assert [(file.sign, file.path, file.added, file.removed) for file in found.files] == [
        ("M", "a.py", 3, 2),
        ("D", "gone.py", 0, 2),
        ("R", "new name.py", 0, 0),
        ("A", "sub/made.py", 1, 0),
    ]
    assert (found.added, found.removed) == (4, 4)
    own = found.lines[found.files[0].first : found.files[1].first]
    assert [(line.kind.value, line.text, line.number) for line in own[2:]] == [
        ("same", "one", 1),
        ("removed", "two", 2),
        ("removed", "three", 3),
        ("added", "2", 2),
        ("added", "--- three", 3),
        ("added", "+++ four", 4),
    ]
    assert [file.title for file in found.files if file.old_path] == ["old.py → new name.py"]
    assert [line.text for line in found.lines if line.kind is Kind.NOTE] == ["deleted file", "new file"]
    parts = [found.text[file.start : file.end] for file in found.files]
    assert "".join(parts) == found.text
    assert all(part.startswith("diff --git ") for part in parts)


async def test_names_in_quotes_binaries_and_missing_line_ends(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": "x\n"})
    repository.write({'t\tab "q" é.txt': "x", "picture": b"\0\1\2", "empty": ""})
    repository.git("add", "-A")
    found = await changed(repository)
    paths = [file.path for file in found.files]
    assert sorted(paths) == ["empty", "picture", 't\u2409ab "q" é.txt']
    notes = [line.text for line in found.lines if line.kind is Kind.NOTE]
    assert "No newline at end of file" in notes
    assert "binary file, its bytes differ" in notes


async def test_what_would_drive_the_terminal_is_shown(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": "x\n"})
    found = await changed(repository, a="\x1b[2Jclear\r\nbell\x07\u202eback\u2028next\n")
    text = "\n".join(line.text for line in found.lines)
    assert not {"\x1b", "\x07", "\r", "\u202e", "\u2028"} & set(text)
    added = [line.text for line in found.lines if line.kind is Kind.ADDED]
    assert added == ["␛[2Jclear␍", "bell␇<U+202E>back<U+2028>next"]
    assert (found.files[0].added, found.files[0].removed) == (2, 1)


async def test_of_one_that_is_cut_the_rest_is_said_to_be_missing(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": "x\n"})
    before = repository.text("rev-parse", "HEAD")
    repository.commit("next", a="".join(f"line {n}\n" for n in range(1000)))
    cut = (await diff.patch(repository.path, before, repository.text("rev-parse", "HEAD"), limit=2000)).text
    found = patch.read(cut)
    assert found.lines[-1].kind is Kind.NOTE
    assert "left out" in found.lines[-1].text


def test_what_is_no_patch_is_a_note() -> None:
    found = patch.read("[/] hello\n@@ -1 +1 @@\n+x\n")
    assert not found.files
    assert [line.kind for line in found.lines] == [Kind.NOTE] * 3
    assert patch.read("").lines == []


def test_an_empty_line_that_stays_may_lack_its_blank() -> None:
    text = (
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n\n-b\n+c\ndiff --git a/y b/y\n@@ -1 +1 @@\n-d\n+e\n"
    )
    found = patch.read(text)
    assert [(file.path, file.added, file.removed) for file in found.files] == [("x", 1, 1), ("y", 1, 1)]


def test_a_line_hides_nothing() -> None:
    assert whitespace.shown("seen \x1b_ hidden \x1b]0;t\x07 end") == "seen \u241b_ hidden \u241b]0;t\u2407 end"
