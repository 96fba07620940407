"""Help where somebody writes, sessions that were archived before, and settings that name what there is not."""

import pytest
from msgspec.structs import replace

from agor_core.config.settings import AppSettings, Settings
from agor_tui.app import loading
from agor_tui.app.dialogs.keys import KeysScreen
from agor_tui.app.screens.session import SessionScreen
from agor_tui.app.widgets.prompt import Prompt
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, running
from tests.fakes.session_world import World, opened


@pytest.mark.parametrize("key", ["n", "p", "s"])
async def test_f1_in_a_form_lists_its_keys_and_leaves_what_was_typed(key: str) -> None:
    async with running(FakeDaemon(make.session("One")), NARROW) as driven:
        await driven.press(key)
        await driven.type("x")
        await driven.press("f1")
        await driven.sees("Leave; a draft is kept")
        assert "Begin a new line in a prompt" in driven.text
        await driven.press("escape")
        assert driven.app.screen.query_one("#prompt", Prompt).text == "x"


async def test_f1_in_the_prompt_lists_the_keys_of_the_prompt() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("p", "f1")
        await driven.sees("Send the prompt; it is queued")
        assert "Open or fold a tool call" not in driven.text
        await driven.press("escape", "escape", "f1")
        await driven.sees("Open or fold a tool call")
        assert "View what the task changed" in driven.text


async def test_the_key_that_filters_elsewhere_does_no_harm_in_the_help() -> None:
    async with running(FakeDaemon(make.session("One")), WIDE) as driven:
        await driven.press("question_mark")
        await driven.type("/fork")
        assert isinstance(driven.app.screen, KeysScreen)
        await driven.sees("Fork at a task")
        assert "Stop what runs" not in driven.text


async def test_what_was_archived_before_is_found_and_comes_back() -> None:
    away = replace(make.session("Long gone"), archived_at=make.at(90))
    other = replace(make.session("Another"), archived_at=make.at(30))
    async with running(FakeDaemon(make.session("Here"), away, other), WIDE) as driven:
        await driven.press("u")
        await driven.until(lambda: any("U finds" in toast for toast in driven.toasts))
        await driven.press("U")
        await driven.sees("Long gone")
        assert "archived 1h" in driven.text
        assert "Here  " not in driven.text.replace("○ Here", "")
        await driven.type("long")
        await driven.misses("Another")
        await driven.press("enter")
        await driven.until(lambda: driven.daemon.asked("patch"))
        assert driven.daemon.asked("patch") == [("patch", away.session_id, {"archived_at": None})]
        await driven.until(lambda: isinstance(driven.app.screen, SessionScreen))
        assert driven.app.screen.session_id == away.session_id  # type: ignore[attr-defined]


async def test_what_was_found_and_brought_back_is_not_there_to_undo() -> None:
    one, other = make.session("One"), make.session("Other")
    async with running(FakeDaemon(one, other), WIDE) as driven:
        gone = driven.app.screen.session  # type: ignore[attr-defined]
        await driven.press("D")
        await driven.until(lambda: driven.app.undo)
        await driven.press("U")
        await driven.sees(gone.title)
        await driven.press("enter")
        await driven.until(lambda: isinstance(driven.app.screen, SessionScreen))
        assert not driven.app.undo


async def test_where_more_are_archived_than_are_read_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "PAGE", 2)
    away = [replace(make.session(f"Gone {n}"), archived_at=make.at(90)) for n in range(2)]
    async with running(FakeDaemon(*away), WIDE) as driven:
        await driven.press("U")
        await driven.until(lambda: "These are the last 2 that were archived." in driven.toasts)


async def test_where_nothing_is_archived_it_says_so() -> None:
    async with running(FakeDaemon(make.session("Here")), WIDE) as driven:
        await driven.press("U")
        await driven.until(lambda: "No session is archived, and the trash is empty." in driven.toasts)


async def test_settings_that_name_what_there_is_not_are_said_and_the_rest_works() -> None:
    settings = Settings(app=AppSettings(theme="agor-drak", keys={"board.veiw": "z", "session.fork": "F"}))
    async with running(FakeDaemon(make.session("Here")), WIDE, settings) as driven:
        await driven.until(lambda: len(driven.toasts) == 2)
        assert "app.theme: there is no theme “agor-drak”; agor-dark is used" in driven.toasts[0]
        assert "app.keys: there is no command “board.veiw”" in driven.toasts[1]
        assert driven.app.theme == "agor-dark"
        assert "F fork" in driven.text


async def test_sound_settings_say_nothing() -> None:
    settings = Settings(app=AppSettings(theme="nord", keys={"diff.next": "z", "app.help": "f2"}))
    async with running(FakeDaemon(make.session("Here")), WIDE, settings) as driven:
        assert not driven.toasts


async def test_the_help_scrolls_by_half_a_window_and_is_as_high_as_what_it_lists() -> None:
    async with running(FakeDaemon(make.session("One")), NARROW) as driven:
        await driven.press("question_mark")
        await driven.sees("Keys")
        panel, keys = driven.app.screen.query_one("#panel"), driven.app.screen.query_one("#keys")
        whole, half = panel.size.height, keys.size.height // 2
        assert keys.virtual_size.height > keys.size.height
        for key, expected in (("pagedown", half), ("ctrl+d", 2 * half), ("pageup", half)):
            await driven.press(key)
            assert keys.scroll_offset.y == expected
        await driven.type("archived")
        await driven.sees("app.archived")
        assert panel.size.height < whole
