"""What was written and not sent: it is kept, and what may have arrived is not done twice."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.events import Key

from agor_tui.app.screens.session import SessionScreen
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.client.errors import NotAnswering, WentAway
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import WIDE, Driven, running
from tests.fakes.gate import Gate
from tests.fakes.session_world import World, opened


class Silent(FakeDaemon):
    """Hears what it is asked, and does not answer while it is ``away``."""

    away: Exception | None = None

    def __init__(self, *records: object) -> None:
        super().__init__(*records)
        self.answers = Gate()
        """Until it is set, calls that were heard wait."""
        self.answers.set()

    def act(self, session, action, body=None):
        if self.away is None:
            return super().act(session, action, body)
        self._ask(action, session, body or {})
        self.answers.wait(20)
        raise self.away

    def create(self, service, body):
        if self.away is None:
            return super().create(service, body)
        self._ask("create", service, body)
        self.answers.wait(20)
        raise self.away


def written(driven: Driven) -> str:
    screen = driven.app.screen
    return (screen.prompt_line.prompt if isinstance(screen, SessionScreen) else screen.query_one(Prompt)).text


async def test_a_prompt_is_kept_when_the_session_is_left() -> None:
    async with running(World().daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("p")
        await driven.type("half a thought")
        await driven.press("escape", "escape")
        await driven.until(lambda: "Draft kept." in driven.toasts)
        await opened(driven)
        assert written(driven) == "half a thought"
        assert driven.app.screen.prompt_line.prompt.cursor_at_end_of_text  # type: ignore[attr-defined]


async def test_the_prompt_of_the_board_and_of_the_session_are_one() -> None:
    world = World()
    async with running(world.daemon, WIDE) as driven:
        driven.app.screen.cursor.follow(world.session.session_id)  # type: ignore[attr-defined]
        await driven.press("p")
        await driven.sees("Prompt “Rate limit”")
        await driven.type("one")
        await driven.press("escape")
        screen = await opened(driven)
        assert written(driven) == "one"
        await driven.press("p")
        await driven.type(" two")
        await driven.press("enter")
        assert await driven.asked("prompt") == {"prompt": "one two"}
        await driven.press("escape", "escape")
        await driven.until(lambda: not screen.is_attached)
        assert not driven.app.link.drafts.take(screen.composer._place)


async def test_a_session_without_a_draft_says_nothing_when_it_is_left() -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("escape")
        await driven.until(lambda: not screen.is_attached)
        assert not driven.toasts


@pytest.mark.parametrize("key", ["n", "f", "s"])
async def test_a_form_keeps_what_was_typed_until_it_is_sent(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = make.session("Source")
    async with running(FakeDaemon(session, make.task(session)), WIDE) as driven:
        await driven.press(key)
        await driven.type("half")
        await driven.press("up")
        await driven.type("A title")
        await driven.press("escape")
        await driven.until(lambda: "Draft kept." in driven.toasts)
        await driven.press(key)
        assert written(driven) == "half"
        await driven.sees("A title")
        await driven.type(" more")
        await driven.press("enter")
        await driven.until(lambda: driven.daemon.ledger)
        body = driven.daemon.ledger[-1][2]
        assert (body["prompt"], body["title"]) == ("half more", "A title")
        await driven.until(lambda: len(driven.app.screen_stack) == 1)
        assert not driven.app.link.drafts._texts


async def test_an_empty_form_is_not_kept() -> None:
    async with running(FakeDaemon(make.session("Source")), WIDE) as driven:
        await driven.press("n", "escape")
        await driven.misses("New session")
        assert not driven.toasts


@pytest.mark.parametrize("away", [NotAnswering("The daemon does not answer"), WentAway("The daemon went away")])
async def test_a_prompt_that_was_not_answered_is_the_same_task_when_it_is_sent_again(away: Exception) -> None:
    world = World()
    daemon = Silent(world.session, world.first, world.second, world.third)
    async with running(daemon, WIDE) as driven:
        await opened(driven)
        daemon.away = away
        await driven.press("p")
        await driven.type("only once")
        await driven.press("enter")
        await driven.until(lambda: any("may have arrived" in toast for toast in driven.toasts))
        assert written(driven) == "only once"
        daemon.away = None
        await driven.press("enter")
        await driven.until(lambda: len(daemon.given) == 2)
        first, second = daemon.given
        assert first == second
        assert first["task_id"]


async def test_a_prompt_that_was_changed_or_is_sent_anew_is_another_task() -> None:
    world = World()
    daemon = Silent(world.session, world.first, world.second, world.third)
    async with running(daemon, WIDE) as driven:
        await opened(driven)
        daemon.away = NotAnswering("The daemon does not answer")
        await driven.press("p")
        await driven.type("go on")
        await driven.press("enter")
        await driven.until(lambda: written(driven))
        daemon.away = None
        for text in ("!", "again", "again"):
            await driven.type(text)
            await driven.press("enter")
            await driven.until(lambda: not written(driven))
        await driven.until(lambda: len(daemon.given) == 4)
        assert len({given["task_id"] for given in daemon.given}) == 4


async def test_what_arrived_after_all_is_taken_out_of_the_prompt() -> None:
    world = World()
    daemon = Silent(world.session, world.first, world.second, world.third)
    async with running(daemon, WIDE) as driven:
        await opened(driven)
        daemon.away = NotAnswering("The daemon does not answer")
        await driven.press("p")
        await driven.type("only once")
        await driven.press("enter")
        await driven.until(lambda: written(driven) == "only once")
        heard = make.task(
            world.session, 4, status="queued", full_prompt="only once", task_id=daemon.given[0]["task_id"]
        )
        daemon.change(heard, "created")
        await driven.until(lambda: not written(driven))
        assert "The prompt has arrived after all." in driven.toasts


@pytest.mark.parametrize("key", ["n", "f", "s", "p"])
async def test_a_form_that_was_not_answered_asks_for_the_same_again(key: str) -> None:
    session = make.session("Source")
    daemon = Silent(session, make.task(session))
    async with running(daemon, WIDE) as driven:
        await driven.press(key)
        await driven.type("only once")
        daemon.away = NotAnswering("The daemon does not answer")
        await driven.press("enter")
        await driven.sees("may have arrived")
        await driven.press("escape")
        daemon.away = None
        await driven.press(key, "enter")
        await driven.until(lambda: len(daemon.given) == 2)
        first, second = daemon.given
        assert first == second
        assert all(first.values())
        assert first


def arrives(world: World, daemon: Silent, number: int, text: str) -> None:
    """The feed tells of the task of a prompt that was not answered."""
    task_id = daemon.given[number]["task_id"]
    daemon.change(make.task(world.session, 4, status="queued", full_prompt=text, task_id=task_id), "created")


def unanswering() -> tuple[World, Silent]:
    world = World()
    daemon = Silent(world.session, world.first, world.second, world.third)
    daemon.away = NotAnswering("The daemon does not answer")
    return world, daemon


async def test_a_draft_that_arrived_after_all_is_taken_out_of_the_prompt() -> None:
    world, daemon = unanswering()
    async with running(daemon, WIDE) as driven:
        await driven.press("p")
        await driven.type("only once")
        await driven.press("enter")
        await driven.sees("may have arrived")
        await driven.press("escape")
        await opened(driven)
        assert written(driven) == "only once"
        arrives(world, daemon, 0, "only once")
        await driven.until(lambda: "The prompt has arrived after all." in driven.toasts)
        assert not written(driven)


async def test_what_failed_when_the_session_was_left_is_taken_out_of_the_prompt_once_it_arrives() -> None:
    world, daemon = unanswering()
    daemon.answers.clear()
    async with running(daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("p")
        await driven.type("first")
        await driven.press("enter")
        await driven.type("next")
        await driven.press("escape", "escape")
        await driven.until(lambda: not screen.is_attached)
        daemon.answers.set()
        await driven.until(lambda: any("may have arrived" in toast for toast in driven.toasts))
        await opened(driven)
        assert set(written(driven).split("\n\n")) == {"first", "next"}
        arrives(world, daemon, 0, "first")
        await driven.until(lambda: "The prompt has arrived after all." in driven.toasts)
        assert written(driven) == "next"


async def test_of_two_prompts_that_were_not_answered_each_is_known_when_it_arrives() -> None:
    world, daemon = unanswering()
    daemon.answers.clear()
    async with running(daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("p")
        await driven.type("first")
        await driven.press("enter")
        await driven.until(lambda: len(daemon.given) == 1)
        await driven.type("second")
        await driven.press("enter")
        await driven.until(lambda: len(daemon.given) == 2)
        daemon.answers.set()
        await driven.until(lambda: set(written(driven).split("\n\n")) == {"first", "second"})
        arrives(world, daemon, 0, "first")
        await driven.until(lambda: "The prompt has arrived after all." in driven.toasts)
        assert written(driven) == "second"
        await driven.press("enter")
        await driven.until(lambda: len(daemon.given) == 3)
        assert daemon.given[2] == daemon.given[1]


async def test_the_same_words_are_another_task_once_those_before_have_arrived() -> None:
    world, daemon = unanswering()
    async with running(daemon, WIDE) as driven:
        await driven.press("p")
        await driven.type("continue")
        await driven.press("enter")
        await driven.sees("may have arrived")
        await driven.press("escape")
        assert world.session.current is not None
        current = replace(world.session.current, task_id=daemon.given[0]["task_id"])
        daemon.change(replace(world.session, current=current))
        await driven.until(lambda: driven.app.link.records.sessions[world.session.session_id].current == current)
        await driven.press("p")
        await driven.until(lambda: "What was sent before has arrived after all." in driven.toasts)
        assert not written(driven)
        await driven.type("continue")
        await driven.press("enter")
        await driven.until(lambda: len(daemon.given) == 2)
        assert daemon.given[0] != daemon.given[1]


@pytest.mark.parametrize("key", ["n", "f", "s", "p"])
async def test_what_fails_after_its_form_was_left_is_kept(key: str) -> None:
    session = make.session("Source")
    daemon = Silent(session, make.task(session))
    daemon.away = NotAnswering("The daemon does not answer")
    daemon.answers.clear()
    async with running(daemon, WIDE) as driven:
        await driven.press(key)
        await driven.type("precious")
        await driven.press("enter")
        await driven.until(lambda: daemon.given)
        await driven.press("escape")
        await driven.until(lambda: len(driven.app.screen_stack) == 1)
        assert not driven.toasts
        daemon.answers.set()
        await driven.until(lambda: any(toast.endswith("Draft kept.") for toast in driven.toasts))
        await driven.press(key)
        assert written(driven) == "precious"


async def test_what_fails_while_something_else_is_written_is_put_above_it() -> None:
    _, daemon = unanswering()
    daemon.answers.clear()
    async with running(daemon, WIDE) as driven:
        await opened(driven)
        await driven.press("p")
        await driven.type("first")
        await driven.press("enter")
        await driven.type("third")
        daemon.answers.set()
        await driven.until(lambda: any("may have arrived" in toast for toast in driven.toasts))
        assert written(driven) == "first\n\nthird"


async def test_what_was_typed_fast_is_written_at_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(World().daemon, WIDE) as driven:
        screen = await opened(driven)
        await driven.press("p")
        pieces: list[str] = []
        insert = screen.prompt_line.prompt._replace_via_keyboard
        monkeypatch.setattr(
            screen.prompt_line.prompt,
            "_replace_via_keyboard",
            lambda text, *where: (pieces.append(text), insert(text, *where))[1],
        )
        text = "the quick brown fox " * 20
        for character in text:
            driven.app.post_message(Key("space" if character == " " else character, character))
        driven.app.simulate_key("ctrl+j")
        driven.app.simulate_key("z")
        await driven.until(lambda: written(driven) == f"{text}\nz")
        assert len(pieces) < 40
