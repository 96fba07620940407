"""Notices: toasts, and the bell and a desktop notice when a session begins to need a person."""

from agor_core.ids import SessionId
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.state import clean
from agor_tui.state.board_columns import ColumnName
from agor_tui.state.changes import Changes
from agor_tui.state.records import Records
from agor_tui.state.titles import session_title


class Notices:
    """Shows toasts and rings. Their text may come from agents: it is cleaned and never read as markup."""

    def __init__(self, host: Host, records: Records, *, bell: bool) -> None:
        self._host = host
        self._records = records
        self._bell = bell

    def say(self, sentence: str, *, error: bool = False, title: str = "") -> None:
        """Show a toast: 4 seconds, an error 8."""
        self._host.notify(
            clean.cut(clean.line(sentence), 300),
            title=clean.line(title),
            severity="error" if error else "information",
            timeout=8 if error else 4,
            markup=False,
        )

    def tell(self, changes: Changes) -> None:
        """Ring for sessions that began to ask, but the open one. No toast where the screen lists them anyway."""
        screen = self._host.screen
        for session_id in changes.asking:
            if not isinstance(screen, AgorScreen):
                self._ring(session_id, toast=True)
            elif not screen.shows_session(session_id):
                self._ring(session_id, toast=not screen.shows_all)

    def _ring(self, session_id: SessionId, *, toast: bool) -> None:
        session = self._records.session(session_id)
        if session is None:
            return
        name = session_title(session)
        asks = clean.line(session.current.asks) if session.current and session.current.asks else ""
        if self._bell:
            self._host.bell()
            self._desktop(f"agor: {name} needs you" + (f": {asks}" if asks else ""))
        if not toast:
            return
        self._host.notify(
            clean.cut(f"wants: {asks}" if asks else "waits for an answer", 200),
            title=f"{name} needs you",
            severity="warning",
            timeout=6,
            markup=False,
        )

    def _desktop(self, text: str) -> None:
        """OSC 9: terminals that know it show a desktop notification; the others ignore it."""
        self._host.write_to_terminal(f"\x1b]9;{clean.cut(text, 120)}\x07")


def farewell(records: Records) -> str:
    """The last line after leaving: the sessions that run on in the daemon; empty if there are none."""
    running = records.count(ColumnName.RUNNING)
    waiting = records.count(ColumnName.NEEDS_YOU)
    parts = []
    if running:
        parts.append(f"{running} session{'s' if running > 1 else ''} run{'' if running > 1 else 's'} on")
    if waiting:
        parts.append(f"{waiting} wait{'' if waiting > 1 else 's'} for you")
    return f"{' and '.join(parts)} in the daemon; come back with: agor" if parts else ""
