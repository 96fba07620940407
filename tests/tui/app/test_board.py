"""The board: columns, list, cards, and moving about."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.domain.figures import Diffstat
from agor_core.domain.session import SessionStatus
from agor_core.ids import RepoId
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, running
from tests.fakes.board_world import subject, world


async def test_columns_stand_from_what_needs_you_to_what_rests() -> None:
    async with running(world(), WIDE) as driven:
        titles = next(line for line in driven.lines if "NEEDS YOU" in line)
        names = ["NEEDS YOU 1", "FAILED 1", "RUNNING 1", "IDLE 2"]
        assert [titles.index(name) for name in names] == sorted(titles.index(name) for name in names)
        assert "DONE" not in titles
        assert "1 needs you" in driven.lines[0]


async def test_a_card_says_what_is_known_of_a_session() -> None:
    async with running(world(), WIDE) as driven:
        for fact in ("◐ Rate limit the login", "5/7", "wants: rm -rf build/", "feat/parser*", "+120 −8", "4m",
                     "Rewriting the lexer", "↱"):  # fmt: skip
            assert fact in driven.text, fact


async def test_a_card_says_what_changed_and_nothing_of_what_did_not() -> None:
    added = make.session("Added", added=4)
    removed = make.session("Removed", removed=2)
    neither = make.session("Neither", added=1)
    state = replace(neither.git_state, diffstat=Diffstat(files=3))
    async with running(FakeDaemon(added, removed, replace(neither, git_state=state)), WIDE) as driven:
        assert all(shown in driven.text for shown in ("+4", "−2", "3 files"))
        assert "−0" not in driven.text
        assert "+0" not in driven.text


async def test_what_needs_you_is_selected_first() -> None:
    async with running(world()) as driven:
        assert subject(driven) == "Rate limit the login"
        assert driven.app.screen.has_class("-broad")


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_moving_visits_every_session(size: tuple[int, int]) -> None:
    async with running(world(), size) as driven:
        seen = {subject(driven)}
        for key in ("j", "j", "j", "j", "l", "l", "l", "down", "k", "up", "h", "left"):
            await driven.press(key)
            seen.add(subject(driven))
        assert seen == {"Rate limit the login", "Port parser", "Try GraphQL", "Seed data", "Sliding window"}


async def test_narrow_it_is_a_list_and_the_selected_one_shows_more() -> None:
    async with running(world(), NARROW) as driven:
        assert "NEEDS YOU" not in driven.text
        assert "wants: rm -rf build/" in driven.text
        await driven.press("j", "j")
        assert "wants: rm -rf build/" not in driven.text
        assert "Rewriting the lexer" in driven.text
        await driven.press("G")
        assert subject(driven) == "Seed data"
        await driven.press("g", "g")
        assert subject(driven) == "Rate limit the login"


async def test_the_selected_line_says_how_the_latest_task_ended() -> None:
    statuses = ("idle", "failed")
    made = [make.session(status.title(), status=status, tasks=3) for status in statuses]
    async with running(FakeDaemon(*made, make.session("Neither", tasks=0)), NARROW) as driven:
        seen = {}
        for _ in range(3):
            selected = next(number for number, line in enumerate(driven.lines) if subject(driven) in line)
            seen[subject(driven)] = driven.lines[selected + 2].strip(" ▌")
            await driven.press("j")
        assert seen == {"Idle": "task 3 done", "Failed": "task 3 failed", "Neither": "no task yet"}


async def test_v_changes_between_columns_and_list() -> None:
    async with running(world(), WIDE) as driven:
        await driven.press("v")
        await driven.sees("  title  ")
        await driven.press("v")
        await driven.misses("  title  ")


async def test_tabs_go_through_the_boards() -> None:
    async with running(world()) as driven:
        await driven.press("tab")
        await driven.misses("Port parser")
        assert "Rate limit" in driven.text
        await driven.press("right_square_bracket")
        await driven.sees("Port parser")
        await driven.press("left_square_bracket")
        await driven.misses("Port parser")


async def test_the_cursor_stays_with_its_session_when_that_moves() -> None:
    async with running(world()) as driven:
        await driven.press("l", "l", "l", "j")
        title = subject(driven)
        record = driven.app.screen.session  # type: ignore[attr-defined]
        driven.daemon.change(replace(record, status=SessionStatus.RUNNING))
        await driven.sees("RUNNING 2")
        assert subject(driven) == title


async def test_new_sessions_appear_by_themselves_and_the_welcome_yields() -> None:
    async with running(FakeDaemon()) as driven:
        await driven.sees("starts the first session")
        driven.daemon.change(make.session("Made elsewhere"), "created")
        await driven.sees("Made elsewhere")
        assert "starts the first session" not in driven.text


async def test_minus_goes_to_and_fro() -> None:
    async with running(world()) as driven:
        await driven.press("minus")
        await driven.until(lambda: driven.toasts)
        await driven.press("tab")
        await driven.misses("Port parser")
        await driven.press("minus")
        await driven.sees("Port parser")
        await driven.press("enter")
        await driven.sees("/ Rate limit")
        await driven.press("minus")
        await driven.sees("NEEDS YOU")
        await driven.press("minus")
        await driven.sees("/ Rate limit")
        await driven.press("t")
        await driven.sees("genealogy /")
        await driven.press("minus")
        await driven.misses("genealogy /")
        await driven.sees("/ Rate limit")


async def test_a_session_archived_elsewhere_or_moved_disappears_from_where_it_was() -> None:
    async with running(world()) as driven:
        record = next(one for one in driven.daemon.store["sessions"].values() if one.title == "Rate limit the login")
        await driven.press("tab")
        await driven.sees("Rate limit")
        driven.daemon.change(replace(record, board_id=None))
        await driven.sees("No session is on main yet")
        await driven.press("tab")
        await driven.sees("Rate limit")
        driven.daemon.change(replace(record, archived_at=make.NOW))
        await driven.misses("Rate limit")


async def test_a_key_goes_to_the_next_session_that_needs_you_from_wherever_one_is() -> None:
    board = make.board("main")
    waiting = [make.session(f"Waits {n}", status="awaiting_permission", minutes=9.0 - n) for n in range(3)]
    elsewhere = make.session("Elsewhere", board_id=board.board_id)
    async with running(FakeDaemon(board, *waiting, elsewhere)) as driven:
        await driven.press("l")
        assert subject(driven) == "Elsewhere"
        for number in (0, 1, 2, 0):
            await driven.press("exclamation_mark")
            assert subject(driven) == f"Waits {number}"
        await driven.press("tab")
        await driven.misses("Waits")
        await driven.press("slash")
        await driven.type("else")
        await driven.press("enter", "exclamation_mark")
        await driven.until(lambda: subject(driven) == "Waits 0")
        await driven.press("enter")
        await driven.sees("/ Waits 0")
        await driven.press("exclamation_mark")
        await driven.sees("/ Waits 1")


async def test_where_nothing_needs_you_the_key_says_so() -> None:
    async with running(FakeDaemon(make.session("One"))) as driven:
        await driven.press("exclamation_mark")
        await driven.until(lambda: driven.toasts == ["Nothing needs you."])


async def test_what_finished_has_a_mark_until_it_is_opened() -> None:
    daemon = FakeDaemon(make.session("Finished", unseen=True), make.session("Seen before"))
    async with running(daemon) as driven:
        assert "✦ Finished" in driven.text
        assert "NEW 1" in driven.text
        assert "✦ 1 new" in driven.lines[0]
        assert subject(driven) == "Finished"
        await driven.press("enter")
        assert driven.daemon.asked("seen")
        await driven.press("escape")
        await driven.sees("IDLE 2")
        assert "✦" not in driven.text


async def test_where_sessions_work_is_said_where_they_work_in_several_repositories() -> None:
    one = make.session("One", branch="fix/one")
    web = replace(one.repo, repo_id=RepoId(make.identifier()), repo_slug="web")
    async with running(FakeDaemon(one, replace(make.session("Two", branch="fix/two"), repo=web)), NARROW) as driven:
        assert "web · fix/two" in driven.text
        assert "project · fix/one" in driven.text
        await driven.pilot.resize_terminal(160, 48)
        await driven.sees("IDLE 2")
        assert "web · fix/two" in driven.text


async def test_the_preview_shows_what_was_said_and_asked_and_follows_the_cursor() -> None:
    daemon = world()
    asking = next(one for one in daemon.store["sessions"].values() if one.title == "Rate limit the login")
    task = make.task(asking, 1, task_id=asking.current.task_id, files=("src/auth/limits.py",))
    for record in (task, make.message(task, 0, "Use a bucket", "user"), make.message(task, 1, "It stands.")):
        daemon.put(record)
    async with running(daemon, (200, 50)) as driven:
        for shown in ("You  Use a bucket", "It stands.", "FILES OF TASK", "src/auth/limits.py", "a allow   A always"):
            await driven.sees(shown)
        daemon.change(make.message(task, 2, "One thing more."), "created")
        await driven.sees("One thing more.")
        await driven.press("l")
        await driven.misses("It stands.")
        await driven.pilot.resize_terminal(119, 50)
        await driven.press("h")
        assert "It stands." not in driven.text


async def test_sessions_are_grouped_and_ordered_and_that_is_kept_for_the_board(tmp_path: Path) -> None:
    daemon = FakeDaemon(make.session("b", agent="codex"), make.session("a", agent="codex"), make.session("c"))
    async with running(daemon, home=tmp_path) as driven:
        await driven.press("O")
        await driven.type("agent")
        await driven.sees("a heading for each agent")
        await driven.press("enter")
        await driven.sees("CODEX 2")
        await driven.press("o")
        await driven.type("from a")
        await driven.press("enter")
        await driven.until(lambda: [one.title for one in driven.app.screen.cursor.list.items] == ["a", "b", "c"])  # type: ignore[attr-defined]
    async with running(daemon, home=tmp_path) as driven:
        assert "CODEX 2" in driven.text
        await driven.press("v")
        await driven.sees("IDLE 3")
