"""Notices: toasts, and the bell and a desktop notice when a session begins to need a person."""

from collections.abc import Collection

from agor_core.domain.notice import NoticeKind
from agor_core.ids import SessionId
from agor_tui.app import multiplexer
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.state import clean
from agor_tui.state.board_columns import ColumnName
from agor_tui.state.changes import Changes
from agor_tui.state.records import Records
from agor_tui.state.titles import session_title

TITLE_KEPT, TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
"""The terminal keeps its title, and shows it again; others ignore both."""
COUNTED = ((ColumnName.NEEDS_YOU, "need you"), (ColumnName.NEW, "new"), (ColumnName.RUNNING, "running"))
"""What the window's title counts."""


class Notices:
    """Shows toasts and rings. Their text may come from agents: it is cleaned and never read as markup."""

    def __init__(self, host: Host, records: Records, *, bell: bool, kinds: Collection[str]) -> None:
        self._host = host
        self._records = records
        self._bell = bell
        self._kinds = kinds
        self._title = ""

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
        for notice in changes.notices:
            seen = isinstance(screen, AgorScreen) and screen.shows_session(notice.session.session_id)
            if not seen and self._bell and notice.kind in self._kinds:
                self._host.bell()
                self._desktop(f"agor: {clean.line(notice.text)}")

    def name_window(self) -> None:
        """Say in the window's title how many sessions need the user, are new and run."""
        counted = [(self._records.count(name), words) for name, words in COUNTED]
        title = ", ".join(f"{count} {words}" for count, words in counted if count)
        if title != self._title:
            kept = "" if self._title else TITLE_KEPT
            self._title = title
            self._host.write_to_terminal(f"{kept}\x1b]2;agor{': ' if title else ''}{title}\x07")

    def _ring(self, session_id: SessionId, *, toast: bool) -> None:
        session = self._records.session(session_id)
        if session is None:
            return
        name = session_title(session)
        asks = clean.line(session.current.asks) if session.current and session.current.asks else ""
        if self._bell and NoticeKind.NEEDS_YOU in self._kinds:
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
        """OSC 9, and 777 for terminals of that kind: a desktop notification; others ignore them."""
        shown = clean.cut(text, 120)
        sequence = f"\x1b]9;{shown}\x07\x1b]777;notify;agor;{shown.replace(';', ',')}\x07"
        self._host.write_to_terminal(multiplexer.passed_through(sequence) if multiplexer.inside() else sequence)


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
