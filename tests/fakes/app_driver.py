"""Driving the app in tests: start it on a fake daemon, wait for what is awaited, read the screen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any
from unicodedata import lookup

from textual import events
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

from agor_core.config.paths import Paths
from agor_core.config.settings import AppSettings, Settings
from agor_tui.app.application import AgorApp
from agor_tui.app.screens import board_preview
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.gate import Gate

NARROW, WIDE = (80, 24), (160, 48)


class HeldClock:
    """Noon of the tests' day; its monotonic seconds pass when a test says so."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.passed


class Driven:
    """The running app and what a person would see and press."""

    def __init__(self, app: AgorApp, pilot: Pilot[None], daemon: FakeDaemon) -> None:
        self.app = app
        self.pilot = pilot
        self.daemon = daemon

    async def press(self, *keys: str) -> None:
        """Press keys, each after the one before was handled, and wait for all that follows from them."""
        for key in keys:
            self.app.post_message(_typed(key))
            await self._handled()
        await self.settled()

    def wait(self, seconds: float = 1.0) -> None:
        """Let time pass on the app's clock: long enough to read what is asked, unless said otherwise."""
        clock = self.app.clock
        assert isinstance(clock, HeldClock)
        clock.passed += seconds

    async def type(self, text: str) -> None:
        await self.press(*("space" if character == " " else character for character in text))

    async def until(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something is so; it is looked at again whenever work of the app begins or ends."""
        deadline = monotonic() + seconds
        while not condition():
            assert monotonic() < deadline, f"not so in {seconds} s; the screen:\n{self.text}"
            await self._moment()

    async def settled(self) -> None:
        """Wait until the app is settled but for calls that are held at a `Gate`."""
        async with asyncio.timeout(30):
            while self.running:
                await self.daemon.delivered()
                if Gate.waiting and await self._handled():
                    return
                if self.app.busy.settled:
                    await self._shown()
                    if self.app.busy.settled:
                        return
                await self._moment()

    @property
    def running(self) -> bool:
        """Whether the app has screens and is not about to exit."""
        return bool(self.app.screen_stack) and not self.app._exit

    async def _handled(self) -> bool:
        """Wait until what was typed is handled, or waits for the daemon."""
        busy, keyboard = self.app.busy, self.app.keyboard
        while self.running:
            await busy.handled()
            if keyboard.idle or busy.holds_keys:
                break
            await self._moment()
        await self._shown()
        return True

    async def _moment(self) -> None:
        """Let the app go on until something changes, or for a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await self.app.busy.change()
        await self._shown()

    async def _shown(self) -> None:
        """Wait until messages are handled, and lay out and paint without waiting for the next frame."""
        await self.app.busy.handled()
        if self.running:
            self.app.screen._on_timer_update()
            await self.app.busy.handled()

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.text)

    async def misses(self, text: str) -> None:
        await self.until(lambda: text not in self.text)

    async def asked(self, action: str) -> Any:
        """The body of the last such call."""
        await self.until(lambda: self.daemon.asked(action))
        return self.daemon.asked(action)[-1][2]

    @property
    def text(self) -> str:
        """The screen's lines."""
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join(strip.text.rstrip() for strip in strips)

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @property
    def toasts(self) -> list[str]:
        return [notification.message for notification in self.app._notifications]


def _typed(key: str) -> events.Key:
    """A key as the terminal's driver would report it, by its character or its name."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    with suppress(KeyError):
        return events.Key(name, lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name))))
    return events.Key(name, key if len(key) == 1 else None)


def _notify(notify: Callable[..., None], message: str, **given: Any) -> None:
    """Show a toast for as long as the test runs, however slow the machine is."""
    notify(message, **{**given, "timeout": 3600})


@asynccontextmanager
async def running(
    daemon: FakeDaemon,
    size: tuple[int, int] = WIDE,
    settings: Settings | None = None,
    *,
    notifications: bool = False,
    home: Path | None = None,
) -> AsyncIterator[Driven]:
    """The app on a fake daemon, loaded; ``notifications`` shows toasts on the screen as well."""
    board_preview.REST_SECONDS = 0.001  # the cursor of a test rests at once
    app = AgorApp(
        settings or Settings(app=AppSettings()),
        daemon.connect,
        daemon.frames,
        HeldClock(),
        home=Paths(home) if home is not None else None,
    )
    app.notify = partial(_notify, app.notify)  # type: ignore[method-assign]
    try:
        async with app.run_test(size=size, notifications=notifications) as pilot:
            driven = Driven(app, pilot, daemon)
            await driven.until(lambda: app.link.ready)
            await driven.settled()
            yield driven
    finally:
        app.link.close()
