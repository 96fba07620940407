"""The board: sessions by status in columns, or as a list; the screen at the bottom of the stack."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical

from agor_core.domain.session import Session
from agor_core.ids import BoardId, SessionId
from agor_tui.app.controllers import answering_approvals as approvals
from agor_tui.app.controllers import (
    board_arrangement,
    board_columns,
    board_selection,
    bulk_actions,
    compare_sessions,
    session_commands,
)
from agor_tui.app.controllers.board_tabs import BoardTabs
from agor_tui.app.controllers.checks import Checks
from agor_tui.app.controllers.compare_sessions import CompareSessions
from agor_tui.app.controllers.everywhere import HELP, Everywhere
from agor_tui.app.controllers.landing_commands import LAND, LandingCommands
from agor_tui.app.controllers.movement import Movement
from agor_tui.app.controllers.removing_for_good import RemovingForGood
from agor_tui.app.controllers.renaming import RENAME_OPEN, Renaming
from agor_tui.app.controllers.session_folder import SessionFolder
from agor_tui.app.controllers.session_upkeep import LettingGo, SessionRepo
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.screens.board_cursor import BoardCursor
from agor_tui.app.screens.board_preview import BoardPreview, pane_cells, placed
from agor_tui.app.session_look import standing_of
from agor_tui.app.widgets.filter_line import FilterLine
from agor_tui.app.widgets.header import Header
from agor_tui.app.widgets.lines import Line, joined
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.session_rows import SessionRows
from agor_tui.app.widgets.table_heading import TableHeading
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.app.widgets.welcome import Welcome
from agor_tui.state import clean
from agor_tui.state.arrangement import Arrangement, Grouping, group_name, race_names
from agor_tui.state.board_columns import BoardColumn, ColumnName, Sorting, columns, groups
from agor_tui.state.board_filter import keeps
from agor_tui.state.changes import Changes


class BoardScreen(AgorScreen):
    """All sessions, or those of one board."""

    ORDER = (
        board_columns.OPEN,
        approvals.ALLOW,
        approvals.ALWAYS,
        approvals.DENY,
        session_commands.NEW,
        session_commands.FORK,
        session_commands.PROMPT,
        board_selection.FILTER,
        board_selection.MARK,
        session_commands.TREE,
        LAND,
        HELP,
        board_columns.VIEW,
        session_commands.SPAWN,
        bulk_actions.STOP,
        bulk_actions.COMPLETE,
        bulk_actions.ARCHIVE,
        bulk_actions.UNDO,
        bulk_actions.TO_BOARD,
        board_arrangement.SORT,
        compare_sessions.COMPARE,
        session_commands.COPY_ID,
    )

    def __init__(self, host: Host, link: DaemonLink) -> None:
        super().__init__(host, link)
        self.preview = BoardPreview(host, link)
        self.cursor = BoardCursor(host, link, self.preview, show=self.show, changed=self._selection_changed)
        self.heading = TableHeading(id="heading")
        self.filter_line = FilterLine(id="filter")
        self.welcome = Welcome()
        self.approvals = approvals.AnsweringApprovals(host, link, self.cursor, without=approvals.OPTIONS)
        self.attach(
            self.approvals,
            BoardTabs(self),
            board_columns.BoardColumns(host, self.cursor),
            board_arrangement.BoardArrangement(host, self.cursor),
            board_selection.BoardSelection(self.cursor, self),
            session_commands.SessionCommands(host, link, self.cursor),
            bulk_actions.BulkActions(host, link, self.cursor),
            LandingCommands(host, link, self.cursor),
            CompareSessions(host, link, self.cursor),
            Renaming(host, link, self.cursor, without={RENAME_OPEN}),
            RemovingForGood(host, link, self.cursor),
            LettingGo(host, link),
            SessionRepo(host, link, self.cursor),
            SessionFolder(
                host,
                self.cursor,
                lambda session: link.call(lambda daemon: standing_of(daemon, session)),
                lambda: self.cursor.sessions,
            ),
            Checks(host, link, self.cursor, lambda: self.cursor.sessions),
            Movement(lambda: self.cursor.rows),
            Everywhere(host),
        )

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.filter_line
        with Container(id="body"):
            with Vertical(id="main"):
                with Horizontal(id="columns"):
                    yield from self.cursor.columns.values()
                yield self.heading
                yield self.cursor.list
            yield self.preview.pane
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
        kept = list(filter(keeps(self.filter_text), members)) if self.filter_text else members
        self.set_class(self.link.ready and not kept, "-empty")
        self.set_class(self.cursor.as_list, "-list")
        self.set_class(bool(self.filter_text) or self.filter_line.has_focus, "-filtering")
        self._read_on()
        self.cursor.set_columns(self._arranged(kept))
        self._show_tabs()
        self.welcome.filter_text = self.filter_text if members else ""
        self.welcome.board = self.header.tabs[self.header.tab] if self.board_id else ""
        self.welcome.redraw()
        self._lay_out()
        self.refresh_header()
        self.refresh_keys()

    def _arranged(self, sessions: list[Session]) -> Sequence[BoardColumn]:
        """The sessions in columns or groups; where not all are read, the columns know how many there are."""
        arrangement, records = self.arrangement, self.link.records
        if arrangement.group is not Grouping.STATUS:
            boards = {board.board_id: clean.line(board.name) for board in records.boards.values()}
            name_of = partial(group_name, arrangement.group, boards=boards, races=race_names(sessions))
            return groups(sessions, name_of, arrangement.sort)
        found = columns(sessions, arrangement.sort)
        if records.complete or self.filter_text or records.counts.of(self.board_id) is None:
            return found
        return [replace(one, total=records.count(ColumnName(one.name), self.board_id)) for one in found]

    def _read_on(self) -> None:
        """Read the sessions that the board needs and that are not here yet."""
        plain = self.arrangement.group is Grouping.STATUS and self.arrangement.sort is Sorting.STATUS
        if self.link.records.complete or not self.link.ready:
            return
        if self.filter_text or not plain:
            self.link.boards.everything()
        else:
            self.link.boards.show(self.board_id)

    def _lay_out(self) -> None:
        """Place the preview, and fold the columns that have no room."""
        width, height = self.host.size
        filled = 0 if self.cursor.as_list else sum(bool(one.cards.items) for one in self.cursor.columns.values())
        where = placed(width, height, filled) if not self.has_class("-empty") else ""
        for one in ("right", "two", "below"):
            self.set_class(one == where, f"-preview-{one}")
        self.preview.pane.set_class(where in ("two", "below"), "-beside")
        panes = pane_cells(where, width, filled)
        self.preview.pane.styles.width = panes or "100%"
        self.cursor.fold(width - panes)
        self.heading.show(placed=self.cursor.placed)
        self._show_preview()

    def _show_preview(self) -> None:
        seen = any(self.has_class(f"-preview-{one}") for one in ("right", "two", "below"))
        self.preview.show(self.session, self.cursor.question, seen=seen)

    def _show_tabs(self) -> None:
        names = {board.board_id: clean.line(board.name) for board in self.link.records.boards.values()}
        self.header.tabs = tuple("All" if one is None else names[one] for one in self.board_ids)
        self.header.tab = self.board_ids.index(self.board_id)

    @property
    def arrangement(self) -> Arrangement:
        """How the board is arranged."""
        return self.cursor.arrangement

    def reach(self, session_id: SessionId) -> None:
        """Put the cursor on a session, also if it is on another board or the filter leaves it out."""
        if all(session.session_id != session_id for session in self.cursor.list.items):
            self.filter_line.clear()
            self.show_board(None)
        self.cursor.follow(session_id)

    def records_changed(self, changes: Changes) -> None:
        self.preview.records_changed(changes)
        if changes.resync or changes.sessions or changes.approvals or changes.boards or changes.spending:
            if self.board_id is not None and self.board_id not in self.link.records.boards:
                self.cursor.board_id = None
            self.show()

    def tick(self) -> None:
        for rows in self.cursor.every_rows:
            rows.invalidate()

    def standing(self, *, wide: bool, but: SessionId | None = None) -> Line:
        count = len(self.cursor.marked)
        marked: Line = [(f"{count} selected", "accent-strong")] if count else []
        return joined([marked, super().standing(wide=wide, but=but)], "   ")

    def refresh_keys(self) -> None:
        self.approvals.observe(active=self.is_active, below_dialog=not self.is_active and self.host.screen.is_modal)
        super().refresh_keys()

    @property
    def session(self) -> Session | None:
        return self.cursor.session

    @property
    def shows_all(self) -> bool:
        return self.board_id is None and not self.filter_text

    # The tabs

    @property
    def board_id(self) -> BoardId | None:
        """The board that is shown; None: all sessions."""
        return self.cursor.board_id

    @property
    def board_ids(self) -> Sequence[BoardId | None]:
        """The tabs from left to right: all sessions, then the boards, the oldest first."""
        boards = sorted(self.link.records.boards.values(), key=lambda board: board.created_at)
        return (None, *(board.board_id for board in boards))

    def show_board(self, board_id: BoardId | None) -> None:
        """Show one board; None: all sessions."""
        if board_id != self.board_id:
            self.cursor.board_id = board_id
            self.cursor.release()
            self.host.visit("board", board_id)
        self.show()

    # The filter

    @property
    def filter_text(self) -> str:
        """The filter; empty if none is set."""
        return self.filter_line.text

    def edit_filter(self) -> None:
        """Show the filter's line and give it the keys."""
        self.add_class("-filtering")
        self.filter_line.focus()

    def clear_filter(self) -> None:
        """Remove the filter."""
        self.filter_line.clear()
        self.set_focus(None)
        self.show()

    # Messages

    def _selection_changed(self) -> None:
        self._lay_out()
        self.refresh_header()
        self.refresh_keys()

    def on_resize(self) -> None:
        self.show()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.host.visit("board", self.board_id)

    def on_header_tab_pressed(self, message: Header.TabPressed) -> None:
        if not self.host.just_focused:
            self.show_board(self.board_ids[message.tab])

    def on_filter_line_filtered(self, message: FilterLine.Filtered) -> None:
        if message.done:
            self.set_focus(None)
        self.show()

    def on_rows_moved(self, message: Rows.Moved) -> None:
        self.cursor.moved(message.rows)  # type: ignore[arg-type]

    def on_session_rows_near_end(self, message: SessionRows.NearEnd) -> None:
        rows = message.rows
        if rows.wants_end:
            rows.wants_end = False
            self.link.boards.everything(lambda: rows.edge(1))
        elif rows is self.cursor.list:
            for name, column in self.cursor.columns.items():
                if len(column.cards.items) < column.cards.total:
                    self.link.boards.more(self.board_id, name)
        else:
            name = next(name for name, column in self.cursor.columns.items() if column.cards is rows)
            self.link.boards.more(self.board_id, name)

    def on_rows_picked(self) -> None:
        self.action_command(board_columns.OPEN.id)
