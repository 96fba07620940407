"""The form that moves sessions to a board, or to a new one."""

from collections.abc import Iterable, Sequence
from typing import Any

from textual.widget import Widget

from agor_core.domain.board import Board
from agor_core.domain.session import Session
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import TextField
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.state import clean
from agor_tui.state.titles import sessions_title

NONE = ""


class MoveToBoard(RequestForm):
    """Dismissed with the last session that was moved."""

    VERB = "move"

    def __init__(self, link: DaemonLink, sessions: Sequence[Session], boards: Iterable[Board]) -> None:
        super().__init__(link)
        self._sessions = sessions
        options = [Option(board.board_id, clean.line(board.name)) for board in boards]
        there = {session.board_id for session in sessions}
        here = there.pop() if len(there) == 1 else None
        self._board = Choice([*options, Option(NONE, "no board")], here or NONE, id="board")
        self._new_name = TextField(placeholder="or the name of a new board", id="name")

    @property
    def heading(self) -> str:
        return f"Move {sessions_title(self._sessions)} to a board"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("board", self._board), ("new", self._new_name))

    def on_mount(self) -> None:
        (self._board if len(self._board.options) > 1 else self._new_name).focus()

    def body(self) -> dict[str, Any]:
        return {"name": self._new_name.value.strip(), "board_id": self._board.value or None}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        target = daemon.create("boards", {"name": body["name"]})["board_id"] if body["name"] else body["board_id"]
        moved: dict[str, Any] = {}
        for session in self._sessions:
            moved = daemon.patch("sessions", session.session_id, {"board_id": target})
        return moved
