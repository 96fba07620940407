"""What is done on the board to several sessions that are selected together."""

from msgspec.structs import replace

from tests.builders import app_records as make
from tests.fakes.app_driver import NARROW, running
from tests.fakes.board_world import world


async def test_several_are_selected_and_archived_together_after_a_question_with_the_count() -> None:
    async with running(world()) as driven:
        await driven.press("l", "l", "l", "space")
        await driven.sees("1 selected")
        await driven.press("space")
        await driven.sees("2 selected")
        assert driven.text.count("◆") == 2
        await driven.press("D")
        await driven.sees("Archive 2 sessions?")
        assert "Seed data" in driven.text
        await driven.press("enter")
        await driven.misses("Archive 2 sessions?")
        assert not driven.daemon.asked("remove")
        await driven.press("D")
        await driven.sees("Archive 2 sessions?")
        await driven.press("y")
        await driven.until(lambda: len(driven.daemon.asked("remove")) == 2)
        await driven.misses("Seed data")
        await driven.misses("selected")
        await driven.press("u")
        await driven.until(lambda: len(driven.daemon.asked("patch")) == 2)
        await driven.sees("Seed data")
        await driven.sees("Try GraphQL")


async def test_several_are_stopped_completed_and_moved_together() -> None:
    async with running(world(), NARROW) as driven:
        await driven.press("g", "g", *["space"] * 5)
        await driven.sees("5 selected")
        await driven.press("x")
        await driven.sees("Stop 2 sessions?")
        await driven.press("y")
        await driven.until(lambda: len(driven.daemon.asked("stop")) == 2)
        await driven.misses("selected")
        await driven.press("g", "g", *["space"] * 5)
        await driven.press("c")
        await driven.sees("Complete 5 sessions?")
        await driven.press("y")
        await driven.until(lambda: len(driven.daemon.asked("complete")) == 5)
        await driven.misses("selected")
        await driven.press("g", "g", "space", "space", "b")
        await driven.sees("Move 2 sessions to a board")
        await driven.press("tab")
        await driven.type("later")
        await driven.press("enter")
        await driven.until(lambda: len(driven.daemon.asked("patch")) == 2)
        assert [body for _, _, body in driven.daemon.asked("create")] == [{"name": "later"}]


async def test_escape_drops_the_selection_before_the_filter() -> None:
    async with running(world()) as driven:
        await driven.press("slash")
        await driven.type("graph")
        await driven.press("enter", "space")
        await driven.sees("1 selected")
        await driven.press("escape")
        await driven.misses("1 selected")
        assert "Port parser" not in driven.text
        await driven.press("escape")
        await driven.sees("Port parser")


async def test_what_is_selected_and_goes_away_is_no_longer_selected() -> None:
    async with running(world()) as driven:
        await driven.press("l", "l", "l", "space", "space")
        await driven.sees("2 selected")
        gone = next(one for one in driven.daemon.store["sessions"].values() if one.title == "Seed data")
        driven.daemon.change(replace(gone, archived_at=make.NOW))
        await driven.sees("1 selected")
