"""A patch of one file as pairs of lines."""

from agor_tui.state import patch
from agor_tui.state.side_by_side import new_lines, pairs

TEXT = """\
diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1,4 +1,5 @@
 one
-two
-three
+2
+3
+and more
 four
@@ -10 +11,0 @@ last
-gone
\\ No newline at end of file
"""


def test_removed_lines_stand_beside_added_ones() -> None:
    read = patch.read(TEXT)
    lines = read.lines

    def said(index: int | None) -> str:
        return "" if index is None else lines[index].text

    shown = [(one.hunk, said(one.left), said(one.right), said(one.across)[:2]) for one in pairs(read)]
    assert shown == [
        (0, "", "", "@@"),
        (0, "one", "one", ""),
        (0, "two", "2", ""),
        (0, "three", "3", ""),
        (0, "", "and more", ""),
        (0, "four", "four", ""),
        (1, "", "", "@@"),
        (1, "gone", "", ""),
        (1, "", "", lines[-1].text[:2]),
    ]
    assert new_lines(read) == [(1, 5), (11, 11)]
