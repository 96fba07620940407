"""The genealogy of a session: all forks and spawns that it is related to, drawn as a tree."""

from collections.abc import Collection, Sequence

from textual.app import ComposeResult

from agor_core.domain.genealogy import Genealogy
from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_tui.app import loading
from agor_tui.app.controllers.bulk_actions import BulkActions
from agor_tui.app.controllers.checks import Checks
from agor_tui.app.controllers.compare_sessions import COMPARE, CompareSessions
from agor_tui.app.controllers.controller import Reason
from agor_tui.app.controllers.everywhere import HELP, Everywhere
from agor_tui.app.controllers.genealogy_navigation import BACK, MARK, OPEN, GenealogyNavigation
from agor_tui.app.controllers.landing_commands import LAND, LandingCommands
from agor_tui.app.controllers.movement import Movement
from agor_tui.app.controllers.renaming import RENAME_OPEN, Renaming
from agor_tui.app.controllers.session_commands import COPY_ID, FORK, NEW, PROMPT, SPAWN, TREE, SessionCommands
from agor_tui.app.controllers.session_folder import SessionFolder
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.session_look import standing_of
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.app.widgets.tree_rows import TreeRows
from agor_tui.state.changes import Changes
from agor_tui.state.genealogy_rows import genealogy_rows
from agor_tui.state.titles import session_title


class SelectedRelative:
    """The subject of the genealogy's commands: the session under the cursor, before it is read the origin."""

    archived_elsewhere = None
    board_id = None
    no_session = Reason("No session is selected.")
    task = None

    def __init__(self, link: DaemonLink, tree: TreeRows, origin: SessionId) -> None:
        self._link = link
        self._tree = tree
        self._origin = origin

    @property
    def session(self) -> Session | None:
        """The session under the cursor."""
        row = self._tree.selected
        return row.session if row is not None else self._link.records.session(self._origin)

    @property
    def session_id(self) -> SessionId | None:
        """Its id."""
        return self.session.session_id if self.session is not None else None

    @property
    def sessions(self) -> Sequence[Session]:
        """The marked sessions; if none is marked, the one under the cursor."""
        marked = [row.session for row in self._tree.items if row.session.session_id in self._tree.marked]
        return marked or ([self.session] if self.session is not None else [])

    def unmark(self) -> None:
        """Clear the marks: an action on the marked sessions has ended."""
        self._tree.clear_marks()

    def sessions_archived(self, session_ids: Collection[SessionId]) -> None:
        """They stay in the tree, which shows relations."""

    def follow(self, session_id: SessionId) -> None:
        """A fork or spawn appears as soon as the feed tells of it; the cursor stays."""


class GenealogyScreen(AgorScreen):
    """All sessions that are related to one."""

    ORDER = (OPEN, FORK, SPAWN, BACK, PROMPT, LAND, HELP, MARK, COMPARE, COPY_ID)
    CSS_PATH = "genealogy.tcss"

    def __init__(self, host: Host, link: DaemonLink, session_id: SessionId) -> None:
        super().__init__(host, link)
        self.origin = session_id
        self.genealogy: Genealogy | None = None
        self.tree_rows = TreeRows(id="tree")
        self._subject = SelectedRelative(link, self.tree_rows, session_id)
        self.attach(
            GenealogyNavigation(host, self._subject, self.tree_rows.toggle_mark),
            BulkActions(host, link, self._subject),
            CompareSessions(host, link, self._subject),
            SessionCommands(host, link, self._subject, without={NEW, TREE}),
            SessionFolder(host, self._subject, lambda session: link.call(lambda daemon: standing_of(daemon, session))),
            Renaming(host, link, self._subject, without={RENAME_OPEN}),
            LandingCommands(host, link, self._subject),
            Checks(host, link, self._subject),
            Movement(lambda: self.tree_rows),
            Everywhere(host),
        )

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.tree_rows
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self._load()
        self.refresh_header()

    @property
    def session(self) -> Session | None:
        return self._subject.session

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.host.visit("tree", self.origin)

    def refresh_header(self) -> None:
        session = self.link.records.session(self.origin)
        name = session_title(session) if session else ""
        self.header.location = [("genealogy / ", "faint"), (name, "strong")]
        super().refresh_header()

    def records_changed(self, changes: Changes) -> None:
        known = {session.session_id for session in self.genealogy.sessions} if self.genealogy else set()
        made = {
            origin
            for one in changes.sessions
            if (session := self.link.records.session(one)) is not None
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
        first_time = not self.tree_rows.items
        self.tree_rows.set_items(genealogy_rows(genealogy, here=self.origin, glyphs=self.header.glyphs))
        if first_time:
            self.tree_rows.select(self.origin)
        self.refresh_keys()

    def on_rows_moved(self) -> None:
        self.refresh_keys()

    def on_rows_picked(self) -> None:
        self.action_command(OPEN.id)
