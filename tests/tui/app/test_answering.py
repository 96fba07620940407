"""Answers to what agents ask: each is for the question that is shown, and only once it can have been read."""

import pytest
from msgspec.structs import replace

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session, SessionStatus
from agor_tui.app.controllers.open_question import HELD_SECONDS
from agor_tui.app.screens.session import SessionScreen
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, Driven, running
from tests.fakes.board_world import subject
from tests.fakes.session_world import World, opened


def asking(title: str, minutes: float) -> tuple[Session, Approval]:
    session = make.session(title, status="awaiting_permission", asks=title.lower(), minutes=minutes)
    return session, make.approval(session, title.lower())


def several(count: int) -> tuple[FakeDaemon, list[Approval]]:
    pairs = [asking(f"Number {number}", 10.0 - number) for number in range(count)]
    return FakeDaemon(*(record for pair in pairs for record in pair)), [approval for _, approval in pairs]


def long(lines: int) -> FakeDaemon:
    """One question, about a command whose last line is not like the others."""
    session, approval = asking("Long", 1)
    command = "\n".join([*(f"echo {number}" for number in range(lines - 1)), "rm -rf ~"])
    return FakeDaemon(session, replace(approval, tool=replace(approval.tool, input={"command": command})))


def answered(driven: Driven) -> list[str]:
    return [identifier for _, identifier, _ in driven.daemon.asked("patch")]


async def test_a_key_that_is_held_answers_one_question() -> None:
    daemon, approvals = several(4)
    async with running(daemon) as driven:
        driven.wait()
        await driven.press("a")
        await driven.until(lambda: subject(driven) == "Number 1")
        driven.wait(HELD_SECONDS - 0.05)
        await driven.press("a")
        for number in range(20):
            if number == 10:
                for record in asking("Late", 0):
                    daemon.change(record, "created")
                await driven.sees("wants: late")
            driven.wait(0.12)
            await driven.press("a")
        assert answered(driven) == [approvals[0].approval_id]
        assert sum("too soon" in toast for toast in driven.toasts) == 1
        driven.wait(HELD_SECONDS)
        await driven.press("a")
        await driven.until(lambda: len(answered(driven)) == 2)
        assert answered(driven)[1] == approvals[1].approval_id


async def test_what_came_while_a_session_was_open_has_not_been_seen_on_the_board() -> None:
    session, approval = asking("Late", 1)
    quiet = make.session("Quiet", minutes=2)
    daemon = FakeDaemon(replace(session, status=SessionStatus.IDLE), quiet)
    async with running(daemon) as driven:
        await driven.until(lambda: subject(driven) == "Late")
        driven.app.open_session(quiet.session_id)
        await driven.sees("/ Quiet")
        daemon.change(approval, "created")
        daemon.change(session)
        await driven.sees("◐ 1")
        driven.wait(10)
        await driven.press("escape")
        await driven.sees("wants: late")
        await driven.press("a")
        assert not answered(driven)


async def test_the_palette_answers_what_was_seen_below_it() -> None:
    daemon, (approval,) = several(1)
    async with running(daemon) as driven:
        driven.wait()
        await driven.press("ctrl+p")
        await driven.type("allow what")
        await driven.sees("Allow what the agent asks")
        await driven.press("enter")
        await driven.until(lambda: answered(driven) == [approval.approval_id])


async def test_a_question_out_of_sight_is_shown_before_it_is_answered() -> None:
    world = World()
    async with running(world.daemon, NARROW) as driven:
        await opened(driven)
        await driven.press("h")
        await driven.misses("allow once")
        driven.wait()
        await driven.press("a")
        await driven.sees("allow once")
        assert not answered(driven)
        driven.wait()
        await driven.press("a")
        await driven.asked("patch")


async def test_a_card_that_was_scrolled_away_is_shown_before_it_is_answered() -> None:
    daemon, approvals = several(30)
    async with running(daemon, (80, 20)) as driven:
        driven.wait()
        rows = driven.app.screen.cursor.list  # type: ignore[attr-defined]
        rows.scroll_to(y=20, animate=False, force=True)
        await driven.misses("Number 0 ")
        await driven.press("a")
        await driven.sees("Number 0 ")
        assert not answered(driven)
        driven.wait()
        await driven.press("a")
        await driven.until(lambda: answered(driven) == [approvals[0].approval_id])


async def test_nothing_is_allowed_in_a_window_that_is_too_small_to_show_it() -> None:
    daemon, _ = several(1)
    async with running(daemon, WIDE) as driven:
        driven.wait()
        await driven.pilot.resize_terminal(60, 14)
        await driven.sees("Agor needs 60x15")
        await driven.press("a")
        assert not answered(driven)


@pytest.mark.parametrize(("size", "key"), [(NARROW, "A"), (WIDE, "a")])
async def test_what_a_card_shows_in_part_is_read_to_its_end_before_it_is_allowed(
    size: tuple[int, int], key: str
) -> None:
    async with running(long(51), size) as driven:
        driven.wait()
        assert "more lines" in driven.text
        await driven.press(key)
        await driven.until(lambda: isinstance(driven.app.screen, SessionScreen))
        assert "There is more to read before you allow it." in driven.toasts
        await driven.sees("… 39 more lines")
        driven.wait()
        await driven.press(key)
        await driven.sees("echo 12")
        screen = driven.app.screen
        assert isinstance(screen, SessionScreen)
        screen.conversation_view.fit_window()  # as when the scrollbar that it needs has come
        await driven.press()
        assert "echo 12" in driven.text
        while "rm -rf ~" not in driven.text:
            before = driven.text
            assert not answered(driven)
            driven.wait()
            await driven.press(key)
            await driven.until(lambda: driven.text != before)  # noqa: B023 - awaited here
        await driven.press(key)
        assert not answered(driven)
        driven.wait()
        await driven.press(key)
        await driven.asked("patch")


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize("lines", [1, 2, 3, 4, 5])
async def test_a_row_that_leaves_nothing_out_is_answered_where_it_stands(size: tuple[int, int], lines: int) -> None:
    async with running(long(lines), size) as driven:
        driven.wait()
        whole = "enter to read" not in driven.text or "rm -rf ~" in driven.text  # the preview shows all of it
        await driven.press("a")
        await driven.until(lambda: answered(driven) or isinstance(driven.app.screen, SessionScreen))
        assert bool(answered(driven)) is whole


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_long_question_that_was_opened_and_read_to_its_end_is_answered(size: tuple[int, int]) -> None:
    async with running(long(51), size) as driven:
        screen = await opened(driven)
        await driven.press("l", "G", "enter")
        await driven.sees("echo 12")
        screen.conversation_view.to_bottom()
        await driven.sees("rm -rf ~")
        driven.wait()
        await driven.press("a")
        await driven.asked("patch")
