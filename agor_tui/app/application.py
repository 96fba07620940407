"""The full-screen app: it wires screens, daemon link, keyboard and notices together."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Literal

from textual import events
from textual.app import App

from agor_core.clock import Clock, SystemClock
from agor_core.config import settings as config
from agor_core.config.paths import Paths
from agor_core.config.settings import Settings
from agor_core.domain.session import Session
from agor_core.errors import AgorError
from agor_core.ids import BoardId, SessionId
from agor_core.wire.feed import Frame
from agor_tui.app import editor, multiplexer, shell, terminal, theme, unknown_settings
from agor_tui.app.archived_sessions import ArchivedSessions
from agor_tui.app.busy import Busy
from agor_tui.app.commands.command import key, rebind
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.keyboard import Keyboard
from agor_tui.app.loading import Calls
from agor_tui.app.navigation import Navigation, Place
from agor_tui.app.notices import TITLE_BACK, Notices, farewell
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.screens.board import BoardScreen
from agor_tui.app.widgets.too_small import LEAST_HEIGHT, LEAST_WIDTH
from agor_tui.client.feed import Connected, Lost
from agor_tui.state import clean, glyphs
from agor_tui.state.changes import Changes
from agor_tui.state.diffed import Diffed
from agor_tui.state.undo import UndoStack

TICK_SECONDS = 20
"""Seconds between updates of ages, which are shown in minutes. Lines that do not differ are not painted."""
FOCUS_SECONDS = 0.3
"""Seconds after the terminal's window got the focus in which a click does nothing."""


class AgorApp(App[None]):
    """A stack of screens on the board screen. It is the `Host` of its parts."""

    TITLE = "agor"
    CSS_PATH = theme.style_sheets()
    ENABLE_COMMAND_PALETTE = False  # ours is a command like the others

    def __init__(
        self,
        settings: Settings,
        connect: Callable[[], Calls],
        frames: Callable[[], AsyncIterator[Frame | Connected | Lost]],
        clock: Clock | None = None,
        theme_file: Path | None = None,
        home: Paths | None = None,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.glyphs = glyphs.chosen(settings.app.glyphs, sys.__stdout__.encoding if sys.__stdout__ else None)
        super().__init__()
        self.animation_level = "none"
        self.set_class(self.glyphs is glyphs.ASCII, "-ascii")
        self.keymap = dict(settings.app.keys)
        self.default_agent: str | None = settings.sessions.agent
        self.default_worktree = settings.sessions.worktree
        self.undo = UndoStack()
        self.arrangements_file = home.arrangements if home is not None else None
        self.busy = Busy(self)
        self.link = DaemonLink(self, self.busy, connect, frames)
        self.keyboard = Keyboard(self, self.busy)
        self.navigation = Navigation(self, self.link, home.config if home is not None else None)
        self.show_worktrees = self.navigation.show_worktrees
        self.show_comparison = self.navigation.show_comparison
        self.archived_sessions = ArchivedSessions(self, self.link)
        self.last_words = ""
        self._interrupted = self._focused_at = -10.0
        self._theme_choice = theme.ThemeChoice(theme_file, settings.app.theme)
        self._notices = Notices(self, self.link.records, bell=settings.app.bell, kinds=settings.notify.on)
        for one in theme.THEMES:
            self.register_theme(one)
        chosen = self._theme_choice.name
        self.theme = chosen if chosen in self.available_themes else theme.DARK.name
        self.set_keymap(self.keymap)
        rebind(self.keymap)
        self._unknown_settings = unknown_settings.sentences(settings.app, self.available_themes)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.DEFAULTS

    def get_default_screen(self) -> BoardScreen:
        return BoardScreen(self, self.link)

    def on_mount(self) -> None:
        if not self.is_headless:
            terminal.heed(self._end)
            terminal.watch(lambda: self.call_from_thread(self.exit))
        self.app_resume_signal.subscribe(self, lambda _: self.screen.refresh())  # the terminal's screen was cleared
        self.set_interval(TICK_SECONDS, self._tick)
        self.call_after_refresh(self.link.start)
        for sentence in self._unknown_settings:
            self.complain(sentence)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < LEAST_WIDTH or event.size.height < LEAST_HEIGHT, "-too-small")

    @property
    def too_small(self) -> bool:
        """Whether the window is too small to show a screen."""
        return self.has_class("-too-small")

    # Events of the daemon link

    def records_changed(self, changes: Changes) -> None:
        """Show changed records on all screens, and ring for sessions that began to need the user."""
        if self.screen_stack:  # none while the app ends
            self._notices.tell(changes)
            self._notices.name_window()
        for screen in self.screen_stack:
            if isinstance(screen, AgorScreen):
                screen.records_changed(changes)

    def standing_changed(self) -> None:
        """Show on all screens whether the daemon is connected."""
        for screen in self.screen_stack:
            if isinstance(screen, AgorScreen):
                screen.refresh_header()

    def say(self, sentence: str) -> None:
        """Show a toast."""
        self._notices.say(sentence)

    def complain(self, sentence: str) -> None:
        """Show a toast about a failure."""
        self._notices.say(sentence, error=True)

    def copy(self, text: str, what: str) -> None:
        """Copy a text to the clipboard through the terminal, and say what it is."""
        self.copy_to_clipboard(text)
        into = "" if self.is_headless else multiplexer.also_copied(text)
        self.say(f"Copied {clean.line(what)}{into}.")

    def edit(self, folder: Path, path: str, line: int) -> None:
        """Open a file of a folder in the user's editor, which has the terminal until it ends."""
        self._lend(editor.refusal(folder, path), lambda: editor.run(folder, path, line))

    def lend_terminal(self, session: Session, program: Literal["shell", "editor"]) -> None:
        """Give the terminal to a shell or the user's editor in a session's folder, until it ends."""
        run = shell.run_shell if program == "shell" else shell.run_editor
        self._lend(shell.refusal(session), lambda: run(session))

    def _lend(self, refused: str | None, program: Callable[[], str | None]) -> None:
        if refused is not None:
            self.complain(refused)
            return
        with self.suspend(), terminal.lent(self._end):
            failed = program()
        self.refresh()
        if failed is not None:
            self.complain(failed)

    def _end(self, code: int) -> None:
        """Leave with an exit code."""
        self.exit(return_code=code)

    def give_up(self, sentence: str) -> None:
        """Exit with code 4 and a sentence that says why."""
        self.last_words = sentence
        self.exit(return_code=4)

    def write_to_terminal(self, sequence: str) -> None:
        """Write a control sequence to the terminal, if there is one."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)
            self._driver.flush()

    # Navigation

    def visit(self, kind: str, identifier: str | None = None) -> None:
        """Note the place that a screen shows."""
        self.navigation.visit(Place(kind, identifier))

    def open_session(self, session_id: SessionId) -> None:
        """Show a session."""
        self.navigation.open_session(session_id)

    def open_found(self, session_id: str, service: str, identifier: str) -> None:
        """Show a session at a record that a search found."""
        self.navigation.open_found(session_id, service, identifier)

    def show_genealogy(self, session_id: SessionId) -> None:
        """Show a session's genealogy."""
        self.navigation.show_genealogy(session_id)

    def show_diff(self, diffed: Diffed) -> None:
        """Show what a task changed, or what differs between two points."""
        self.navigation.show_diff(diffed)

    def show_board(self, board_id: BoardId | None) -> None:
        """Show a board; None shows all sessions."""
        self.navigation.show_board(board_id)

    def action_next_asking(self) -> None:
        self.navigation.next_asking()

    def action_go_back(self) -> None:
        self.navigation.go_back()

    # Keys

    def drop_keys(self) -> None:
        """Discard keys that are held for a screen that does not open."""
        self.keyboard.drop()

    def on_app_focus(self) -> None:
        self._focused_at = self.clock.monotonic()

    @property
    def just_focused(self) -> bool:
        """Whether a click may only have been meant to focus the terminal's window."""
        return self.clock.monotonic() - self._focused_at < FOCUS_SECONDS

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and self.keyboard.holds(event):
            return
        await super().on_event(event)

    # Commands of every screen

    def action_keys(self) -> None:
        from agor_tui.app.dialogs.keys import KeysScreen

        if (commands := getattr(self.screen, "help_commands", None)) is not None:
            self.push_screen(KeysScreen(commands, self.keymap))

    def action_palette(self, text: str = "") -> None:
        from agor_tui.app.providers import everything
        from agor_tui.app.providers.palette import Palette

        if not isinstance(self.screen, Palette):
            provider = everything.of(self, self.link.records)
            self.push_screen(Palette(provider, "Search; : finds sessions and boards", text))

    def action_archived(self) -> None:
        self.archived_sessions.search()

    def action_settings(self) -> None:
        self.navigation.show_settings()

    def action_search(self) -> None:
        self.navigation.show_search()

    def action_turn_light(self) -> None:
        self.theme = theme.LIGHT.name if self.current_theme.dark else theme.DARK.name
        try:
            self._theme_choice.store(self.theme)
        except OSError as error:
            self.complain(f"The theme is not kept: {error.strerror}.")

    def action_suspend_process(self) -> None:
        if terminal.has_shell():
            super().action_suspend_process()
        else:
            self.say(f"There is no shell to go back to; {key('app.quit')} quits.")

    def action_leave(self) -> None:
        self.last_words = farewell(self.link.records)
        self.exit()

    def action_help_quit(self) -> None:
        """Ctrl+C, where there is nothing to copy: the first says how to quit, a second within 2 s quits."""
        now = self.clock.monotonic()
        if now - self._interrupted < 2:
            self.action_leave()
        else:
            self._interrupted = now
            self.say(f"{key('app.quit')} quits; ctrl+c once more does, too.")

    async def action_quit(self) -> None:
        self.action_leave()

    def _tick(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, AgorScreen):
                screen.tick()


def run(paths: Paths) -> int:
    """Run the app on a home and return the exit code. Raises InvalidInput if the config file is wrong."""
    settings = config.load(paths.config)

    def connect() -> Any:
        from agor_tui.client import launch

        return launch.ensure(paths, lambda sentence: app.call_from_thread(app.say, sentence))

    def frames() -> AsyncIterator[Frame | Connected | Lost]:
        from agor_tui.client import feed

        return feed.stream(paths)

    app = AgorApp(settings, connect, frames, theme_file=paths.theme, home=paths)
    try:
        app.run()
    except AgorError as error:
        app.last_words = error.message
        return 1
    finally:
        app.link.close()
        sys.stdout.write(TITLE_BACK + (f"{app.last_words}\n" if app.last_words else ""))
        sys.stdout.flush()
    return app.return_code or 0
