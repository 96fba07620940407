"""Driving the app in tests: start it on a fake daemon, wait for what is awaited, read the screen."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import monotonic

from textual.pilot import Pilot

from agor_core.config.settings import AppSettings, Settings
from agor_tui.app.application import AgorApp
from tests.fakes.app_daemon import FakeDaemon

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
        await self.pilot.press(*keys)
        await self.until(lambda: self.app.keyboard.idle or self.app.awaits_screen)
        await self.pilot.pause()

    def wait(self, seconds: float = 1.0) -> None:
        """Let time pass on the app's clock: long enough to read what is asked, unless said otherwise."""
        clock = self.app.clock
        assert isinstance(clock, HeldClock)
        clock.passed += seconds

    async def type(self, text: str) -> None:
        await self.press(*("space" if character == " " else character for character in text))

    async def until(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something is so."""
        deadline = monotonic() + seconds
        while not condition():
            assert monotonic() < deadline, f"not so in {seconds} s; the screen:\n{self.text}"
            await self.pilot.pause(0.01)

    async def settled(self) -> None:
        """Wait until the screen does not change by itself any more."""
        before = None
        while (now := self.text) != before:
            before = now
            await self.pilot.pause(0.05)

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.text)

    async def misses(self, text: str) -> None:
        await self.until(lambda: text not in self.text)

    async def asked(self, action: str) -> object:
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


@asynccontextmanager
async def running(
    daemon: FakeDaemon,
    size: tuple[int, int] = WIDE,
    settings: Settings | None = None,
    *,
    notifications: bool = False,
) -> AsyncIterator[Driven]:
    """The app on a fake daemon, loaded; ``notifications`` shows toasts on the screen as well."""
    app = AgorApp(settings or Settings(app=AppSettings()), daemon.connect, daemon.frames, HeldClock())
    try:
        async with app.run_test(size=size, notifications=notifications) as pilot:
            driven = Driven(app, pilot, daemon)
            await driven.until(lambda: app.link.ready)
            await driven.settled()
            yield driven
    finally:
        app.link.close()
