"""The session screen: its panes at each size, what it says of the session, and how it is left."""

import pytest
from msgspec.structs import replace

from agor_core.domain.task import TaskStatus
from agor_tui.app import loading
from agor_tui.app.screens import session as session_screen
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, running
from tests.fakes.gate import Gate
from tests.fakes.session_world import World, opened

MEDIUM = (120, 40)


async def test_broad_all_panes_are_side_by_side() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        for part in ("1 ✓ Sketch it", "↱ Leaky bucket", "↳ Limiter tests", "It will live in limits.py.", "PLAN", "GIT",
                     "a4f2e91-dirty", "TREE", "Log refusals", "prompt"):  # fmt: skip
            assert part in driven.text, part


async def test_at_120_the_side_folds_to_a_line() -> None:
    async with running(World().daemon, MEDIUM) as driven:
        await opened(driven)
        assert "PLAN" not in driven.text
        assert "plan 1/2" in driven.text
        assert "tree 3" in driven.text


async def test_at_80_one_pane_at_a_time() -> None:
    async with running(World().daemon, NARROW) as driven:
        await opened(driven)
        assert "It will live" in driven.text or "Refusals go" in driven.text
        assert "Leaky bucket" not in driven.text
        await driven.press("tab")
        await driven.sees("TREE")
        await driven.press("tab", "tab")
        await driven.sees("↱ Leaky bucket")
        assert "Refusals go" not in driven.text


async def test_at_80_the_prompt_does_not_leave_the_side_over_the_conversation() -> None:
    async with running(World().daemon, NARROW) as driven:
        await opened(driven)
        await driven.press("tab")
        await driven.sees("TREE")
        await driven.press("tab")
        await driven.misses("TREE")
        assert "Refusals go" in driven.text
        assert "enter send" in driven.lines[-1]
        await driven.press("shift+tab")
        await driven.sees("TREE")


async def test_what_takes_its_time_to_load_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    session, there, whole = make.session("Slow"), Gate(), loading.session_records
    monkeypatch.setattr(loading, "session_records", lambda *given: (there.wait(20), whole(*given))[1])
    task = make.task(session)
    async with running(FakeDaemon(session, task, make.message(task, 0, "Refusals go", "user")), WIDE) as driven:
        try:
            await driven.press("enter")
            await driven.sees("loading…")
        finally:
            there.set()
        await driven.sees("Refusals go")
        assert "loading" not in driven.text


async def test_keys_typed_while_the_conversation_loads_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    session, there, whole = make.session("Slow"), Gate(), loading.session_records
    monkeypatch.setattr(loading, "session_records", lambda *given: (there.wait(20), whole(*given))[1])
    monkeypatch.setattr(session_screen, "HELD_SECONDS", 20.0)
    task = make.task(session, full_prompt="Refusals go")
    async with running(FakeDaemon(session, task), WIDE) as driven:
        try:
            await driven.press("enter", "y")
            assert not driven.toasts
        finally:
            there.set()
        await driven.until(lambda: driven.toasts)
        assert driven.app.clipboard == "Refusals go"


async def test_a_conversation_that_does_not_come_holds_keys_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    session, there, whole = make.session("Slow"), Gate(), loading.session_records
    monkeypatch.setattr(loading, "session_records", lambda *given: (there.wait(20), whole(*given))[1])
    monkeypatch.setattr(session_screen, "HELD_SECONDS", 0.05)
    async with running(FakeDaemon(session, make.task(session)), WIDE) as driven:
        try:
            await driven.press("enter", "y")
            await driven.until(lambda: driven.toasts == ["No task is selected."])
        finally:
            there.set()


async def test_the_side_of_a_failed_session_says_why() -> None:
    session = make.session("Broken", status="failed", tasks=2)
    failed = make.task(session, 1, status="failed", error="Demo exited with \x1b[31mcode 3.")
    async with running(FakeDaemon(session, failed, make.task(session, 2, status="queued")), NARROW) as driven:
        await opened(driven)
        await driven.press("tab")
        await driven.sees("FAILED")
        assert "Demo exited with code 3." in driven.text


async def test_escape_goes_to_the_timeline_and_then_back() -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("p", "escape")
        assert screen.panes.pane == "timeline"
        await driven.press("escape")
        await driven.sees("NEEDS YOU")


async def test_an_archived_session_is_left() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("D")
        await driven.sees("IDLE 2")


async def test_what_is_no_longer_looked_at_is_forgotten() -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("escape")
        await driven.until(lambda: screen.session_id not in driven.app.link.records.conversations)


async def test_a_task_that_ends_shows_its_figures() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        ended = make.task(world.session, 3, full_prompt="Log refusals", task_id=world.third.task_id)
        world.daemon.change(replace(ended, status=TaskStatus.COMPLETED))
        await driven.sees("3 ✓ Log refusals")


async def test_a_session_that_is_archived_elsewhere_says_so_and_comes_back() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        world.daemon.change(replace(world.session, archived_at=make.NOW))
        await driven.sees("archived elsewhere")
        assert "It will live" in driven.text
        assert driven.app.screen is screen
        await driven.press("a", "f", "x", "p")
        await driven.type("lost?")
        await driven.press("enter")
        await driven.until(lambda: any("archived" in toast for toast in driven.toasts))
        assert screen.prompt_line.prompt.text == "lost?"
        assert not world.daemon.ledger
        await driven.press("escape", "u")
        assert await driven.asked("patch") == {"archived_at": None}
        await driven.misses("archived elsewhere")
