"""The command that compares the marked sessions; without marks those of the race, or the forks, of the selected one."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from agor_core.domain.comparison import MOST_SESSIONS
from agor_core.domain.session import Session
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

COMPARE = Command("session.compare", "C", "Compare marked sessions, those of a race, or forks", "compare", "Session")

TOO_FEW = Reason("Mark two sessions or more with space to compare them.")
TOO_MANY = Reason(f"At most {MOST_SESSIONS} sessions can be compared.")


class Marked(Protocol):
    """The marked sessions; if none is marked, the selected one alone."""

    @property
    def sessions(self) -> Sequence[Session]:
        """In the order in which they are listed."""


class CompareSessions(Controller):
    """Opens the comparison."""

    COMMANDS = (COMPARE,)

    def __init__(self, host: "Host", link: "DaemonLink", selection: Marked) -> None:
        super().__init__({COMPARE: self.compare})
        self._host = host
        self._link = link
        self._selection = selection

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - there is one
        count = len(self._wanted())
        return TOO_FEW if count < 2 else TOO_MANY if count > MOST_SESSIONS else None

    def compare(self) -> None:
        """Compare them, the oldest first."""
        wanted = sorted(self._wanted(), key=lambda session: (session.created_at, session.session_id))
        self._host.show_comparison([session.session_id for session in wanted])

    def _wanted(self) -> Sequence[Session]:
        chosen = self._selection.sessions
        if len(chosen) != 1:
            return chosen
        return rivals(chosen[0], self._link.records.sessions.values())


def rivals(session: Session, known: Iterable[Session]) -> list[Session]:
    """The sessions of the same race; of a session without one, those that are its fork, its source or its siblings."""
    others = list(known)
    if session.race_id is not None:
        return [one for one in others if one.race_id == session.race_id]
    source = session.genealogy.forked_from_session_id
    kin = {session.session_id, source} - {None}
    return [one for one in others if one.session_id in kin or one.genealogy.forked_from_session_id in kin]
