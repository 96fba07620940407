"""The board's cells: foreign, wide and awkward text, other glyphs, many sessions."""

import pytest

from agor_core.config.settings import AppSettings, Settings
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, running
from tests.fakes.board_world import world


async def test_foreign_text_is_shown_never_read() -> None:
    hostile = "[/] [bold]x[/bold] \x1b]52;c;aGk=\x07\x1b[2J\u202eevil"
    daemon = FakeDaemon(make.session(hostile, branch="a$(id)[red]", status="running", step="[link=x]y\x1b[0m"))
    async with running(daemon) as driven:
        assert "[/] [bold]x[/bold]" in driven.text
        assert "\x1b" not in driven.text
        assert "\u202e" not in driven.text
        assert "[link=x]y" in driven.text
        await driven.press("D")
        await driven.until(lambda: driven.toasts)
        assert "\x1b" not in driven.toasts[0]


async def test_wide_characters_keep_the_columns_aligned() -> None:
    daemon = FakeDaemon(make.session("日本語のタイトルを短くする" * 5), make.session("ascii", status="running"))
    async with running(daemon, NARROW) as driven:
        from rich.cells import cell_len

        assert all(cell_len(line) <= 80 for line in driven.lines)


async def test_ascii_glyphs_leave_no_other_sign() -> None:
    async with running(world(), WIDE, Settings(app=AppSettings(glyphs="ascii"))) as driven:
        assert driven.text.isascii()
        for keys in (("f",), ("escape", "n"), ("escape", "x"), ("escape", "enter"), ("escape", "t")):
            await driven.press(*keys)
            assert driven.text.isascii(), keys


async def test_two_hundred_sessions_are_no_widgets() -> None:
    daemon = FakeDaemon(*(make.session(f"Number {i}", minutes=float(i)) for i in range(220)))
    async with running(daemon) as driven:
        assert "IDLE 220" in driven.text
        assert len(driven.app.screen.query("*")) < 40
        await driven.press("G")
        await driven.sees("Number 219")


HOSTILE = [
    "日本語のタイトルを短くする" * 5,
    "👩‍👩‍👧‍👦 family 🇩🇪 flags 👍🏽 " * 6,
    "e\u0301\u0300\u0302" * 60,
    "x" * 10_000,
    "\ttabs\tand\nlines\r\n",
    "\u202eright to left\u2066 and \u200bzero\u200d width\ufeff",
    "مرحبا بالعالم " * 8,
    "\x1b]52;c;aGk=\x07\x1b[2J\x1bc\x9b31m[/] [bold]x[/]",
    "",
]


@pytest.mark.parametrize("size", [NARROW, (120, 40), (250, 60)])
async def test_five_columns_of_awkward_titles_stay_in_their_cells(size: tuple[int, int]) -> None:
    statuses = ("awaiting_permission", "running", "idle", "completed", "failed")
    sessions = [
        make.session(title, status=status, branch=title[:60] or "b", step=title, asks=title, done=1, total=3, added=9)
        for title in HOSTILE
        for status in statuses
    ]
    async with running(FakeDaemon(*sessions), size) as driven:
        for _ in range(2):
            strips = driven.app.screen._compositor.render_strips(driven.app.size)
            assert {strip.cell_length for strip in strips} == {size[0]}
            assert not set(driven.text) & set("\x1b\x07\x9b\u202e\u2066\t\r")
            await driven.press("v")


async def test_five_columns_and_empty_ones_at_120() -> None:
    daemon = world()
    daemon.put(make.session("Finished", status="completed"))
    async with running(daemon, (120, 40)) as driven:
        titles = next(line for line in driven.lines if "NEEDS YOU" in line)
        names = ("NEEDS YOU 1", "RUNNING 1", "IDLE 2", "DONE 1", "FAILED 1")
        assert [name in titles for name in names] == [True] * 5
        assert "wants: rm -rf build/" in driven.text
