"""The conversation on the session screen: tool calls, live text, what failed, what is long."""

import pytest
from msgspec.structs import replace

from agor_core.domain.message import FileDiff
from agor_tui.app.widgets import tool_call
from agor_tui.app.widgets.lines import plain
from agor_tui.state.glyphs import UNICODE
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, running
from tests.fakes.session_world import World, opened

MEDIUM = (120, 40)


@pytest.mark.parametrize(
    ("old", "new", "said"), [("a\n", "a\nb\n", "+1"), ("a\nb\n", "a\n", "−1"), ("a\n", "b\n", "+1 −1"), ("a", "a", "")]
)
def test_an_edit_says_what_it_added_and_removed_and_no_zero(old: str, new: str, said: str) -> None:
    edit = make.tool("limits.py", "edit", diff=FileDiff(path="limits.py", old_text=old, new_text=new))
    assert plain(tool_call.result_line(edit, UNICODE)) == said


async def test_tool_calls_are_one_line_until_they_are_opened() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        assert "▸ Read   login.py" in driven.text
        assert "214 lines" in driven.text
        assert "+2 −1" in driven.text
        await driven.press("l", "o", "G")
        await driven.sees("▾ Edit   limits.py")
        assert "- b" in driven.text
        assert "+ c" in driven.text
        await driven.press("o")
        await driven.sees("▸ Edit   limits.py")


async def test_enter_opens_the_selected_tool_call() -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("l", "g")
        view = screen.conversation_view
        while "limits.py" not in (view.selected.message.tool.title if view.selected.message.tool else ""):
            await driven.press("j")
        await driven.press("enter")
        await driven.sees("▾ Edit   limits.py")


async def test_live_text_is_markdown_as_it_grows() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        world.daemon.delta(world.live, 11, " to the **audit** log")
        await driven.sees("Refusals go to the audit log")
        world.daemon.change(replace(world.live, text="Refusals go to the **audit** log: done", complete=True))
        await driven.sees("Refusals go to the audit log: done")


async def test_a_gap_in_live_text_is_fetched() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        world.daemon.put(replace(world.live, text="Refusals go to the audit log and more"))
        world.daemon.delta(world.live, 28, " and more")
        await driven.sees("Refusals go to the audit log and more")


async def test_it_sticks_to_the_bottom_unless_scrolled_up() -> None:
    world = World()
    async with running(world.daemon, NARROW) as driven:
        screen = await opened(driven)
        await driven.until(lambda: screen.conversation_view.at_bottom)
        for index in range(7, 40):
            world.daemon.change(make.message(world.third, index, f"Line {index}"), "created")
        await driven.sees("Line 39")
        await driven.press("g")
        await driven.sees("Use a token bucket")
        world.daemon.change(make.message(world.third, 40, "Line 40"), "created")
        await driven.until(lambda: len(screen.conversation_view.items) > 40)
        assert "Use a token bucket" in driven.text


async def test_y_copies_the_message_or_the_prompt() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("g", "y")
        assert driven.app.clipboard == "Sketch it"
        await driven.press("l", "g", "j", "y")
        assert driven.app.clipboard == "It **will** live in `limits.py`."


async def test_hostile_messages_are_text() -> None:
    session = make.session("S", tasks=1)
    task = make.task(session, 1, full_prompt="[/]\x1b[2J")
    hostile = "[bold]no[/bold] [/] \x1b]0;title\x07 <b>html</b> \u202e"
    messages = [make.message(task, 0, "[/] hi\x1b[31m", "user"), make.message(task, 1, hostile),
                make.message(task, 2, "", "tool", tool=make.tool("[/]\x1b[2J", "execute", output=hostile))]  # fmt: skip
    async with running(FakeDaemon(session, task, *messages), WIDE) as driven:
        await opened(driven)
        await driven.press("o")
        await driven.sees("[bold]no[/bold]")
        assert "<b>html</b>" in driven.text
        assert not {"\x1b", "\x07", "\u202e"} & set(driven.text)


@pytest.mark.parametrize("size", [NARROW, MEDIUM, WIDE])
async def test_why_a_task_failed_stands_at_its_place(size: tuple[int, int]) -> None:
    session = make.session("Broken", status="failed", tasks=3)
    failed = make.task(session, 1, status="failed", error="The agent ended: exit code 3.\nIts last words: [/] oh")
    cancelled = make.task(session, 2, status="cancelled", error="the daemon was stopped")
    last = make.task(session, 3)
    messages = [make.message(failed, 0, "exit: 3", "user"), make.message(cancelled, 1, "sleep: 9", "user"),
                make.message(last, 2, "go on", "user"), make.message(last, 3, "Gone on.")]  # fmt: skip
    async with running(FakeDaemon(session, failed, cancelled, last, *messages), size) as driven:
        screen = await opened(driven)
        told = "\n".join(plain(line) for line, _ in screen.conversation_view._lines)
        order = [told.index(part) for part in ("exit: 3", "✗ failed: The agent ended: exit code 3.", "words: [/] oh",
                                               "sleep: 9", "⊘ cancelled: the daemon was stopped", "go on")]  # fmt: skip
        assert order == sorted(order)
        inks = {ink for line, _ in screen.conversation_view._lines for text, ink in line if "✗ failed" in text}
        assert inks == {"del"}
        screen.panes.focus("timeline")
        await driven.sees("The agent ended")


async def test_a_failed_task_without_messages_says_why() -> None:
    session = make.session("Broken", status="failed", tasks=1)
    task = make.task(session, 1, full_prompt="Do it", status="failed", error="no model")
    async with running(FakeDaemon(session, task), NARROW) as driven:
        await opened(driven)
        await driven.sees("› Do it")
        await driven.sees("✗ failed: no model")


async def test_a_turn_that_ended_early_says_so() -> None:
    session = make.session("Cut", tasks=1)
    task = make.task(session, 1, stop_reason="max_tokens")
    async with running(FakeDaemon(session, task, make.message(task, 0, "x", "user")), WIDE) as driven:
        await opened(driven)
        await driven.sees("✓ ended early: max tokens")


async def test_of_a_huge_message_the_end_is_shown() -> None:
    session = make.session("Flood", status="running", tasks=1)
    task = make.task(session, 1, status="running")
    live = make.message(task, 0, "word " * 60_000, complete=False)
    daemon = FakeDaemon(session, task, live)
    async with running(daemon, WIDE) as driven:
        screen = await opened(driven)
        assert len(screen.conversation_view._lines) < 1000
        daemon.delta(live, 300_000, "\n\nThe end.")
        await driven.sees("The end.")
        daemon.change(replace(live, text="word " * 60_000 + "\n\n**The end.**", complete=True))
        await driven.misses("**")
        await driven.sees("The end.")
        assert any("characters before" in plain(line) for line, _ in screen.conversation_view._lines[:8])
