"""The full-screen app: it ties the screens to the daemon, and says what concerns all of them."""

import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

from textual import events
from textual.app import App
from textual.command import Provider

from agor_core.clock import Clock, SystemClock
from agor_core.config import settings as config
from agor_core.config.paths import Paths
from agor_core.config.settings import Settings
from agor_core.domain.session import SessionStatus
from agor_core.errors import AgorError
from agor_core.wire.feed import Frame
from agor_tui.app import terminal, theme
from agor_tui.app.keyboard import Keyboard
from agor_tui.app.link import Link
from agor_tui.app.loading import Calls
from agor_tui.app.notices import Notices, farewell
from agor_tui.app.places import Going, Places
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.screens.board import BoardScreen
from agor_tui.client.feed import Connected, Lost
from agor_tui.state import glyphs
from agor_tui.state.changes import Changes


def _provider() -> type[Provider]:
    from agor_tui.app.providers.everything import EverythingProvider

    return EverythingProvider


class AgorApp(Going, App[None]):
    """One board screen at the bottom, others on top of it."""

    TITLE = "agor"
    CSS_PATH = ["application.tcss", "screens/board.tcss"]  # noqa: RUF012 - a default screen loads none itself
    COMMANDS = {_provider}  # noqa: RUF012 - Textual's own declaration
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+backslash"  # ours is a command like the others

    def __init__(
        self,
        settings: Settings,
        connect: Callable[[], Calls],
        frames: Callable[[], AsyncIterator[Frame | Connected | Lost]],
        clock: Clock | None = None,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.glyphs = glyphs.chosen(settings.app.glyphs, sys.__stdout__.encoding if sys.__stdout__ else None)
        super().__init__()
        self.animation_level = "none"
        self.set_class(self.glyphs is glyphs.ASCII, "-ascii")
        self.keymap = dict(settings.app.keys)
        self.default_agent: str | None = settings.sessions.agent
        self.default_worktree = settings.sessions.worktree
        self.link = Link(self, connect, frames)
        self.keyboard = Keyboard(self)
        self.places = Places(self)
        self.last_words = ""
        self._interrupted = -10.0
        self._notices = Notices(self, self.link.records, bell=settings.app.bell)
        for one in theme.THEMES:
            self.register_theme(one)
        self.theme = settings.app.theme if settings.app.theme in self.available_themes else theme.DARK.name
        self.set_keymap(self.keymap)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.DEFAULTS

    def get_default_screen(self) -> BoardScreen:
        return BoardScreen(self.link)

    def on_mount(self) -> None:
        if not self.is_headless:
            terminal.heed(lambda code: self.exit(return_code=code))
            terminal.watch(lambda: self.call_from_thread(self.exit))
        self.set_interval(60, self._tick)
        self.call_after_refresh(self.link.start)

    # What the link tells

    def records_changed(self, changes: Changes) -> None:
        """Records differ: let the screens show it, and ring if somebody is needed."""
        if self.screen_stack:  # none while the app ends
            self._notices.tell(changes)
        for screen in self.screen_stack:
            if isinstance(screen, AgorScreen):
                screen.records_changed(changes)

    def standing_changed(self) -> None:
        """The daemon has gone or come."""
        for screen in self.screen_stack:
            if isinstance(screen, AgorScreen):
                screen.refresh_header()

    def say(self, sentence: str) -> None:
        """A toast."""
        self._notices.say(sentence)

    def complain(self, sentence: str) -> None:
        """A toast about something that did not work."""
        self._notices.say(sentence, error=True)

    def give_up(self, sentence: str) -> None:
        """Leave, and say why."""
        self.last_words = sentence
        self.exit(return_code=4)

    # Keys

    @property
    def awaits_screen(self) -> bool:
        """Whether the daemon's answer decides what is shown next: a dialog waits for it, or what it made is to come."""
        shown = self.screen_stack[-1:]  # none while the app ends
        return any(getattr(screen, "working", False) for screen in shown) or self.link.awaits

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and self.keyboard.holds(event):
            return
        await super().on_event(event)

    # Commands of every screen

    def action_keys(self) -> None:
        from agor_tui.app.screens.keys import KeysScreen

        if isinstance(self.screen, AgorScreen):
            self.push_screen(KeysScreen(self.screen.TABLE, self.keymap))

    def action_palette(self, text: str = "") -> None:
        from agor_tui.app.providers.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(text))

    def action_turn_light(self) -> None:
        self.theme = theme.LIGHT.name if self.current_theme.dark else theme.DARK.name

    def action_leave(self) -> None:
        records = self.link.records
        running = records.count(SessionStatus.RUNNING)
        waiting = records.count(SessionStatus.AWAITING_PERMISSION)
        self.last_words = farewell(running, waiting)
        self.exit()

    def action_help_quit(self) -> None:
        """Ctrl+C, where there is nothing to copy: once says how to leave, twice leaves."""
        now = self.clock.monotonic()
        if now - self._interrupted < 2:
            self.action_leave()
        else:
            self._interrupted = now
            self.say("q quits; ctrl+c once more does, too.")

    def action_command_palette(self) -> None:
        self.action_palette()

    async def action_quit(self) -> None:
        self.action_leave()

    def _tick(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, AgorScreen):
                screen.tick()


def run(paths: Paths) -> int:
    """Open the app on a home; the exit code. Raises InvalidInput if the config file is wrong."""
    settings = config.load(paths.config)

    def connect() -> Any:
        from agor_tui.client import launch

        return launch.ensure(paths)

    def frames() -> AsyncIterator[Frame | Connected | Lost]:
        from agor_tui.client import feed

        return feed.stream(paths)

    app = AgorApp(settings, connect, frames)
    try:
        app.run()
    except AgorError as error:
        app.last_words = error.message
        return 1
    finally:
        app.link.close()
        if app.last_words:
            sys.stdout.write(f"{app.last_words}\n")
            sys.stdout.flush()
    return app.return_code or 0
