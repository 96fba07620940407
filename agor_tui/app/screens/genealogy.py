"""The genealogy: all the forks and spawns around a session, like a good git log."""

from typing import Any, ClassVar

from textual.app import ComposeResult

from agor_core.domain.genealogy import Genealogy
from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_tui.app import loading
from agor_tui.app.commands import genealogy as commands
from agor_tui.app.commands.command import bindings
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.screens.session_actions import SessionActions
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.app.widgets.tree_rows import TreeRows
from agor_tui.state.changes import Changes
from agor_tui.state.genealogy_rows import genealogy_rows
from agor_tui.state.titles import session_title


class GenealogyScreen(SessionActions):
    """All that are related to one session."""

    TABLE = commands.COMMANDS
    BINDINGS: ClassVar[list[Any]] = bindings(commands.COMMANDS)
    CSS_PATH = "genealogy.tcss"

    def __init__(self, link: DaemonLink, session_id: SessionId) -> None:
        super().__init__(link)
        self.origin = session_id
        self.genealogy: Genealogy | None = None
        self.tree_rows = TreeRows(id="tree")

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.tree_rows
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self._load()
        self.refresh_header()

    @property
    def rows(self) -> Rows[Any]:
        return self.tree_rows

    @property
    def subject(self) -> Session | None:
        row = self.tree_rows.selected
        return row.session if row is not None else self.link.records.named(self.origin)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.host.visit("tree", self.origin)

    def refresh_header(self) -> None:
        session = self.link.records.named(self.origin)
        name = session_title(session) if session else ""
        self.header.location = [("genealogy / ", "faint"), (name, "strong")]
        super().refresh_header()

    def records_changed(self, changes: Changes) -> None:
        known = {session.session_id for session in self.genealogy.sessions} if self.genealogy else set()
        made = {
            origin
            for one in changes.sessions
            if (session := self.link.records.named(one)) is not None
            for origin in (session.genealogy.forked_from_session_id, session.genealogy.parent_session_id)
        }
        if changes.resync or (changes.sessions | made) & known:
            self._load()
        self.refresh_header()

    def _load(self) -> None:
        self.link.call(lambda daemon: loading.genealogy(daemon, self.origin), self._show)

    def _show(self, genealogy: Genealogy | None) -> None:
        self.genealogy = genealogy
        if genealogy is None or not self.is_attached:
            return
        fresh = not self.tree_rows.items
        glyphs = self.header.glyphs
        self.tree_rows.set_items(genealogy_rows(genealogy, here=self.origin, glyphs=glyphs))
        if fresh:
            self.tree_rows.select(self.origin)
        self.refresh_keys()

    def on_rows_moved(self) -> None:
        self.refresh_keys()

    def on_rows_picked(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        if (subject := self.subject) is not None:
            self.app.pop_screen()
            self.host.open_session(subject.session_id)

    def action_back(self) -> None:
        self.app.pop_screen()

    def select(self, session_id: SessionId) -> None:
        """It is shown as soon as the feed tells of it."""
