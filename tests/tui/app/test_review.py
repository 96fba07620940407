"""The review in the diff: comments by keys, what was read, sending; the feed brings what others do."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.domain.comment import CommentKind, CommentStatus
from agor_core.domain.session import SessionReview
from agor_tui.app.screens.diff import DiffScreen
from tests.builders import app_records as make
from tests.builders.records import make_comment
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, Driven, running
from tests.fakes.session_world import opened

MEDIUM = (120, 40)
DIFF = """diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -1,3 +1,3 @@
 one
-two
+2
 three
@@ -20,2 +20,2 @@
-x
+y
 z
diff --git a/b.py b/b.py
new file mode 100644
index 0..1
--- /dev/null
+++ b/b.py
@@ -0,0 +1 @@
+bee
"""


@pytest.fixture
def world(tmp_path: Path) -> FakeDaemon:
    session = make.session("Rate limit", tasks=1, review=SessionReview())
    task = make.task(session, 1)
    daemon = FakeDaemon(session, task, make.message(task, 0, "First.\n\nSecond."))
    daemon.diffs[session.session_id] = DIFF
    return daemon


async def reviewed(driven: Driven) -> DiffScreen:
    await opened(driven)
    await driven.press("escape", "V")
    screen = driven.app.screen
    assert isinstance(screen, DiffScreen)
    await driven.sees("3 unread")
    return screen


def comments(world: FakeDaemon) -> list[tuple[object, ...]]:
    found = world.store["comments"].values()
    return [(one.path, str(one.side), one.start_line, one.end_line, str(one.kind), one.text) for one in found]


async def test_lines_ranges_and_files_are_commented_and_sent(world: FakeDaemon) -> None:
    async with running(world, MEDIUM) as driven:
        screen = await reviewed(driven)
        await driven.press("n", "j", "j", "c")
        await driven.sees("Comment on a.py:2 as it was")
        await driven.type("why two [b]")
        await driven.press("enter")
        await driven.sees("┃ ✎ ada: why two [b]   (open)")
        lines = driven.lines
        assert lines.index(next(one for one in lines if "why two" in one)) == 1 + lines.index(
            next(one for one in lines if "- two" in one)
        )
        await driven.press("j", "j", "V", "j", "c")
        await driven.sees("Comment on a.py:2-3")
        await driven.type("? and these")
        await driven.sees("Question on a.py:2-3")
        await driven.press("enter")
        assert screen.view.range_start is None
        await driven.sees("3 unread · 2 comments")
        await driven.press("tab", "c")
        await driven.sees("Comment on b.py")
        await driven.type("split it")
        await driven.press("enter")
        assert comments(world) == [
            ("a.py", "old", 2, 2, "note", "why two [b]"), ("a.py", "new", 2, 3, "question", "and these"),
            ("b.py", "new", None, None, "note", "split it"),
        ]  # fmt: skip
        assert "S send 3" in driven.lines[-1]
        await driven.press("S")
        await driven.sees("Send 3 comments as one prompt")
        await driven.press("enter")
        await driven.until(lambda: bool(world.asked("send")))
        assert "Sent as task 2." in driven.toasts
        await driven.sees("(sent, a question)")
        assert "comments" not in driven.lines[2]
        await driven.press("S")
        assert "No comment is open; c writes one." in driven.toasts


async def test_what_is_read_is_marked_by_its_content_and_goes_to_the_next(world: FakeDaemon) -> None:
    async with running(world, MEDIUM) as driven:
        screen = await reviewed(driven)
        assert ["○ M a.py" in driven.lines[4], "○ A b.py" in driven.lines[5]] == [True, True]
        await driven.press("space")
        await driven.sees("2 unread")
        assert "● M a.py" in driven.lines[4]
        await driven.press("space")
        await driven.sees("✓ M a.py")
        assert screen.view.current_file == 1
        await driven.press("space")
        await driven.sees("0 unread")
        await driven.press("u")
        assert "All hunks are read." in driven.toasts
        await driven.press("space")
        await driven.sees("1 unread")
        session_id = next(iter(world.store["sessions"]))
        assert len(world.reviews.read[session_id]) == 2
        world.diffs[session_id] = DIFF.replace("+bee", "+wasp").replace("@@ -1,3 +1,3 @@", "@@ -5,3 +5,3 @@")
        await driven.press("r")
        await driven.sees("wasp")
        assert "1 unread" in driven.text


async def test_what_others_write_and_mark_is_shown_and_a_comment_is_edited_resolved_and_removed(
    world: FakeDaemon,
) -> None:
    session_id = next(iter(world.store["sessions"]))
    other = make_comment(session_id, path="a.py", start_line=1, end_line=1, snippet="one", text="mine \x1b[31m?")
    async with running(world, NARROW) as driven:
        screen = await reviewed(driven)
        world.change(other, "created")
        await driven.sees("mine")
        assert "\x1b" not in driven.text
        await driven.press("n", "j", "j")
        assert screen.view.current_comment == other.comment_id
        await driven.press("c")
        await driven.sees("Comment on a.py:1")
        await driven.press("ctrl+u")
        await driven.type("?better")
        await driven.press("enter")
        await driven.sees("better   (open, a question)")
        await driven.press("x")
        await driven.sees("(resolved, a question)")
        await driven.press("x")
        await driven.sees("(open, a question)")
        changed = replace(other, status=CommentStatus.SENT, sent_in_task_id="t", kind=CommentKind.NOTE)
        world.change(changed)
        await driven.sees("(sent)")
        await driven.press("c")
        assert "It was sent already; write another one." in driven.toasts
        await driven.press("X", "y")
        await driven.misses("✎")
        world.reviews.read[session_id] = {key for one in screen.view.marks.hunks for key in one.hunk.keys}
        session = world.store["sessions"][session_id]
        world.change(replace(session, review=SessionReview(unread=0, hunks=3)))
        await driven.sees("0 unread")
        await driven.press("V", "escape")
        assert isinstance(driven.app.screen, DiffScreen)
        await driven.press("escape")
        assert not isinstance(driven.app.screen, DiffScreen)
        assert not driven.app.link.records.reviews


async def test_an_answer_is_commented_block_by_block(world: FakeDaemon) -> None:
    async with running(world, MEDIUM) as driven:
        await opened(driven)
        driven.app.screen.panes.focus("conversation")  # type: ignore[attr-defined]
        await driven.press("G", "C")
        await driven.sees("Comment on what the agent said")
        await driven.press("up", "right", "right", "tab")
        await driven.type("really")
        await driven.press("enter")
        await driven.until(lambda: bool(world.store["comments"]))
        (made,) = world.store["comments"].values()
        assert (made.path, made.snippet, made.text) == (None, "Second.", "really")
        await driven.sees("✎ ada: really   (open)")
        world.change(replace(made, status=CommentStatus.RESOLVED))
        await driven.sees("✎ ada: really   (resolved)")
