"""What all screens of the app have in common: a header, a footer with their commands, and moving about in a list."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from textual.screen import Screen

from agor_core.domain.session import Session, SessionStatus
from agor_core.ids import SessionId
from agor_tui.app.commands.command import Command, unwritten
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.widgets.footer import Footer
from agor_tui.app.widgets.header import Header, status_summary
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.too_small import LEAST_WIDTH
from agor_tui.state.changes import Changes


class AgorScreen(Screen[None]):
    """A screen with a table of commands; the footer shows those that are offered now."""

    TABLE: ClassVar[Sequence[Command]] = ()
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as Textual declares it
        (0, "-too-narrow"),
        (LEAST_WIDTH, "-narrow"),
        (110, "-wide"),
        (150, "-broad"),
        (200, "-vast"),
    ]
    DEFAULT_CSS = "AgorScreen { layers: below above; overflow: hidden; }"

    def __init__(self, link: DaemonLink, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.link = link
        self.header = Header()
        self.footer = Footer()

    @property
    def host(self) -> Host:
        """The app."""
        return cast("Host", self.app)

    # For screens to say

    @property
    def rows(self) -> Rows[Any] | None:
        """The list that moving keys move in."""
        return None

    @property
    def subject(self) -> Session | None:
        """The session that commands are about."""
        return None

    @property
    def help_table(self) -> Sequence[Command]:
        """The commands that the help lists."""
        return self.TABLE

    def offered(self, command: Command) -> bool:  # noqa: ARG002 - for screens to say
        """Whether a command makes sense now; what does not is left out of the footer."""
        return True

    def label(self, command: Command) -> str:
        """A command's word in the footer."""
        return command.label

    def records_changed(self, changes: Changes) -> None:
        """Show what differs."""

    def tick(self) -> None:
        """A minute has passed: ages differ."""

    def refresh_header(self) -> None:
        """Show how things stand."""
        self.header.status = self.standing(wide=self.app.size.width >= 110)
        self.header.redraw()

    def standing(self, *, wide: bool, but: SessionId | None = None) -> Line:
        """How many need you and how many run, ``but`` for one session; ``wide`` says it in words."""
        if not self.link.ready:
            return []
        records = self.link.records
        statuses = [session.status for session in records.sessions.values() if session.session_id != but]
        return status_summary(
            needs=statuses.count(SessionStatus.AWAITING_PERMISSION),
            runs=statuses.count(SessionStatus.RUNNING),
            spent=records.spent_today,
            connected=self.link.connected,
            glyphs=self.header.glyphs,
            wide=wide,
        )

    # What they have in common

    def refresh_keys(self) -> None:
        """Show the keys of what can be done now; below a dialog, which has its own, that is nothing."""
        if not self.is_active:
            self.footer.set_keys([])
            return
        shown = [command for command in self.TABLE if command.label and self.offered(command)]
        keymap = self.host.keymap
        pairs = [(command.keys_now(keymap)[0], self.label(command)) for command in shown]
        palette = next(command for command in self.TABLE if command.id == "app.palette")
        last = (palette.keys_now(keymap)[0], palette.label) if self.app.size.width >= 100 else None
        self.footer.set_keys([pair for pair in pairs if pair[1] != palette.label or last is None], last)

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

    def action_move(self, step: int) -> None:
        if self.rows is not None:
            self.rows.move(step)

    def action_edge(self, direction: int) -> None:
        if self.rows is not None:
            self.rows.move_to(0 if direction < 0 else len(self.rows.items) - 1)

    def action_page(self, direction: int) -> None:
        if self.rows is not None:
            self.rows.page(direction)
