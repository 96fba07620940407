"""What is done on the board in place, to one session."""

from typing import Any

import pytest

from agor_tui.app.screens.base import REASON_SECONDS
from tests.builders import app_records as make
from tests.fakes.app_driver import NARROW, running
from tests.fakes.board_world import subject, world
from tests.fakes.gate import Gate


async def test_an_answer_is_given_in_place() -> None:
    async with running(world()) as driven:
        driven.wait()
        await driven.press("a")
        assert await driven.asked("patch") == {"decision": "allow"}
        await driven.sees("RUNNING 2")


async def test_after_an_answer_the_next_that_waits_is_selected() -> None:
    daemon = world()
    other = make.session("Name the errors", status="awaiting_permission", asks="x", minutes=1)
    daemon.put(other)
    daemon.put(make.approval(other))
    async with running(daemon) as driven:
        driven.wait()
        await driven.press("a")
        await driven.until(lambda: subject(driven) == "Name the errors")


async def test_answers_are_only_offered_where_one_is_asked() -> None:
    async with running(world()) as driven:
        assert "a read it first" in driven.lines[-1]
        assert "d deny" in driven.lines[-1]
        await driven.press("l")
        assert "read it first" not in driven.lines[-1]
        assert "d deny" not in driven.lines[-1]
        driven.wait()
        await driven.press("a", "a", "a")
        assert not driven.daemon.ledger
        assert driven.toasts == ["Nothing is asked here; ! goes to the next session that needs you."]


async def test_a_command_that_is_not_available_says_why_at_its_key_and_in_the_palette() -> None:
    async with running(world()) as driven:
        await driven.press("l", "l", "l")
        assert "x stop" not in driven.lines[-1]
        reason = f"No task runs in “{subject(driven)}”."
        await driven.press("x")
        assert driven.toasts == [reason]
        driven.wait(REASON_SECONDS)
        await driven.press("ctrl+p")
        await driven.type("stop")
        await driven.sees(reason)
        await driven.press("enter")
        await driven.until(lambda: driven.toasts == [reason, reason])
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
        await driven.press("l", "l", "x")
        await driven.sees("Stop “Port parser”?")
        await driven.press("enter")
        await driven.misses("Stop “Port parser”?")
        assert not driven.daemon.asked("stop")
        await driven.press("x")
        await driven.sees("Stop “Port parser”?")
        await driven.press("y")
        await driven.asked("stop")


async def test_complete_archive_and_undo() -> None:
    async with running(world()) as driven:
        await driven.press("l", "l", "l")
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


async def test_undo_typed_before_the_archive_is_answered_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    daemon, answers = world(), Gate()
    remove = daemon.remove

    def late(service: str, identifier: str, *, purge: bool = False) -> dict[str, Any]:
        answers.wait(10)
        return remove(service, identifier, purge=purge)

    monkeypatch.setattr(daemon, "remove", late)
    async with running(daemon) as driven:
        await driven.press("l", "l", "l")
        title = subject(driven)
        await driven.press("D", "u")
        assert not driven.toasts
        answers.set()
        assert await driven.asked("patch") == {"archived_at": None}
        await driven.sees(title[:10])
        assert "Nothing to undo" not in " ".join(driven.toasts)


async def test_a_session_moves_to_a_board() -> None:
    async with running(world()) as driven:
        board_id = next(iter(driven.daemon.store["boards"]))
        await driven.press("l", "l", "b")
        await driven.sees("Move “Port parser”")
        await driven.press("left", "enter")
        assert await driven.asked("patch") == {"board_id": board_id}


async def test_y_copies_the_id() -> None:
    async with running(world()) as driven:
        await driven.press("y")
        assert driven.app.clipboard == driven.app.screen.session.session_id  # type: ignore[attr-defined]
        assert driven.toasts


async def test_a_session_is_renamed_on_the_board_and_where_it_is_open() -> None:
    async with running(world(), NARROW) as driven:
        await driven.press("r")
        await driven.sees("Rename “Rate limit the login”")
        await driven.press("ctrl+u")
        await driven.type("Limit it")
        await driven.press("enter")
        assert await driven.asked("patch") == {"title": "Limit it", "description": None}
        await driven.sees("Limit it")
        await driven.press("enter", "N")
        await driven.sees("Rename “Limit it”")
