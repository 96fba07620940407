"""The worktrees: session, branch, state, commits, size and age, the largest first; several can be let go of at once."""

from collections.abc import Sequence
from dataclasses import replace

from textual.app import ComposeResult

from agor_core.domain.session import Session
from agor_tui.app import loading
from agor_tui.app.controllers.everywhere import HELP, Everywhere
from agor_tui.app.controllers.movement import Movement
from agor_tui.app.controllers.worktree_list import AGAIN, BACK, LET_GO, MARK, OPEN, REMOVE, SETTINGS, WorktreeList
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.app.widgets.worktree_rows import WorktreeRows
from agor_tui.state.changes import Changes
from agor_tui.state.figures import counted, size
from agor_tui.state.worktree_list import WorktreeRow, chosen, worktree_rows


class Heading(InkLine):
    """The names of the columns."""

    DEFAULT_CSS = "Heading { height: 1; }"

    def __init__(self, rows: WorktreeRows) -> None:
        super().__init__()
        self._rows = rows

    def lines(self, width: int) -> Sequence[Line]:
        return [self._rows.heading(width)]


class WorktreesScreen(AgorScreen):
    """All worktrees that Agor made."""

    ORDER = (OPEN, MARK, LET_GO, REMOVE, BACK, SETTINGS, AGAIN, HELP)
    CSS_PATH = "worktrees.tcss"

    def __init__(self, host: Host, link: DaemonLink) -> None:
        super().__init__(host, link)
        self.table = WorktreeRows(id="worktrees")
        self._found: loading.Worktrees | None = None
        self._marked: set[str] = set()
        self.attach(
            WorktreeList(host, link, self),
            Movement(lambda: self.table),
            Everywhere(host),
        )

    def compose(self) -> ComposeResult:
        yield self.header
        yield Heading(self.table)
        yield self.table
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self.refresh_header()
        self.look()

    @property
    def session(self) -> Session | None:
        return next(iter(self.selected.sessions), None) if self.selected is not None else None

    @property
    def selected(self) -> WorktreeRow | None:
        """The row under the cursor."""
        return self.table.selected

    @property
    def chosen(self) -> Sequence[WorktreeRow]:
        """The marked rows, else the one under the cursor."""
        return chosen(self.table.items, self.table.selected)

    def mark(self) -> None:
        """Mark the row under the cursor, or unmark it, and go to the next."""
        if (row := self.table.selected) is None:
            return
        self._marked ^= {row.key}
        self.table.set_items([replace(one, marked=one.key in self._marked) for one in self.table.items])
        self.table.move(1)
        self._show_figures()

    def look(self) -> None:
        """Look at all worktrees anew, without marks."""
        self._marked.clear()
        self.header.location = [("worktrees", "strong"), ("  looking…", "faint")]
        self.header.redraw()
        self.link.call(loading.worktrees, self._show)

    def refresh_header(self) -> None:
        self._show_figures()
        super().refresh_header()

    def records_changed(self, changes: Changes) -> None:
        known = {one.session_id for row in self.table.items for one in row.sessions}
        if changes.resync or changes.sessions & known:
            self._show_rows()

    def tick(self) -> None:
        self.table.invalidate()

    def on_rows_moved(self) -> None:
        self.refresh_keys()

    def on_rows_picked(self) -> None:
        self.action_command(OPEN.id)

    def _show(self, found: loading.Worktrees) -> None:
        if self.is_attached:
            self._found = found
            self._show_rows()

    def _show_rows(self) -> None:
        if (found := self._found) is None:
            return
        now = self.link.records.sessions
        sessions = [now.get(one.session_id, one) for one in found.sessions]
        self.table.set_items(worktree_rows(found.disk, sessions, found.repos, self._marked))
        self.refresh_header()
        self.refresh_keys()

    def _show_figures(self) -> None:
        if self._found is None:
            return
        rows = self.table.items
        total = f"{counted(len(rows), 'worktree')}  {size(sum(row.seen.bytes for row in rows))}"
        may = f"  {size(self._found.disk.may_go_bytes)} can go without loss" if self._found.disk.may_go_bytes else ""
        marked = [row for row in rows if row.marked]
        picked = f"  {len(marked)} selected, {size(sum(row.seen.bytes for row in marked))}" if marked else ""
        self.header.location = [("worktrees", "strong"), (f"  {total}{may}", "faint"), (picked, "accent")]
        self.header.redraw()
