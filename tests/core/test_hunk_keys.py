"""Keys of changes: the same change is known again, wherever the lines around it went."""

from agor_core.domain.hunk_keys import hunks

HEAD = "diff --git a/a.py b/a.py\nindex 1..2 100644\n--- a/a.py\n+++ b/a.py\n"


def keys(patch: str) -> list[tuple[str, ...]]:
    return [hunk.keys for hunk in hunks(patch)]


def test_a_change_is_known_by_its_lines_alone() -> None:
    (first,) = keys(f"{HEAD}@@ -1,3 +1,3 @@ def f\n one\n-two\n+2\n three\n")
    (moved,) = keys(f"{HEAD}@@ -81,3 +91,3 @@ def g\n eins\n-two\n+2\n drei\n")
    assert first == moved
    assert keys(f"{HEAD}@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n") != [first]
    assert keys(f"{HEAD.replace('a.py', 'b.py')}@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n") != [first]


def test_hunks_that_grow_together_keep_their_changes() -> None:
    apart = keys(f"{HEAD}@@ -1,2 +1,2 @@\n-a\n+b\n x\n@@ -9,2 +9,2 @@\n-c\n+d\n y\n")
    (together,) = keys(f"{HEAD}@@ -1,9 +1,9 @@\n-a\n+b\n x\n-new\n x\n-c\n+d\n y\n+more\n")
    assert (together[0], together[2]) == (apart[0][0], apart[1][0])
    assert len(together) == 4


def test_the_same_change_twice_is_two_changes() -> None:
    (first,), (second,) = keys(f"{HEAD}@@ -1,1 +1,2 @@\n+x\n y\n@@ -9,1 +10,2 @@\n+x\n z\n")
    assert first != second


def test_lines_that_look_like_headers_are_content() -> None:
    text = "-diff --git a/b b/b\n+@@ -1 +1 @@\n\\ No newline at end of file\n"
    found = hunks(f"{HEAD}@@ -1 +1 @@\n{text}diff --git a/c b/c\nnew file mode 100644\n@@ -0,0 +1 @@\n+c\n")
    assert [(hunk.file, len(hunk.keys)) for hunk in found] == [(0, 1), (1, 1)]


def test_a_file_without_hunks_is_one() -> None:
    binary = "diff --git a/b b/b\nindex 1..2 100644\nBinary files a/b and b/b differ\n"
    renamed = "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n"
    first, second = hunks(binary + renamed)
    assert (first.file, first.whole, second.file) == (0, True, 1)
    assert hunks(binary.replace("1..2", "1..3"))[0].keys != first.keys
    assert hunks("") == []
