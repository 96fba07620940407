"""The count of work in progress, and the keyboard that waits for it."""

import asyncio

import pytest
from textual import events
from textual.app import App
from textual.screen import Screen

from agor_tui.app import keyboard as keyboards
from agor_tui.app.busy import Busy
from agor_tui.app.keyboard import Keyboard


class Slow(App[None]):
    """Its screen takes a while for a key, or floods itself with messages."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = Busy(self)  # type: ignore[arg-type]
        self.keyboard = Keyboard(self, self.busy)  # type: ignore[arg-type]
        self.seen: list[str] = []
        self.floods = False

    def get_default_screen(self) -> Screen[None]:
        return SlowScreen()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and self.keyboard.holds(event):
            return
        await super().on_event(event)


class SlowScreen(Screen[None]):
    app: Slow

    async def on_key(self, event: events.Key) -> None:
        await asyncio.sleep(0.02)
        self.app.seen.append(event.key)
        if event.key == "p":
            await self.app.push_screen(Above())
        if self.app.floods:
            self.call_later(self.flood)

    async def flood(self) -> None:
        await asyncio.sleep(0)
        if self.app.floods:
            self.call_later(self.flood)


class Above(Screen[None]):
    app: Slow

    def on_key(self, event: events.Key) -> None:
        self.app.seen.append(f"above {event.key}")


async def typed(app: Slow, *keys: str) -> None:
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))
    await app.busy.handled()
    await app.busy.until(lambda: app.keyboard.idle)


async def test_it_is_settled_when_all_work_has_ended() -> None:
    app = Slow()
    async with app.run_test():
        await app.busy.handled()
        assert app.busy.settled
        one, two = app.busy.begin(), app.busy.begin(holds_keys=True)
        assert app.busy.holds_keys
        two.done()
        two.done()
        assert not app.busy.holds_keys
        assert not app.busy.settled
        waiting = asyncio.create_task(app.busy.until(lambda: app.busy.settled))
        await asyncio.sleep(0)
        assert not waiting.done()
        one.done()
        await waiting


async def test_a_key_waits_for_the_handler_of_the_one_before_it_and_for_the_screen_that_this_opens() -> None:
    app = Slow()
    async with app.run_test():
        await typed(app, "a", "p", "b", "c")
        assert app.seen == ["a", "p", "above b", "above c"]


async def test_a_flood_of_messages_holds_a_key_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyboards, "LONGEST", 0.1)
    app = Slow()
    async with app.run_test():
        app.floods = True
        await typed(app, "a", "b")
        assert app.seen == ["a", "b"]
        app.floods = False


async def test_keys_wait_for_an_answer_that_opens_a_screen_but_escape_does_not() -> None:
    app = Slow()
    async with app.run_test():
        answer = app.busy.begin(holds_keys=True)
        app.post_message(events.Key("a", "a"))
        await app.busy.handled()
        assert not app.seen
        app.post_message(events.Key("escape", None))
        while app.seen != ["escape"]:
            await app.busy.handled()
        answer.done()
        await app.busy.until(lambda: app.keyboard.idle)
        assert app.seen == ["escape"]  # what was typed for the screen that does not open is dropped
