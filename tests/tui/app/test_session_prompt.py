"""What is typed on the session screen: prompts, and the answers to questions."""

import pytest
from msgspec.structs import replace
from textual import events
from textual.keys import _character_to_key

from tests.fakes.app_driver import NARROW, WIDE, running
from tests.fakes.session_world import World, opened

MEDIUM = (120, 40)


@pytest.mark.parametrize("size", [NARROW, MEDIUM, WIDE])
async def test_a_session_that_asks_is_answered_as_soon_as_it_is_open(size: tuple[int, int]) -> None:
    async with running(World().daemon, size) as driven:
        await opened(driven)
        driven.wait()
        await driven.press("a")
        assert await driven.asked("patch") == {"decision": "allow"}


async def test_an_approval_is_answered_in_place() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        assert "a allow once" in driven.text
        driven.wait()
        await driven.press("d")
        assert await driven.asked("patch") == {"decision": "deny"}
        await driven.misses("allow once")


async def test_a_prompt_is_sent_with_enter_and_queued_while_a_task_runs() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("p")
        await driven.type("update the docs")
        await driven.press("enter")
        assert await driven.asked("prompt") == {"prompt": "update the docs"}
        await driven.sees("QUEUE 1")
        assert driven.text.count("update the docs") == 1


async def test_keys_are_text_while_a_prompt_is_written() -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("p")
        await driven.type("a d f x q D")
        assert screen.prompt_line.prompt.text == "a d f x q D"
        assert not driven.daemon.ledger


async def test_joiners_arrive_as_they_are_typed() -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("p")
        text = "A\u200cB \u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f467 \u2068x\u2069"
        for character in text:
            driven.app.post_message(events.Key(_character_to_key(character), character))
        await driven.until(lambda: screen.prompt_line.prompt.text == text)


async def test_a_refused_prompt_is_not_lost() -> None:
    world = World()
    world.daemon.fails = "The disk is full."
    async with running(world.daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("p")
        await driven.type("precious")
        await driven.press("enter")
        await driven.until(lambda: "The disk is full." in driven.toasts)
        assert screen.prompt_line.prompt.text == "precious"


async def test_while_a_prompt_is_written_the_footer_says_what_its_keys_do() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        assert "a allow" in driven.lines[-1]
        await driven.press("p")
        await driven.sees("the agent waits for an answer: esc, then a, A or d")
        assert "a allow" not in driven.lines[-1]
        assert "enter send" in driven.lines[-1]
        await driven.press("escape")
        assert "a allow" in driven.lines[-1]
        assert "esc, then a" not in driven.text


async def test_a_question_without_particulars_shows_none() -> None:
    world = World()
    bare = replace(world.approval, tool=replace(world.approval.tool, kind="edit", input={"x": 1}))
    world.daemon.put(bare)
    async with running(world.daemon, WIDE) as driven:
        await opened(driven)
        assert "wants: rm -rf build/" in driven.text
        assert "nothing to show" not in driven.text
