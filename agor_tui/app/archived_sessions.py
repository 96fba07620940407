"""The search among sessions that were put away: archived ones, and those in the trash. Choosing one brings it back."""

from typing import Any

from agor_core.domain.session import Session
from agor_core.domain.trash import TrashItem
from agor_core.ids import SessionId
from agor_tui.app import loading
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.loading import Calls


class ArchivedSessions:
    """Lists what was archived, the latest first, then what was removed for good."""

    def __init__(self, host: Host, link: DaemonLink) -> None:
        self._host = host
        self._link = link

    def search(self) -> None:
        """Open the palette of these sessions as soon as the daemon has listed them."""
        self._link.call_to_open(_put_away, self._show)

    def _show(self, found: tuple[list[Session], list[TrashItem]]) -> None:
        from agor_tui.app.providers import archived
        from agor_tui.app.providers.palette import Palette

        sessions, removed = found
        if not sessions and not removed:
            self._host.say("No session is archived, and the trash is empty.")
            return
        if len(sessions) == loading.PAGE:
            self._host.say(f"These are the last {loading.PAGE} that were archived.")
        provider = archived.of([*sessions, *removed], self._restore, self._host.clock)
        self._host.push_screen(Palette(provider, "Search the archived and the removed sessions"))

    def _restore(self, session: Session | TrashItem) -> None:
        removed = isinstance(session, TrashItem)
        self._link.call_to_open(
            lambda daemon: loading.bring_back(daemon, session.session_id, removed=removed), self._restored
        )

    def _restored(self, record: dict[str, Any]) -> None:
        session_id = SessionId(record["session_id"])
        self._host.undo.forget(session_id)
        self._link.when_known(session_id, lambda: self._host.open_session(session_id))


def _put_away(daemon: Calls) -> tuple[list[Session], list[TrashItem]]:
    return loading.archived(daemon), loading.trash(daemon)
