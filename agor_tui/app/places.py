"""Where one is in the app and where one was, and the ways from one place to another."""

from dataclasses import dataclass
from typing import Any, Protocol

from agor_core.ids import BoardId, SessionId
from agor_tui.app.link import Link
from agor_tui.state.board_columns import columns


@dataclass(frozen=True, slots=True)
class Place:
    """A board (``id`` None: all sessions), a session, or the family of one."""

    kind: str
    id: str | None = None


class Goes(Protocol):
    """The app, as its places know it."""

    link: Link

    @property
    def screen(self) -> Any: ...
    @property
    def screen_stack(self) -> Any: ...
    def push_screen(self, screen: Any) -> Any: ...
    def pop_screen(self) -> Any: ...
    def clear_notifications(self) -> None: ...
    def say(self, sentence: str) -> None: ...
    def complain(self, sentence: str) -> None: ...


class Places:
    """The present place and the one before it: ``-`` goes to and fro between them, as ``cd -`` does."""

    def __init__(self, app: Goes) -> None:
        self._app = app
        self._here: Place | None = None
        self._before: Place | None = None

    def visit(self, place: Place) -> None:
        """A screen says what it shows now."""
        if place != self._here:
            self._before, self._here = self._here, place

    def go_back(self) -> None:
        """To where one was before."""
        match self._before:
            case None:
                self._app.complain("This is where you began.")
            case Place(kind="session", id=str(session_id)):
                self.open_session(SessionId(session_id))
            case Place(kind="tree", id=str(session_id)):
                self.show_tree(SessionId(session_id))
            case Place(id=board_id):
                self.show_board(BoardId(board_id) if board_id else None)

    def open_session(self, session_id: SessionId) -> None:
        """Show a session, above the board only; one that is shown already is come back to."""
        from agor_tui.app.screens.base import AgorScreen
        from agor_tui.app.screens.session import SessionScreen

        if session_id not in self._app.link.records.sessions:
            self._app.complain("That session is archived or gone.")
            return
        for screen in self._app.screen_stack:
            if isinstance(screen, SessionScreen) and screen.session_id == session_id:
                self._pop_to(screen)
                return
        while isinstance(self._app.screen, AgorScreen) and len(self._app.screen_stack) > 1:
            self._app.pop_screen()
        self._app.clear_notifications()
        self._app.push_screen(SessionScreen(self._app.link, session_id))

    def show_tree(self, session_id: SessionId) -> None:
        """Show the family of a session."""
        from agor_tui.app.screens.genealogy import GenealogyScreen

        self._app.push_screen(GenealogyScreen(self._app.link, session_id))

    def show_board(self, board_id: BoardId | None) -> None:
        """Back to the board screen, at this board; None: at all sessions."""
        board = self._app.screen_stack[0]
        self._pop_to(board)
        board.show_board(board_id)

    def next_asking(self) -> None:
        """To the next session that needs somebody: the one that has waited longest, then the others in turn."""
        needs_you, *_ = columns(self._app.link.records.sessions.values())
        ids = [session.session_id for session in needs_you.sessions]
        if not ids:
            self._app.say("Nothing needs you.")
            return
        here = getattr(self._app.screen, "subject", None)
        place = ids.index(here.session_id) + 1 if here is not None and here.session_id in ids else 0
        if self._app.screen is self._app.screen_stack[0]:
            self._app.screen.reach(ids[place % len(ids)])
        else:
            self.open_session(ids[place % len(ids)])

    def _pop_to(self, screen: Any) -> None:
        while self._app.screen is not screen and len(self._app.screen_stack) > 1:
            self._app.pop_screen()


class Going:
    """The app's part that goes to places, for its screens and its palette."""

    places: Places

    def visit(self, kind: str, identifier: str | None = None) -> None:
        """A screen says what it shows now: a ``board``, a ``session`` or a ``tree``."""
        self.places.visit(Place(kind, identifier))

    def open_session(self, session_id: SessionId) -> None:
        """Show a session; one that is shown already is come back to."""
        self.places.open_session(session_id)

    def show_tree(self, session_id: SessionId) -> None:
        """Show the family of a session."""
        self.places.show_tree(session_id)

    def show_board(self, board_id: BoardId | None) -> None:
        """Back to the board screen, at this board."""
        self.places.show_board(board_id)

    def action_next_asking(self) -> None:
        """To the next session that needs somebody."""
        self.places.next_asking()

    def action_go_back(self) -> None:
        """To where one was before."""
        self.places.go_back()
