"""The queue of a session in the app, a stop that pauses it, a prompt that is run again, and prompts given before."""

import os

import pytest
from msgspec.structs import replace

from agor_core.domain.task import TaskStatus
from agor_tui.app import editor
from agor_tui.app.widgets.prompt import Prompt
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, running


def world(*, paused: bool = False) -> FakeDaemon:
    session = make.session("One", status="idle" if paused else "running", tasks=3)
    session = replace(session, queue_paused=paused)
    done = make.task(session, 1, full_prompt="say: one", files=("a.txt",))
    waits = [make.task(session, n, status="queued", full_prompt=f"say: {n}") for n in (2, 3)]
    return FakeDaemon(session, done, *waits)


async def test_the_queue_is_edited_put_in_order_and_dropped() -> None:
    async with running(world(), NARROW) as driven:
        await driven.press("enter", "w")
        await driven.sees("Queue of “One”")
        await driven.press("J")
        assert await driven.asked("move") == {"to": 2}
        await driven.press("enter")
        await driven.sees("Edit a prompt that waits")
        await driven.type(" and more")
        await driven.press("enter")
        assert await driven.asked("edit") == {"prompt": "say: 2 and more"}
        await driven.sees("2 and more")
        await driven.press("n")
        assert await driven.asked("now") == {}
        await driven.press("x")
        await driven.sees("▸  1 ⋯ say: 3")
        await driven.press("x")
        await driven.misses("Queue of")
        await driven.press("w")
        await driven.until(lambda: any(one.message == "The queue is empty." for one in driven.app._notifications))


async def test_a_queue_that_a_stop_paused_says_so_and_goes_on_or_is_dropped() -> None:
    async with running(world(paused=True), NARROW) as driven:
        await driven.sees("queue paused")
        await driven.press("x")
        await driven.sees("Drop the queued prompts of “One”?")
        await driven.press("y")
        assert await driven.asked("stop") == {"queue": True}
        await driven.press("enter", "w")
        await driven.sees("g go on")
        await driven.press("g")
        await driven.asked("resume")


async def test_a_prompt_is_run_again_where_its_task_changed_files_in_a_fork() -> None:
    async with running(world(paused=True), NARROW) as driven:
        await driven.press("enter", "h", "k", "T")
        await driven.sees("Run task 1 again")
        await driven.sees("‹ a fork at its start ›")
        await driven.type(" well")
        await driven.press("enter")
        asked = await driven.asked("fork")
        assert (asked["point"], asked["prompt"]) == ("start", "say: one well")


async def test_a_cancelled_turn_looks_cancelled() -> None:
    session = make.session("One", tasks=1)
    assert session.current is not None
    session = replace(session, current=replace(session.current, status=TaskStatus.CANCELLED))
    async with running(FakeDaemon(session), NARROW) as driven:
        await driven.sees("⊘ One")


async def test_up_and_down_go_through_the_prompts_that_were_given() -> None:
    async with running(world(), NARROW) as driven:
        await driven.press("enter", "p")
        prompt = driven.app.screen.query_one(Prompt)
        await driven.until(lambda: bool(prompt.given))
        await driven.press("up", "up")
        assert prompt.text == "say: 2"
        await driven.press("down", "down")
        assert prompt.text == ""
        await driven.press("up")
        await driven.type("!")
        await driven.press("up")
        assert prompt.text == "say: 3!"
        assert not prompt.has_focus


def test_the_editor_gives_back_what_was_written(monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]) -> None:
    program = f"{tmp_path}/editor"
    for script, text, fault in (
        ('printf "%s two\\n\\n" "$(cat "$2")" > "$2"', "one two", None),
        ('printf "\\377" > "$2"', "one", "The editor left no text"),
    ):
        with open(program, "w") as file:  # noqa: PTH123
            file.write(f"#!/bin/sh\n{script}\n")
        os.chmod(program, 0o700)  # noqa: PTH101
        monkeypatch.setenv("VISUAL", program)
        found, said = editor.edited("one")
        assert (found, (said or "").startswith(fault or "")) == (text, True)
    monkeypatch.setenv("VISUAL", "/no/such/editor")
    assert editor.edited("one")[1].startswith("The editor cannot be run")
