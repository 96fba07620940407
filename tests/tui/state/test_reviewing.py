"""A diff under review: places of comments, what was read, what is written."""

import pytest
from msgspec.structs import replace

from agor_core.domain.comment import Comment, CommentKind, CommentStatus, Side
from agor_core.domain.session import SessionReview
from agor_tui.state import patch
from agor_tui.state.patch import Kind, Patch
from agor_tui.state.reviewing import Marks, Place, blocks_of, kind_and_text, left_of, place_of, receivers, with_comments
from tests.builders import app_records as make
from tests.builders.records import make_comment

DIFF = """diff --git a/old.py b/a.py
similarity index 60%
rename from old.py
rename to a.py
index 1..2 100644
--- a/old.py
+++ b/a.py
@@ -1,3 +1,4 @@ def f
 one
-two
+2
 three
+four
@@ -20,2 +20,2 @@
-x
+y
 z
diff --git a/pic b/pic
index 1..2 100644
Binary files a/pic and b/pic differ
diff --git a/gone b/gone
deleted file mode 100644
index 1..0
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-bye
"""


@pytest.fixture
def diff() -> Patch:
    return patch.read(DIFF)


def index(diff: Patch, text: str, kind: Kind | None = None) -> int:
    return next(n for n, line in enumerate(diff.lines) if text in line.text and kind in (None, line.kind))


def test_what_lines_are_of(diff: Patch) -> None:
    two, four = index(diff, "two"), index(diff, "four")
    for first, last, place in (
        (index(diff, "one"), index(diff, "one"), Place("a.py", Side.NEW, 1, 1)),
        (two, two, Place("old.py", Side.OLD, 2, 2)),
        (two, four, Place("a.py", Side.NEW, 2, 4)),
        (four, two, Place("a.py", Side.NEW, 2, 4)),
        (index(diff, "@@ -1,3"), index(diff, "@@ -1,3"), Place("a.py", Side.NEW, 2, 4)),
        (0, 0, Place("a.py")),
        (index(diff, "its bytes differ"), index(diff, "its bytes differ"), Place("pic")),
        (index(diff, "bye"), len(diff.lines) - 1, Place("gone", Side.OLD, 1, 1)),
        (index(diff, "deleted"), index(diff, "deleted"), Place("gone", Side.OLD)),
    ):
        assert place_of(diff, first, last) == place
    assert place_of(Patch(""), 0, 0) is None
    assert Place("a", Side.OLD, 3, 5).title == "a:3-5 as it was"


def below(diff: Patch, *comments: Comment) -> list[tuple[str, str]]:
    """The line above each comment, and its own."""
    shown = with_comments(diff, comments)
    for file in shown.files:
        assert shown.lines[file.first].kind is Kind.FILE
    lines = [line for line in shown.lines if line.kind is not Kind.COMMENT or line.text.startswith("✎")]
    return [(lines[n - 1].text if n else "", line.text) for n, line in enumerate(lines) if line.kind is Kind.COMMENT]


def test_comments_stand_below_their_lines(diff: Patch) -> None:
    at = make_comment("s", path="a.py", start_line=3, end_line=3, snippet="three")
    moved = replace(at, start_line=9, end_line=9, snippet="four")
    before = replace(at, path="old.py", side=Side.OLD, start_line=2, end_line=2, snippet="two")
    whole = replace(at, path="pic", start_line=None, end_line=None, snippet="")
    assert below(diff, at) == [("three", "✎ ada: Why three?   (open)")]
    assert below(diff, moved) == [("four", "✎ ada: Why three?   (open)")]
    assert below(diff, before) == [("two", "✎ ada: Why three?   (open)")]
    assert below(diff, whole) == [("", "✎ ada: Why three?   (open)")]
    question = replace(at, kind=CommentKind.QUESTION, text="a\nb\x1b[2J")
    assert below(diff, question)[0][1] == "✎ ada: a   (open, a question)"
    assert with_comments(diff, [question]).lines[index(diff, "three") + 2].text.strip().startswith("b")
    assert "\x1b" not in "".join(line.text for line in with_comments(diff, [question]).lines)


def test_what_is_not_at_its_lines_stands_at_the_head_of_its_file_and_names_them(diff: Patch) -> None:
    at = make_comment("s", path="a.py", start_line=3, end_line=3, snippet="not there")
    stale = replace(at, status=CommentStatus.STALE, snippet="three")
    elsewhere = replace(at, path="other.py")
    said = replace(at, path=None, start_line=None, end_line=None)
    assert below(diff, replace(at, start_line=90, end_line=90)) == [("", "✎ ada: Why three?   (open, on a.py:90)")]
    assert below(diff, stale) == [("", "✎ ada: Why three?   (stale, was on a.py:3)")]
    found = below(diff, elsewhere, said)
    assert found[0] == ("", "✎ ada: Why three?   (open, on other.py:3)")
    assert "on what the agent said" in found[1][1]
    assert with_comments(diff, []) is diff
    many = [replace(at, comment_id=str(n), end_line=3, snippet="three") for n in range(500)]
    assert len(with_comments(diff, many).lines) == len(diff.lines) + 500


def test_hunks_are_marked_as_read_by_their_changes(diff: Patch) -> None:
    marks = Marks(diff)
    assert [(one.line, one.hunk.file, one.hunk.whole) for one in marks.hunks] == [
        (index(diff, "@@ -1,3"), 0, False), (index(diff, "@@ -20"), 0, False), (diff.files[1].first, 1, True),
        (index(diff, "@@ -1 +0"), 2, False),
    ]  # fmt: skip
    read = set(marks.hunks[0].hunk.keys)
    assert (marks.unread(read), dict(marks.by_file(read))) == (3, {0: (1, 2), 1: (1, 1), 2: (1, 1)})
    assert marks.number_at(index(diff, "y")) == 1
    assert marks.number_at(0) == 0
    assert (marks.first_of_file(2), marks.count_of_file(0)) == (3, 2)
    assert marks.next_unread(marks.hunks[1].line, read) == marks.hunks[2].line
    assert marks.next_unread(marks.hunks[3].line, read) == marks.hunks[1].line
    assert Marks(patch.without_whitespace(diff)).hunks == marks.hunks
    shown = with_comments(diff, [make_comment("s", path="a.py", start_line=1, end_line=1, snippet="one")])
    assert [one.hunk for one in Marks(shown).hunks] == [one.hunk for one in marks.hunks]


def test_a_question_mark_first_asks() -> None:
    assert kind_and_text(" ? why \n") == (CommentKind.QUESTION, "why")
    assert kind_and_text("why?") == (CommentKind.NOTE, "why?")
    assert kind_and_text("?") == (CommentKind.QUESTION, "")


def test_blocks_of_an_answer() -> None:
    text = "First\nline.\n\n```py\na\n\nb\n```\n\n\n- last"
    assert blocks_of(text) == ["First\nline.", "```py\na\n\nb\n```", "- last"]
    assert blocks_of("  \n") == []


def test_what_is_left_to_do_is_said_on_the_session() -> None:
    session = make.session()
    assert left_of(session) == ""
    assert left_of(replace(session, review=SessionReview(comments=1, unread=12, hunks=20))) == "12 unread · 1 comment"
    assert left_of(replace(session, review=SessionReview(unread=0, hunks=20))) == ""


def test_comments_go_to_the_session_its_family_or_its_repo() -> None:
    session = make.session()
    fork = make.session("fork", forked=(session.session_id, None))
    child = make.session("child", spawned=(session.session_id, None))
    found = receivers(session, [fork, session, child])
    assert [(one.session_id, word) for one, word in found[:3]] == [
        (session.session_id, "this session"), (fork.session_id, "a fork"), (child.session_id, "spawned from it"),
    ]  # fmt: skip
    assert receivers(fork, [session, fork])[1] == (session, "where it came from")
