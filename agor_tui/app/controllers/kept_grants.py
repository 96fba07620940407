"""The command that shows what is allowed in a session from now on, kept by Agor, and takes it back."""

from typing import TYPE_CHECKING, Any

import msgspec

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.subject import Subject
from agor_tui.app.loading import Calls

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

GRANTS = Command("session.grants", "P", "What is allowed here from now on, and take it back", "", "Session")

NONE = "Nothing is allowed here from now on by Agor; what the agent itself keeps is not known."
TAKEN_BACK = "Taken back: it is asked again."
MOST = 100


class KeptGrants(Controller):
    """Reads the grants of the selected session, then opens the form."""

    COMMANDS = (GRANTS,)

    def __init__(self, host: "Host", link: "DaemonLink", subject: Subject) -> None:
        super().__init__({GRANTS: self.show})
        self._host = host
        self._link = link
        self._subject = subject

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - there is one
        return self._subject.no_session if self._subject.session is None else None

    def show(self) -> None:
        """Open the form, or say that there are none."""
        session = self._subject.session
        if session is None:
            return
        query: dict[str, object] = {"granted": "kept", "session_id": session.session_id, "$limit": MOST}

        def found(answer: dict[str, Any]) -> None:
            self._open(session, msgspec.convert(answer["data"], list[Approval]))

        def read(daemon: Calls) -> dict[str, Any]:
            return daemon.find("approvals", query)

        self._link.call_to_open(read, found)

    def _open(self, session: Session, grants: list[Approval]) -> None:
        from agor_tui.app.dialogs.grants import GrantsForm

        if not grants:
            self._host.say(NONE)
            return

        def done(record: dict[str, Any] | None) -> None:
            if record is not None:
                self._host.say(TAKEN_BACK)

        self._host.push_screen(GrantsForm(self._link, session, grants), done)
