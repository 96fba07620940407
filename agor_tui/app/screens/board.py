"""The board: sessions by status in columns, or as a list; the place from which everything is reached."""

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Container, Horizontal

from agor_core.domain.session import Session
from agor_core.ids import BoardId, SessionId
from agor_tui.app.commands import board as commands
from agor_tui.app.commands.command import Command, bindings
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.screens.board_view import BoardView
from agor_tui.app.widgets.filter_line import FilterLine
from agor_tui.app.widgets.header import Header
from agor_tui.app.widgets.lines import Line, joined
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.app.widgets.welcome import Welcome
from agor_tui.state import clean
from agor_tui.state.board_columns import ColumnName, columns, keeps
from agor_tui.state.changes import Changes


class BoardScreen(BoardView):
    """All sessions, or those of one board."""

    TABLE = commands.COMMANDS
    BINDINGS: ClassVar[list[Any]] = bindings(commands.COMMANDS)

    def __init__(self, link: DaemonLink) -> None:
        super().__init__(link)
        self.board_id: BoardId | None = None
        self.filter_line = FilterLine(id="filter")
        self.welcome = Welcome()

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.filter_line
        with Horizontal(id="columns"):
            yield from self.columns.values()
        yield self.list
        with Container(id="empty"):
            yield self.welcome
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self.header.location = [("agor ", "strong"), ("  ", "text")]
        self.show()

    # What is shown

    def show(self) -> None:
        """Show what the records say now."""
        if not self.is_attached:
            return
        members = self.link.records.on_board(self.board_id)
        kept = list(filter(self._kept(), members))
        self.set_class(self.link.ready and not kept, "-empty")
        self.set_class(self.as_list, "-list")
        self.set_class(bool(self.filter_line.text) or self.filter_line.has_focus, "-filtering")
        self.show_columns(columns(kept))
        boards = self._boards()
        self.header.tabs = ("All", *(clean.line(name) for _, name in boards))
        self.header.tab = [None, *(board_id for board_id, _ in boards)].index(self.board_id)
        self.welcome.sought = self.filter_line.text if members else ""
        self.welcome.board = self.header.tabs[self.header.tab] if self.board_id else ""
        self.welcome.redraw()
        self.refresh_header()
        self.refresh_keys()

    def select(self, session_id: SessionId) -> None:
        """Put the cursor on a session, now or as soon as it is there."""
        self._wanted = session_id
        self.show()

    def show_board(self, board_id: BoardId | None) -> None:
        """Show one board; None: all sessions."""
        if board_id != self.board_id:
            self.board_id, self._chosen = board_id, False
            self.mark(set())
            self.host.visit("board", board_id)
        self.show()

    def reach(self, session_id: SessionId) -> None:
        """Put the cursor on a session, whatever board is shown and whatever the filter keeps."""
        if all(session.session_id != session_id for session in self.list.items):
            self.filter_line.clear()
            self.show_board(None)
        self.select(session_id)

    def on_header_tab_pressed(self, message: Header.TabPressed) -> None:
        if not self.host.just_focused:
            self.show_board([None, *(board_id for board_id, _ in self._boards())][message.tab])

    def records_changed(self, changes: Changes) -> None:
        if changes.resync or changes.sessions or changes.approvals or changes.boards or changes.spending:
            if self.board_id is not None and self.board_id not in self.link.records.boards:
                self.board_id = None
            self.show()

    def standing(self, *, wide: bool, but: SessionId | None = None) -> Line:
        chosen: Line = [(f"{len(self.marked)} selected", "accent-strong")] if self.marked else []
        return joined([chosen, super().standing(wide=wide, but=but)], "   ")

    def tick(self) -> None:
        for rows in self.every_rows:
            rows.invalidate()

    def offered(self, command: Command) -> bool:
        match command:
            case commands.OPEN | commands.MARK:
                return self.subject is not None
            case commands.CLEAR:
                return bool(self.filter_line.text or self.marked)
            case _:
                return super().offered(command)

    def label(self, command: Command) -> str:
        return "columns" if command is commands.VIEW and self.as_list else command.label

    def on_resize(self) -> None:
        self.show()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.host.visit("board", self.board_id)

    def on_rows_picked(self) -> None:
        self.action_open()

    @property
    def shows_all(self) -> bool:
        """Whether whoever needs somebody is seen here."""
        return self.board_id is None and not self.filter_line.text

    # Commands

    def action_open(self) -> None:
        if self.subject is not None:
            self.host.open_session(self.subject.session_id)

    def action_view(self) -> None:
        self._listed = not self.as_list
        self.show()

    def action_tab(self, step: int) -> None:
        ids = [None, *(board_id for board_id, _ in self._boards())]
        self.show_board(ids[(ids.index(self.board_id) + step) % len(ids)])

    def action_filter(self) -> None:
        self.add_class("-filtering")
        self.filter_line.focus()

    def action_clear(self) -> None:
        if self.marked:
            self.settled()
            return
        self.filter_line.clear()
        self.set_focus(None)
        self.show()

    def on_filter_line_filtered(self, message: FilterLine.Filtered) -> None:
        if message.done:
            self.set_focus(None)
        self.show()

    def answered(self, session_id: SessionId) -> None:
        """The next one that waits comes under the cursor."""
        waiting = [one for one in self.columns[ColumnName.NEEDS_YOU].cards.items if one.session_id != session_id]
        if waiting:
            self.select(waiting[0].session_id)

    def _boards(self) -> list[tuple[BoardId, str]]:
        boards = sorted(self.link.records.boards.values(), key=lambda board: board.created_at)
        return [(board.board_id, board.name) for board in boards]

    def _kept(self) -> Callable[[Session], bool]:
        return keeps(self.filter_line.text)
