"""The preview beside the board: it follows the cursor once that rests, and is kept current by the feed."""

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session
from agor_core.ids import SessionId, TaskId
from agor_tui.app.busy import Work
from agor_tui.app.controllers import answering_approvals as approvals
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.widgets.preview import Preview
from agor_tui.app.widgets.preview_lines import Previewed
from agor_tui.state.changes import Changes
from agor_tui.state.conversation import Conversation

REST_SECONDS = 0.12
"""How long the cursor rests on a session before its words are read."""
PANE = 44
"""Cells of one pane, at least."""
COLUMN = 26
"""Cells that a column of cards needs, at least."""
LOW = 34
"""Lines of the window from which the preview may stand below the columns."""


def placed(width: int, height: int, columns: int) -> str:
    """Where the preview stands: ``right``, ``two`` panes at the right, ``below`` the columns, or nowhere: empty.

    ``columns`` is the number of columns of cards, 0 for a list.
    """
    if width < 120:
        return ""
    if width >= 200 and width - 2 * PANE >= max(2, columns) * COLUMN:
        return "two"
    if columns and width - PANE < columns * COLUMN and height >= LOW:
        return "below"
    return "right"


def pane_cells(where: str, width: int, columns: int) -> int:
    """The cells of the preview at the right: a third of the window, less where columns of cards need them."""
    match where:
        case "two":
            return max(2 * PANE, min(width * 45 // 100, width - columns * COLUMN))
        case "right":
            return max(PANE, min(width * 36 // 100, width - columns * COLUMN))
        case _:
            return 0


class BoardPreview:
    """Reads what the preview shows. While nobody sees it, nothing is read."""

    def __init__(self, host: Host, link: DaemonLink) -> None:
        self.pane = Preview(id="preview")
        self._host = host
        self._link = link
        self._of: SessionId | None = None
        self._conversation = Conversation()
        self._approval: Approval | None = None
        self._task_id: TaskId | None = None
        self._resting: Work | None = None

    def show(self, session: Session | None, approval: Approval | None, *, seen: bool) -> None:
        """Show a session once the cursor has rested on it, and read what it said."""
        wanted = session.session_id if session is not None and seen else None
        self._approval = approval
        if wanted != self._of:
            self._of = wanted
            self._conversation = self._link.records.preview(None)
            if wanted is not None and self._resting is None:
                self._resting = self._link.busy.begin()
                self._host.set_timer(REST_SECONDS, self._rested)
        if wanted is None or (self._resting is None and self._conversation.loaded):
            self._draw(session if seen else None)

    def records_changed(self, changes: Changes) -> None:
        """Show what differs of the session; after a resync read it anew."""
        if self._of is None:
            return
        session = self._link.records.session(self._of)
        if changes.resync and session is not None:
            self._read(session)
        if changes.concern(self._of) and self._resting is None and self._conversation.loaded:
            if self._misses_task(session) and session is not None:
                self._read(session)
            self._draw(session)

    def shows_all_of(self, question: Approval) -> bool:
        """Whether all lines of this question are in view."""
        return self.pane.shows_all_of(question)

    def _rested(self) -> None:
        resting, self._resting = self._resting, None
        session = self._link.records.session(self._of) if self._of is not None else None
        if session is not None:
            self._read(session)  # it is drawn when that is answered: once, not twice
        if resting is not None:
            resting.done()

    def _read(self, session: Session) -> None:
        self._task_id = session.current.task_id if session.current is not None else None
        self._link.loader.preview(session)
        self._conversation = self._link.records.previews[session.session_id]

    def _misses_task(self, session: Session | None) -> bool:
        """Whether the session has begun another task than the one that was read."""
        current = session.current if session is not None else None
        return self._conversation.loaded and current is not None and current.task_id != self._task_id

    def _draw(self, session: Session | None) -> None:
        if session is None:
            self.pane.set_shown(None)
            return
        keys = tuple(
            (command.keys_now(self._host.keymap)[0], command.label)
            for command in approvals.AnsweringApprovals.COMMANDS
            if command.label
        )
        self.pane.set_shown(Previewed(session, self._conversation, self._approval, keys))
