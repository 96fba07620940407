"""The mouse: what can be seen can be pressed."""

import pytest
from textual import events

from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, Driven, running
from tests.fakes.board_world import world
from tests.fakes.session_world import opened


async def click(driven: Driven, text: str, row: int) -> None:
    await driven.pilot.click(offset=(driven.lines[row].index(text) + 1, row % driven.app.size.height))


async def test_tabs_show_their_boards() -> None:
    async with running(world()) as driven:
        await click(driven, "main", 0)
        await driven.misses("Port parser")
        await click(driven, "All", 0)
        await driven.sees("Port parser")
        await click(driven, "agor", 0)
        await driven.sees("Port parser")


async def test_tabs_that_have_moved_show_their_boards() -> None:
    async with running(FakeDaemon(*(make.board(f"board number {number}") for number in range(9))), NARROW) as driven:
        header = driven.app.screen.header  # type: ignore[attr-defined]
        await driven.press("shift+tab", "shift+tab")
        await driven.until(lambda: header.tab == 8 and header.tabs[8] in driven.lines[0])
        await click(driven, header.tabs[7], 0)
        await driven.until(lambda: header.tab == 7)


@pytest.mark.parametrize(
    ("key", "shown"),
    [("enter open", "/ Rate limit"), ("n new", "New session"), ("ctrl+p", "Search"), ("t tree", "genealogy /")],
)
async def test_keys_of_the_footer_act(key: str, shown: str) -> None:
    async with running(world(), WIDE) as driven:
        await click(driven, key, -1)
        await driven.sees(shown)


async def test_between_the_keys_of_the_footer_is_nothing() -> None:
    async with running(world(), WIDE) as driven:
        before = driven.text
        await driven.pilot.click(offset=(driven.lines[-1].index("enter open") + len("enter open"), 47))
        await driven.press("j")
        await driven.press("k")
        assert driven.text == before


async def test_the_click_that_focuses_the_window_presses_nothing() -> None:
    async with running(world(), WIDE) as driven:
        driven.wait(10)
        driven.app.post_message(events.AppFocus())
        await driven.pilot.pause()
        await click(driven, "n new", -1)
        await click(driven, "main", 0)
        assert "Port parser" in driven.text
        assert "New session" not in driven.text
        driven.wait()
        await click(driven, "n new", -1)
        await driven.sees("New session")


async def test_keys_of_the_footer_act_while_the_prompt_has_the_focus() -> None:
    async with running(world(), WIDE) as driven:
        screen = await opened(driven)
        await driven.press("p")
        assert screen.prompt_line.prompt.has_focus
        await click(driven, "esc leave the prompt", -1)
        await driven.until(lambda: screen.panes.pane != "prompt")
        await driven.press("p")
        await click(driven, "F1 keys", -1)
        await driven.until(lambda: driven.app.screen is not screen)
