"""The search among archived sessions: choosing one restores and opens it."""

from typing import Any

from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_tui.app import loading
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host


class ArchivedSessions:
    """Lists what was archived, the latest first."""

    def __init__(self, host: Host, link: DaemonLink) -> None:
        self._host = host
        self._link = link

    def search(self) -> None:
        """Open the palette of archived sessions as soon as the daemon has listed them."""
        self._link.call_to_open(loading.archived, self._show)

    def _show(self, sessions: list[Session]) -> None:
        from agor_tui.app.providers import archived
        from agor_tui.app.providers.palette import Palette

        if not sessions:
            self._host.say("No session is archived.")
            return
        if len(sessions) == loading.PAGE:
            self._host.say(f"These are the last {loading.PAGE} that were archived.")
        provider = archived.of(sessions, self._restore, self._host.clock)
        self._host.push_screen(Palette(provider, "Search the archived sessions"))

    def _restore(self, session: Session) -> None:
        self._link.call_to_open(
            lambda daemon: daemon.patch("sessions", session.session_id, {"archived_at": None}), self._restored
        )

    def _restored(self, record: dict[str, Any]) -> None:
        session_id = SessionId(record["session_id"])
        self._host.undo.forget(session_id)
        self._link.when_known(session_id, lambda: self._host.open_session(session_id))
