"""Renaming a session, and what its description says."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.subject import Subject

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

RENAME = Command("session.rename", "r", "Rename the session, or change its description", "", "Session")
RENAME_OPEN = Command("session.rename_open", "N", "Rename the session, or change its description", "", "Session")
"""In an open session, where r restores files."""


class Renaming(Controller):
    """Opens the form."""

    COMMANDS = (RENAME, RENAME_OPEN)

    def __init__(self, host: "Host", link: "DaemonLink", subject: Subject, *, without: Collection[Command]) -> None:
        super().__init__({RENAME: self.rename, RENAME_OPEN: self.rename}, without=without)
        self._host = host
        self._link = link
        self._subject = subject

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - one of the two is there
        return self._subject.no_session if self._subject.session is None else None

    def rename(self) -> None:
        """Open the form for the selected session."""
        from agor_tui.app.dialogs.rename import RenameForm

        if (session := self._subject.session) is not None:
            self._host.push_screen(RenameForm(self._link, session))
