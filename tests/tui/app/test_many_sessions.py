"""A board of more sessions than the app reads at once."""

from agor_core.ids import SessionId
from agor_tui.app import board_pages
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, running
from tests.fakes.board_world import subject

MANY = board_pages.FEW + 300


def crowd(*more: object) -> FakeDaemon:
    old = [make.session(f"Number {n}", minutes=10.0 + n) for n in range(MANY)]
    return FakeDaemon(*old, make.session("Asks", status="awaiting_permission", minutes=1), *more)


async def test_what_is_shown_is_read_and_the_rest_is_counted_and_read_when_the_cursor_comes_near() -> None:
    async with running(crowd(), WIDE) as driven:
        records = driven.app.link.records
        assert len(records.sessions) == board_pages.FIRST + 1
        assert f"IDLE {MANY}" in driven.text
        await driven.press("l", *["pagedown"] * 10)
        await driven.until(lambda: len(records.sessions) > board_pages.FURTHER)
        assert f"IDLE {MANY}" in driven.text
        await driven.press("G")
        await driven.until(lambda: subject(driven) == f"Number {MANY - 1}")
        assert len(records.sessions) == MANY + 1


async def test_a_filter_looks_at_all_of_them() -> None:
    async with running(crowd(), NARROW) as driven:
        await driven.press("slash")
        await driven.type(f"number {MANY - 1}")
        await driven.until(lambda: subject(driven) == f"Number {MANY - 1}")


async def test_the_counts_follow_sessions_that_were_not_read() -> None:
    board = make.board("main")
    daemon = crowd(board)
    async with running(daemon, WIDE) as driven:
        unread = next(one for one in daemon.store["sessions"].values() if one.title == f"Number {MANY - 1}")
        daemon.change(make.session("Number x", session_id=unread.session_id, status="running", minutes=0))
        await driven.sees("RUNNING 1")
        await driven.sees(f"IDLE {MANY - 1}")
        assert "● 1 running" in driven.lines[0]
        daemon.change(make.session("Fresh", minutes=0, board_id=board.board_id), "created")
        await driven.sees(f"IDLE {MANY}")
        await driven.press("tab")
        await driven.sees("IDLE 1")


async def test_a_session_that_was_not_read_is_opened_by_its_id() -> None:
    daemon = crowd()
    async with running(daemon, WIDE) as driven:
        unread = next(one for one in daemon.store["sessions"].values() if one.title == f"Number {MANY - 1}")
        driven.app.open_session(unread.session_id)
        await driven.sees(f"/ Number {MANY - 1}")
        driven.app.open_session(SessionId(make.identifier()))
        await driven.until(lambda: driven.toasts == ["That session is archived or gone."])
