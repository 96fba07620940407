"""Navigation: the place that is shown, the one before it, and the ways between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from agor_core.domain.message import Message
from agor_core.domain.task import Task
from agor_core.ids import BoardId, SessionId
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.screens.board import BoardScreen
from agor_tui.state.board_columns import columns
from agor_tui.state.diffed import Diffed


@dataclass(frozen=True, slots=True)
class Place:
    """A ``board`` (id None: all sessions), a ``session``, or the ``tree`` of a session."""

    kind: str
    id: str | None = None


class Navigation:
    """Shows places. Like ``cd -``, `go_back` alternates between the present place and the one before it."""

    def __init__(self, host: Host, link: DaemonLink, config_file: Path | None) -> None:
        self._host = host
        self._link = link
        self._config_file = config_file
        self._here: Place | None = None
        self._before: Place | None = None

    def visit(self, place: Place) -> None:
        """Note the place that a screen shows."""
        if place != self._here:
            self._before, self._here = self._here, place

    def go_back(self) -> None:
        """Return to the place before this one."""
        match self._before:
            case None:
                self._host.complain("This is where you began.")
            case Place(kind="session", id=str(session_id)):
                self.open_session(SessionId(session_id))
            case Place(kind="tree", id=str(session_id)):
                self.show_genealogy(SessionId(session_id))
            case Place(id=board_id):
                self.show_board(BoardId(board_id) if board_id else None)

    def open_session(self, session_id: SessionId, found: Message | Task | None = None) -> None:
        """Return to the session's screen if it is already open, else open it directly above the board.

        It goes to what was ``found`` in it.
        """
        from agor_tui.app.screens.session import SessionScreen

        if session_id not in self._link.records.sessions:
            self._link.boards.fetch(session_id, lambda: self.open_session(session_id, found), self._say_gone)
            return
        for screen in self._host.screen_stack:
            if isinstance(screen, SessionScreen) and screen.session_id == session_id:
                self._pop_to(screen)
                screen.open.found = found
                screen.show()
                return
        while isinstance(self._host.screen, AgorScreen) and len(self._host.screen_stack) > 1:
            self._host.pop_screen()
        self._host.clear_notifications()
        screen = SessionScreen(self._host, self._link, session_id)
        screen.open.found = found
        self._host.push_screen(screen)

    def open_found(self, session_id: str, service: str, identifier: str) -> None:
        """Show a session at a message or a task, which is read first; for any other record only the session."""
        kinds: dict[str, type[Message] | type[Task]] = {"messages": Message, "tasks": Task}
        if service not in kinds:
            self.open_session(SessionId(session_id))
            return
        self._link.call_to_open(
            lambda daemon: msgspec.convert(daemon.get(service, identifier), kinds[service]),
            lambda found: self.open_session(SessionId(session_id), found),
        )

    def show_settings(self) -> None:
        """Open the settings of the config file, unless they are open."""
        from agor_tui.app.screens.settings import SettingsScreen

        file, screen = self._config_file, self._host.screen
        if file is not None and isinstance(screen, AgorScreen) and not isinstance(screen, SettingsScreen):
            self._host.push_screen(SettingsScreen(self._host, self._link, file))

    def show_search(self) -> None:
        """Open the search, unless it is open."""
        from agor_tui.app.screens.search import SearchScreen

        if isinstance(self._host.screen, AgorScreen) and not isinstance(self._host.screen, SearchScreen):
            self._host.push_screen(SearchScreen(self._host, self._link))

    def _say_gone(self) -> None:
        self._host.drop_keys()
        self._host.complain("That session is archived or gone.")

    def show_genealogy(self, session_id: SessionId) -> None:
        """Show a session's genealogy."""
        from agor_tui.app.screens.genealogy import GenealogyScreen

        self._host.push_screen(GenealogyScreen(self._host, self._link, session_id))

    def show_diff(self, diffed: Diffed) -> None:
        """Show what a task changed, or what differs between two points."""
        from agor_tui.app.screens.diff import DiffScreen

        self._host.push_screen(DiffScreen(self._host, self._link, diffed))

    def show_worktrees(self) -> None:
        """Show all worktrees, or leave them."""
        from agor_tui.app.screens.worktrees import WorktreesScreen

        if isinstance(self._host.screen, WorktreesScreen):
            self._host.pop_screen()
        else:
            self._host.push_screen(WorktreesScreen(self._host, self._link))

    def show_comparison(self, session_ids: Sequence[SessionId]) -> None:
        """Show sessions beside each other."""
        from agor_tui.app.screens.compare import CompareScreen

        self._host.push_screen(CompareScreen(self._host, self._link, session_ids))

    def show_board(self, board_id: BoardId | None) -> None:
        """Return to the board screen and show this board; None shows all sessions."""
        self._pop_to(self._board)
        self._board.show_board(board_id)

    def next_asking(self) -> None:
        """Show the next session that needs the user: the one that has waited longest, then the others in turn."""
        needs_you, *_ = columns(self._link.records.sessions.values())
        ids = [session.session_id for session in needs_you.sessions]
        if not ids:
            self._host.say("Nothing needs you.")
            return
        screen = self._host.screen
        here = screen.session if isinstance(screen, AgorScreen) else None
        place = ids.index(here.session_id) + 1 if here is not None and here.session_id in ids else 0
        if self._host.screen is self._board:
            self._board.reach(ids[place % len(ids)])
        else:
            self.open_session(ids[place % len(ids)])

    @property
    def _board(self) -> BoardScreen:
        return cast("BoardScreen", self._host.screen_stack[0])

    def _pop_to(self, screen: Any) -> None:
        while self._host.screen is not screen and len(self._host.screen_stack) > 1:
            self._host.pop_screen()
