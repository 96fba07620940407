"""A screen of the app: a header, a footer, and the commands of the controllers that it is composed of."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingsMap
from textual.screen import Screen

from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_tui.app.commands.command import Command, unwritten
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.everywhere import PALETTE
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.widgets.footer import Footer
from agor_tui.app.widgets.header import Header, status_summary
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.too_small import LEAST_WIDTH
from agor_tui.state.board_columns import ColumnName, column_of
from agor_tui.state.changes import Changes

COUNTED = (ColumnName.NEEDS_YOU, ColumnName.NEW, ColumnName.RUNNING)
"""The columns whose sessions the header counts."""
REASON_SECONDS = 4.0
"""How long the same reason is not said again: a key that is held down repeats."""


class AgorScreen(Screen[None]):
    """Bindings, footer, palette and help come from the controllers; subclasses compose and show."""

    ORDER: ClassVar[Sequence[Command]] = ()
    """The most important commands first: the footer leaves out those at the end. All others follow."""
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as Textual declares it
        (0, "-too-narrow"),
        (LEAST_WIDTH, "-narrow"),
        (110, "-wide"),
        (150, "-broad"),
        (200, "-vast"),
    ]
    DEFAULT_CSS = "AgorScreen { layers: below above; overflow: hidden; }"

    def __init__(self, host: Host, link: DaemonLink, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.host = host
        self.link = link
        self.header = Header()
        self.footer = Footer()
        self.commands: Sequence[Command] = ()
        """All commands of the screen, the most important first."""
        self._attached: dict[str, tuple[Command, Controller]] = {}
        self._said: Reason | None = None
        self._said_at = 0.0

    # Commands

    def attach(self, *controllers: Controller) -> None:
        """Take over the commands of these controllers and bind their keys."""
        owners = {command: controller for controller in controllers for command in controller.commands}
        first = [command for command in self.ORDER if command in owners]
        self.commands = (*first, *(command for command in owners if command not in first))
        self._attached = {command.id: (command, controller) for command, controller in owners.items()}
        bound = BindingsMap(_binding(command) for command in self.commands)
        self._bindings.key_to_bindings.update(bound.key_to_bindings)  # as Textual merges the BINDINGS of a subclass

    def offered(self, command: Command) -> Reason | None:
        """None if a command of the screen is available now, else the reason why it is not."""
        return self._attached[command.id][1].offered(command)

    def action_command(self, command_id: str) -> None:
        """Run a command of the screen, or say why it is not available. Every binding has this action."""
        command, controller = self._attached[command_id]
        if (reason := controller.run(command)) is not None:
            self._say(reason)

    def _say(self, reason: Reason) -> None:
        now = self.host.clock.monotonic()
        if reason != self._said or now - self._said_at >= REASON_SECONDS:
            self._said, self._said_at = reason, now
            self.host.say(reason)

    @property
    def help_commands(self) -> Sequence[Command]:
        """The commands that the help lists."""
        return self.commands

    # For subclasses

    @property
    def session(self) -> Session | None:
        """The selected session, or the open one."""
        return None

    def shows_session(self, session_id: SessionId) -> bool:  # noqa: ARG002 - for subclasses
        """Whether this session is open here, so that no bell rings for its question."""
        return False

    @property
    def shows_all(self) -> bool:
        """Whether every session that needs the user is listed here, so that no toast has to tell of it."""
        return False

    def records_changed(self, changes: Changes) -> None:
        """Show what differs."""

    def tick(self) -> None:
        """Show ages anew: a minute may have passed."""

    # Header and footer

    def refresh_header(self) -> None:
        """Show the counts of sessions that need the user or run, and the connection."""
        self.header.status = self.standing(wide=self.host.size.width >= 110)
        self.header.redraw()

    def standing(self, *, wide: bool, but: SessionId | None = None) -> Line:
        """How many sessions need the user and how many run, ``but`` for one; ``wide`` says it in words."""
        if not self.link.ready:
            return []
        records = self.link.records
        session = records.session(but) if but is not None else None
        own = column_of(session) if session is not None else None
        counted = {name: records.count(name) - (name is own) for name in COUNTED}
        return status_summary(
            counted,
            spent=records.spent_today,
            connected=self.link.connected,
            glyphs=self.header.glyphs,
            wide=wide,
        )

    def refresh_keys(self) -> None:
        """Show the keys of the commands that are available; none while a dialog, which shows its own, is above."""
        if not self.is_active:
            self.footer.set_keys([])
            return
        keymap = self.host.keymap
        at_right = self.host.size.width >= 100
        pairs = [
            (command.keys_now(keymap)[0], label)
            for command, controller in (self._attached[one.id] for one in self.commands)
            if command.label and not (at_right and command == PALETTE) and controller.offered(command) is None
            if (label := controller.label(command))
        ]
        self.footer.set_keys(pairs, (PALETTE.keys_now(keymap)[0], PALETTE.label) if at_right else None)

    def on_screen_resume(self) -> None:
        self.refresh_header()
        self.refresh_keys()

    def on_screen_suspend(self) -> None:
        self.refresh_keys()

    def on_resize(self) -> None:
        self.refresh_header()
        self.refresh_keys()

    def on_footer_pressed(self, message: Footer.Pressed) -> None:
        if not self.host.just_focused:
            self.app.call_later(self.app.simulate_key, unwritten(message.key))


def _binding(command: Command) -> Binding:
    """The binding of a command; its id is what the settings rebind it by."""
    action = f"command({command.id!r})"
    return Binding(command.keys, action, command.title, show=False, id=command.id, priority=command.first)
