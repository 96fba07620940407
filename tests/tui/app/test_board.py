"""The board: columns, list, moving, filtering, and what is done in place."""

import pytest
from msgspec.structs import replace

from agor_core.config.settings import AppSettings, Settings
from agor_core.domain.figures import Diffstat
from agor_core.domain.session import SessionStatus
from agor_core.ids import TaskId
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, Driven, running


def world() -> FakeDaemon:
    main = make.board("main")
    asking = make.session("Rate limit the login", status="awaiting_permission", asks="rm -rf build/", done=5, total=7,
                          added=120, removed=8, dirty=True, minutes=4, board_id=main.board_id)  # fmt: skip
    running_one = make.session("Port parser", status="running", step="Rewriting the lexer", done=2, total=5, minutes=12)
    forked = make.session("Try GraphQL", minutes=120, forked=(asking.session_id, TaskId("t")))
    idle = make.session("Seed data", minutes=180)
    failed = make.session("Sliding window", status="failed", minutes=30)
    return FakeDaemon(main, asking, running_one, forked, idle, failed, make.approval(asking))


def subject(driven: Driven) -> str:
    selected = driven.app.screen.subject  # type: ignore[attr-defined]
    return selected.title if selected else ""


async def test_columns_stand_from_what_needs_you_to_what_failed() -> None:
    async with running(world(), WIDE) as driven:
        titles = next(line for line in driven.lines if "NEEDS YOU" in line)
        names = ["NEEDS YOU 1", "RUNNING 1", "IDLE 2", "FAILED 1"]
        assert [titles.index(name) for name in names] == sorted(titles.index(name) for name in names)
        assert "DONE" not in titles
        assert "1 needs you" in driven.lines[0]


async def test_a_card_says_what_is_known_of_a_session() -> None:
    async with running(world(), WIDE) as driven:
        for fact in ("◐ Rate limit the login", "5/7", "wants: rm -rf build/", "feat/parser*", "+120 −8", "4m",
                     "Rewriting the lexer", "⑂"):  # fmt: skip
            assert fact in driven.text, fact


async def test_a_card_says_what_changed_and_nothing_of_what_did_not() -> None:
    added = make.session("Added", added=4)
    removed = make.session("Removed", removed=2)
    neither = make.session("Neither", added=1)
    current = replace(neither.current, diffstat=Diffstat(files=3))
    async with running(FakeDaemon(added, removed, replace(neither, current=current)), WIDE) as driven:
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
        for key in ("j", "j", "j", "j", "l", "l", "down", "l", "k", "up", "h", "left"):
            await driven.press(key)
            seen.add(subject(driven))
        assert seen == {"Rate limit the login", "Port parser", "Try GraphQL", "Seed data", "Sliding window"}


async def test_narrow_it_is_a_list_and_the_selected_one_shows_more() -> None:
    async with running(world(), NARROW) as driven:
        assert "NEEDS YOU" not in driven.text
        assert "wants: rm -rf build/" in driven.text
        await driven.press("j")
        assert "wants: rm -rf build/" not in driven.text
        assert "Rewriting the lexer" in driven.text
        await driven.press("G")
        assert subject(driven) == "Sliding window"
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
        await driven.misses("NEEDS YOU")
        await driven.press("v")
        await driven.sees("NEEDS YOU")


async def test_a_filter_keeps_inverts_and_clears() -> None:
    async with running(world()) as driven:
        await driven.press("slash")
        await driven.type("graph")
        await driven.misses("Port parser")
        assert "Try GraphQL" in driven.text
        await driven.press("enter")
        assert driven.app.focused is None
        await driven.press("escape")
        await driven.sees("Port parser")
        await driven.press("slash", "exclamation_mark")
        await driven.type("graph")
        await driven.misses("Try GraphQL")
        assert "Port parser" in driven.text


@pytest.mark.parametrize(("key", "decision"), [("a", "allow"), ("A", "always"), ("d", "deny")])
async def test_an_answer_is_given_in_place(key: str, decision: str) -> None:
    async with running(world()) as driven:
        await driven.press(key)
        assert await driven.asked("patch") == {"decision": decision}
        await driven.sees("RUNNING 2")


async def test_after_an_answer_the_next_that_waits_is_selected() -> None:
    daemon = world()
    other = make.session("Name the errors", status="awaiting_permission", asks="x", minutes=1)
    daemon.put(other)
    daemon.put(make.approval(other))
    async with running(daemon) as driven:
        await driven.press("a")
        await driven.until(lambda: subject(driven) == "Name the errors")


async def test_answers_are_only_offered_where_one_is_asked() -> None:
    async with running(world()) as driven:
        assert "a allow" in driven.lines[-1]
        await driven.press("l")
        assert "a allow" not in driven.lines[-1]
        await driven.press("a")
        assert not driven.daemon.ledger


async def test_a_prompt_is_given_in_place() -> None:
    async with running(world(), NARROW) as driven:
        await driven.press("G", "p")
        await driven.type("go on")
        await driven.press("ctrl+j")
        await driven.type("please")
        await driven.press("enter")
        assert await driven.asked("prompt") == {"prompt": "go on\nplease"}


async def test_stop_asks_first_and_the_safe_answer_has_the_focus() -> None:
    async with running(world()) as driven:
        await driven.press("l", "x")
        await driven.sees("Stop “Port parser”?")
        await driven.press("enter")
        await driven.misses("Stop “Port parser”?")
        assert not driven.daemon.asked("stop")
        await driven.press("x")
        await driven.sees("Stop “Port parser”?")
        await driven.press("y")
        await driven.asked("stop")


async def test_stop_does_nothing_where_nothing_runs() -> None:
    async with running(world()) as driven:
        await driven.press("l", "l", "x")
        assert "Stop" not in driven.text


async def test_complete_archive_and_undo() -> None:
    async with running(world()) as driven:
        await driven.press("l", "l")
        title = subject(driven)
        await driven.press("c")
        await driven.asked("complete")
        await driven.sees("DONE 1")
        await driven.press("D")
        await driven.misses(title[:10])
        assert any("u brings it back" in toast for toast in driven.toasts)
        await driven.press("u")
        assert await driven.asked("patch") == {"archived_at": None}
        await driven.sees(title[:10])


async def test_tabs_go_through_the_boards() -> None:
    async with running(world()) as driven:
        await driven.press("tab")
        await driven.misses("Port parser")
        assert "Rate limit" in driven.text
        await driven.press("right_square_bracket")
        await driven.sees("Port parser")
        await driven.press("left_square_bracket")
        await driven.misses("Port parser")


async def test_a_session_moves_to_a_board() -> None:
    async with running(world()) as driven:
        board_id = next(iter(driven.daemon.store["boards"]))
        await driven.press("l", "b")
        await driven.sees("Move “Port parser”")
        await driven.press("left", "enter")
        assert await driven.asked("patch") == {"board_id": board_id}


async def test_y_copies_the_id() -> None:
    async with running(world()) as driven:
        await driven.press("y")
        assert driven.app.clipboard == driven.app.screen.subject.session_id  # type: ignore[attr-defined]
        assert driven.toasts


async def test_the_cursor_stays_with_its_session_when_that_moves() -> None:
    async with running(world()) as driven:
        await driven.press("l", "l", "j")
        title = subject(driven)
        record = driven.app.screen.subject  # type: ignore[attr-defined]
        driven.daemon.change(replace(record, status=SessionStatus.RUNNING))
        await driven.sees("RUNNING 2")
        assert subject(driven) == title


async def test_new_sessions_appear_by_themselves_and_the_welcome_yields() -> None:
    async with running(FakeDaemon()) as driven:
        await driven.sees("starts the first session")
        driven.daemon.change(make.session("Made elsewhere"), "created")
        await driven.sees("Made elsewhere")
        assert "starts the first session" not in driven.text


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


async def test_several_are_selected_and_archived_together_after_a_question_with_the_count() -> None:
    async with running(world()) as driven:
        await driven.press("l", "l", "space")
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
        await driven.press("l", "l", "space", "space")
        await driven.sees("2 selected")
        gone = next(one for one in driven.daemon.store["sessions"].values() if one.title == "Seed data")
        driven.daemon.change(replace(gone, archived_at=make.NOW))
        await driven.sees("1 selected")


async def test_one_refusal_keeps_no_other_from_it() -> None:
    async with running(world()) as driven:
        await driven.press("l", "l", "space", "space", "D")
        await driven.sees("Archive 2 sessions?")
        driven.daemon.fails = "It is at work."
        await driven.press("y")
        await driven.until(lambda: "2 of 2 not archived: It is at work." in driven.toasts)
        assert not driven.app.link.archived


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


@pytest.mark.parametrize(
    ("text", "kept"),
    [("needs you", "Rate limit"), ("awaiting", "Rate limit"), ("running", "Port parser"), ("failed", "Sliding window"),
     ("demo failed", "Sliding window"), ("feat/other", "Seed data")],
)  # fmt: skip
async def test_a_filter_knows_status_agent_and_branch(text: str, kept: str) -> None:
    daemon = world()
    record = next(one for one in daemon.store["sessions"].values() if one.title == "Seed data")
    daemon.put(replace(record, git_state=replace(record.git_state, ref="feat/other")))
    async with running(daemon) as driven:
        await driven.press("slash")
        await driven.type(text)
        await driven.until(lambda: len(driven.app.screen.list.items) == 1)  # type: ignore[attr-defined]
        assert kept in driven.text


async def test_a_filter_knows_ids_by_their_beginning_only() -> None:
    daemon = world()
    record = next(one for one in daemon.store["sessions"].values() if one.title == "Seed data")
    async with running(daemon) as driven:
        await driven.press("slash")
        await driven.type(record.short_id[:5])
        await driven.until(lambda: [one.title for one in driven.app.screen.list.items] == ["Seed data"])  # type: ignore[attr-defined]
        await driven.press("escape", "slash")
        await driven.type(record.short_id[3:])
        await driven.until(lambda: not driven.app.screen.list.items)  # type: ignore[attr-defined]


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
        assert "rm -rf build/" in driven.text
