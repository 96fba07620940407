"""What the board says beyond the sessions' records: what is asked, since when, and why a session failed."""

from typing import ClassVar

import pytest
from msgspec.structs import replace

from agor_core.domain.approval import Approval
from agor_core.domain.message import FileDiff
from agor_core.domain.session import Session
from agor_core.domain.task import TaskStatus
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, running
from tests.fakes.board_world import subject

MEDIUM = (120, 40)
QUESTION = "May I delete the build folder and everything in it, the caches included"


def asking(command: str, title: str = QUESTION) -> tuple[Session, Approval]:
    session = make.session("One", status="awaiting_permission", asks=title)
    approval = make.approval(session, title)
    return session, replace(approval, tool=replace(approval.tool, input={"command": command}))


@pytest.mark.parametrize("size", [NARROW, MEDIUM, WIDE])
async def test_the_board_shows_the_command_that_is_asked_for(size: tuple[int, int]) -> None:
    async with running(FakeDaemon(*asking("rm -rf build/", "May I tidy up?")), size) as driven:
        assert "wants: May I tidy up?" in driven.text
        assert "$ rm -rf build/" in driven.text
        assert "enter to read" not in driven.text


async def test_a_card_wraps_the_question_and_says_how_much_of_the_command_is_left_out() -> None:
    command = "\n".join(f"step {number}" for number in range(9))
    async with running(FakeDaemon(*asking(command)), MEDIUM) as driven:
        for shown in ("wants: May I delete", "caches included", "$ step 0", "step 3", "… 5 more lines, enter to read"):
            await driven.sees(shown)
        cards = "\n".join(line[: line.index("│")] if "│" in line else line for line in driven.lines)
        assert "step 4" not in cards


async def test_the_list_says_in_two_lines_what_is_asked_so_that_nothing_below_moves() -> None:
    other = make.session("Other", status="running", step="Going on")
    async with running(FakeDaemon(*asking("make\n" * 9), other), NARROW) as driven:
        assert "… 9 more lines, enter to read" in driven.text
        below = next(number for number, line in enumerate(driven.lines) if "Other" in line)
        await driven.press("j")
        assert subject(driven) == "Other"
        assert next(number for number, line in enumerate(driven.lines) if "Other" in line) == below - 2


@pytest.mark.parametrize("size", [NARROW, MEDIUM])
async def test_a_long_question_is_cut_with_a_word_and_enter_opens_it(size: tuple[int, int]) -> None:
    command = "\n".join(f"step {number}" for number in range(20))
    async with running(FakeDaemon(*asking(command)), size) as driven:
        await driven.press("enter")
        await driven.sees("… 8 more lines, enter to read")
        assert "step 11" in driven.text
        assert "step 12" not in driven.text
        if size == MEDIUM:
            await driven.press("l")
        await driven.press("enter")
        await driven.sees("step 12")
        await driven.press("enter")
        await driven.misses("step 12")


async def test_a_change_that_is_asked_for_is_shown_as_a_diff() -> None:
    session, approval = asking("")
    diff = FileDiff(path="src/a.py", old_text="one\n", new_text="two\n")
    asked = replace(approval, tool=replace(approval.tool, kind="edit", input=None, diff=diff))
    async with running(FakeDaemon(session, asked), MEDIUM) as driven:
        for shown in ("src/a.py", "- one", "+ two"):
            assert shown in driven.text


@pytest.mark.parametrize(
    ("tool", "shown"),
    [
        ({"kind": "delete", "input": None, "locations": ("src/old.py",)}, "src/old.py"),
        ({"kind": "other", "input": {"url": "http://example.org"}}, "url: http://example.org"),
    ],
)
async def test_what_else_is_asked_for_is_shown_as_it_was_given(tool: dict[str, object], shown: str) -> None:
    session, approval = asking("")
    async with running(FakeDaemon(session, replace(approval, tool=replace(approval.tool, **tool))), WIDE) as driven:
        assert shown in driven.text


async def test_a_failed_session_says_why() -> None:
    session = make.session("Broken", status="failed", error="No more\x1b[2J tokens.\nTrace")
    async with running(FakeDaemon(session), WIDE) as driven:
        await driven.sees("No more tokens.")
        assert "Trace" not in driven.text
        await driven.press("v")
        await driven.sees("task 1 failed: No more tokens.")


async def test_a_failure_is_told_as_soon_as_it_happens() -> None:
    session = make.session("Breaks", status="running")
    assert session.current is not None
    daemon = FakeDaemon(session)
    async with running(daemon, WIDE) as driven:
        current = replace(session.current, status=TaskStatus.FAILED, error="Out of memory.")
        daemon.change(replace(session, status="failed", current=current))
        await driven.sees("Out of memory.")


async def test_ages_say_since_when_it_stands_so_not_when_something_was_noted() -> None:
    asks, question = asking("ls")
    idle = make.session("Idle", minutes=0, completed=make.at(60 * 3))
    runs = make.session("Runs", status="running", minutes=0, started=make.at(7))
    fresh = replace(make.session("Fresh", minutes=0, tasks=0), created_at=make.at(50))
    daemon = FakeDaemon(replace(asks, updated_at=make.NOW), question, idle, runs, fresh)
    async with running(daemon, NARROW) as driven:
        for name, age in (("One", "4m"), ("Idle", "3h"), ("Runs", "7m"), ("Fresh", "50m")):
            line = next(line for line in driven.lines if f" {name} " in line)
            assert line.endswith(f" {age}"), line


async def test_ages_tell_no_seconds_which_would_stand_still() -> None:
    async with running(FakeDaemon(make.session("One", minutes=0.5)), NARROW) as driven:
        assert driven.lines[2].endswith(" now")


async def test_ages_are_whole_as_soon_as_the_list_is_there() -> None:
    daemon = FakeDaemon(*(make.session(f"Number {number}", minutes=30 * 60) for number in range(40)))
    async with running(daemon, NARROW) as driven:
        assert sum(line.rstrip(" ▁▂▃▄▅▆▇█").endswith(" 1d") for line in driven.lines) == 19


async def test_empty_columns_leave_their_room_to_the_others() -> None:
    async with running(
        FakeDaemon(make.session("A title that is long enough to need all that there is")), MEDIUM
    ) as driven:
        await driven.sees("A title that is long enough to need all that there is")
        assert "IDLE 1" in driven.text
        assert "NEEDS YOU" not in driven.text
        assert "RUNNING" not in driven.text


async def test_cards_need_no_call_beyond_the_lists_that_are_read_at_the_start() -> None:
    class Counting(FakeDaemon):
        """Notes what is asked for."""

        asked: ClassVar[list[str]] = []  # type: ignore[assignment]

        def find(self, service, query=None, /, **more):
            self.asked.append(service)
            return super().find(service, query, **more)

    daemon = Counting(*(make.session(f"Number {number}", status="failed", error="No space.") for number in range(3)))
    async with running(daemon, (119, 40)) as driven:
        await driven.sees("No space.")
        await driven.press("j", "v", "k")
        assert sorted(daemon.asked) == ["agents", "approvals", "boards", "sessions", "sessions", "tasks"]
