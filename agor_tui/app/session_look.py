"""How the open session's files stand: asked of the daemon when it is opened, comes back into view, or rests."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from agor_core.domain.session import Session
from agor_core.domain.standing import SessionStanding
from agor_tui.app.loading import Calls

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink


def standing_of(daemon: Calls, session: Session) -> SessionStanding:
    """Look at a session's files, from which its record follows too."""
    return msgspec.convert(daemon.call("GET", f"/sessions/{session.session_id}/standing"), SessionStanding)


class Open(Protocol):
    """The open session."""

    @property
    def session(self) -> Session | None:
        """None after it was archived or removed."""


class SessionLook:
    """``standing`` is the last look; None before the first. ``show`` is called with each new one."""

    def __init__(self, link: "DaemonLink", subject: Open, show: Callable[[], object]) -> None:
        self.standing: SessionStanding | None = None
        self._link = link
        self._subject = subject
        self._show = show
        self._seen: object = None
        self._looking = self._again = False

    def follow(self) -> None:
        """Look if another task has begun or ended since the last time."""
        session = self._subject.session
        state = session and session.current and (session.current.task_id, session.current.status)
        if state != self._seen:
            self._seen = state
            self.look()

    def while_at_work(self, *, shown: bool) -> None:
        """Look while the screen is ``shown`` and the agent may be changing files."""
        session = self._subject.session
        if shown and session is not None and session.active:
            self.look()

    def look(self, *_: object) -> None:
        """Look now; while a look is under way, once more after it."""
        session = self._subject.session
        if session is None or self._looking:
            self._again = self._looking
            return
        self._looking = True
        self._link.call(lambda daemon: standing_of(daemon, session), self._found, lambda _: self._found(None))

    def _found(self, standing: SessionStanding | None) -> None:
        self._looking = False
        if standing is not None and standing != self.standing:
            self.standing = standing
            self._show()
        if self._again:
            self._again = False
            self.look()
