"""Reading by keyboard: every line can be brought into view, the end is followed, a resize keeps the place."""

import re

import pytest
from msgspec.structs import replace

from agor_tui.app.screens.session import SessionScreen
from agor_tui.app.widgets.conversation_view import ConversationView
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import WIDE, Driven, running
from tests.fakes.session_world import opened

PARAGRAPHS = 60
LONG = "\n\n".join(f"Paragraph {n} of a long answer, which takes its own line or two of the window." for n in range(60))
PLACE = (120, 40)


class Tall:
    """A session with a short prompt, a very long answer, and a last one."""

    def __init__(self) -> None:
        self.session = make.session("Tall", tasks=1)
        self.task = make.task(self.session, 1, full_prompt="Tell me")
        self.messages = [
            make.message(self.task, 0, "Tell me", "user"),
            make.message(self.task, 1, LONG),
            make.message(self.task, 2, "The last one."),
        ]
        self.daemon = FakeDaemon(self.session, self.task, *self.messages)


def paragraphs(text: str) -> set[int]:
    return {int(found) for found in re.findall(r"Paragraph (\d+)", text)}


def first_word(view: ConversationView) -> str:
    """The first words in the window."""
    top = view.scroll_offset.y
    text = " ".join("".join(part for part, _ in line) for line, _ in view._lines[top : top + 8])
    return " ".join(text.replace("▌", "").split()[:6])


@pytest.mark.parametrize("key", ["ctrl+d", "pagedown", "j", "down"])
@pytest.mark.parametrize("size", [PLACE, (80, 24)])
async def test_every_paragraph_can_be_read_from_top_to_bottom(size: tuple[int, int], key: str) -> None:
    async with running(Tall().daemon, size) as driven:
        screen = await opened(driven)
        screen.panes.focus("conversation")
        await driven.press("g")
        seen = paragraphs(driven.text)
        at_once = 0
        for _ in range(40):
            await driven.press(key)
            now = paragraphs(driven.text)
            at_once = max(at_once, len(now - seen))
            seen |= now
            if "The last one." in driven.text and screen.conversation_view.follows:
                break
        assert seen == set(range(PARAGRAPHS))
        assert at_once <= size[1] // 2


@pytest.mark.parametrize("key", ["ctrl+u", "pageup", "k"])
async def test_and_from_bottom_to_top(key: str) -> None:
    async with running(Tall().daemon, PLACE) as driven:
        screen = await opened(driven)
        screen.panes.focus("conversation")
        seen = paragraphs(driven.text)
        for _ in range(40):
            await driven.press(key)
            seen |= paragraphs(driven.text)
        assert seen == set(range(PARAGRAPHS))
        assert screen.conversation_view.index == 0


async def scrolled_up(driven: Driven) -> SessionScreen:
    screen = await opened(driven)
    await driven.press("pageup")
    return screen


async def test_the_keys_that_scroll_work_as_soon_as_a_session_is_open() -> None:
    async with running(Tall().daemon, WIDE) as driven:
        screen = await opened(driven)
        before = screen.conversation_view.scroll_offset.y
        await driven.press("ctrl+u")
        assert screen.conversation_view.scroll_offset.y < before


async def test_following_ends_with_the_first_page_up_and_says_what_is_new() -> None:
    tall = Tall()
    async with running(tall.daemon, PLACE) as driven:
        screen = await scrolled_up(driven)
        view = screen.conversation_view
        assert not view.follows
        place = view.scroll_offset.y
        tall.daemon.change(make.message(tall.task, 3, "One more."), "created")
        tall.daemon.change(make.message(tall.task, 4, "And another."), "created")
        await driven.sees("2 new ↓")
        assert view.scroll_offset.y == place
        await driven.press("G")
        await driven.sees("And another.")
        await driven.misses("new ↓")
        assert view.follows


@pytest.mark.parametrize("pane", ["timeline", "conversation", "prompt"])
async def test_following_survives_a_resize_with_any_focus(pane: str) -> None:
    tall = Tall()
    async with running(tall.daemon, WIDE) as driven:
        screen = await opened(driven)
        screen.panes.focus(pane)  # type: ignore[arg-type]
        for size in ((100, 24), (160, 48), (80, 24)):
            await driven.pilot.resize_terminal(*size)
            await driven.settled()
            await driven.until(lambda: not screen.conversation_view.size or screen.conversation_view.at_bottom)
        screen.panes.focus("conversation")
        tall.daemon.change(replace(tall.messages[-1], text="The last one.\n\nIt has grown."))
        await driven.sees("It has grown.")


async def test_a_resize_keeps_the_first_visible_line() -> None:
    async with running(Tall().daemon, PLACE) as driven:
        screen = await scrolled_up(driven)
        screen.panes.focus("conversation")
        for _ in range(3):
            await driven.press("ctrl+u")
        view = screen.conversation_view
        before = first_word(view)
        assert before.startswith("Paragraph")
        for size in ((100, 30), (170, 30), (120, 40)):
            await driven.pilot.resize_terminal(*size)
            await driven.settled()
            assert first_word(view).split()[:2] == before.split()[:2]
