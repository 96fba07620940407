"""The genealogy screen: a tree drawn, moved in, opened and forked."""

from agor_core.ids import TaskId
from agor_tui.app.screens.session import SessionScreen
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, running


def related() -> tuple[FakeDaemon, list[str]]:
    root = make.session("Rate limit", tasks=2, status="awaiting_permission", asks="x")
    first, second = make.task(root, 1), make.task(root, 2)
    fork = make.session("Leaky bucket", forked=(root.session_id, first.task_id))
    spawn = make.session("Limiter tests", spawned=(root.session_id, second.task_id))
    stranger = make.session("Something else")
    return FakeDaemon(root, fork, spawn, stranger, first, second), [root.session_id, fork.session_id, spawn.session_id]


async def test_all_relatives_and_nobody_else() -> None:
    daemon, _ = related()
    async with running(daemon, WIDE) as driven:
        await driven.press("t")
        await driven.sees("forked after 1 · native")
        assert "spawned from 2" in driven.text
        assert "↱" in driven.text
        assert "Something else" not in driven.text


async def test_j_moves_enter_opens_f_forks() -> None:
    daemon, ids = related()
    async with running(daemon, NARROW) as driven:
        await driven.press("t")
        await driven.sees("Leaky bucket")
        await driven.press("j", "f")
        await driven.sees("Fork “Leaky bucket”")
        await driven.press("escape", "enter")
        await driven.until(lambda: isinstance(driven.app.screen, SessionScreen))
        assert driven.app.screen.session_id == ids[1]  # type: ignore[attr-defined]


async def test_escape_and_t_go_back() -> None:
    daemon, _ = related()
    async with running(daemon) as driven:
        for key in ("escape", "t"):
            await driven.press("t")
            await driven.sees("genealogy /")
            await driven.press(key)
            await driven.sees("NEEDS YOU")


async def test_a_new_relative_appears_by_itself() -> None:
    daemon, ids = related()
    async with running(daemon) as driven:
        await driven.press("t")
        await driven.sees("Leaky bucket")
        daemon.change(make.session("Grandchild", forked=(ids[1], TaskId("t"))), "created")
        await driven.sees("Grandchild")
