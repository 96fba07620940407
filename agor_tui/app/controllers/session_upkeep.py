"""Upkeep around a session: the settings of its repository, and the worktrees of sessions that were just archived."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agor_core.domain.session import Session
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.session_folder import OneSession
from agor_tui.app.loading import Calls
from agor_tui.client.errors import DaemonError
from agor_tui.state.figures import counted

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

REPO = Command("session.repo", "I", "Settings of the session's repository", "", "Session")
LET_GO = Command("session.release", "Z", "Let the worktrees go of what was just archived", "", "Session")

OUTSIDE = Reason("The session works outside of git.")
NOTHING_ARCHIVED = Reason("Nothing with a worktree was just archived; W lists all worktrees.")


class SessionRepo(Controller):
    """Opens the settings of the repository."""

    COMMANDS = (REPO,)

    def __init__(self, host: "Host", link: "DaemonLink", subject: OneSession) -> None:
        super().__init__({REPO: self.settings})
        self._host = host
        self._link = link
        self._subject = subject

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - there is one
        session = self._subject.session
        if session is None:
            return self._subject.no_session
        return OUTSIDE if session.repo.repo_id is None else None

    def settings(self) -> None:
        """Open the settings of the selected session's repository."""
        from agor_tui.app.dialogs.repo_settings import RepoSettingsForm

        session = self._subject.session
        repo_id = session.repo.repo_id if session is not None else None
        if repo_id is not None:
            self._link.call_to_open(
                lambda daemon: daemon.get("repos", repo_id),
                lambda record: self._host.push_screen(RepoSettingsForm(self._link, record)),
            )


class LettingGo(Controller):
    """Lets go of the worktrees of the sessions that ``u`` would bring back. Their files are kept as checkpoints."""

    COMMANDS = (LET_GO,)

    def __init__(self, host: "Host", link: "DaemonLink") -> None:
        super().__init__({LET_GO: self.let_go})
        self._host = host
        self._link = link

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - there is one
        return None if with_worktree(self._host.undo.latest) else NOTHING_ARCHIVED

    def let_go(self) -> None:
        """Let the worktrees go; what a guard refuses is said and stays."""
        sessions = with_worktree(self._host.undo.latest)
        trees = list(dict.fromkeys(one.repo.worktree_id for one in sessions))

        def work(daemon: Calls) -> list[str]:
            refusals = []
            for tree in trees:
                try:
                    daemon.call("POST", f"/worktrees/{tree}/release", body={})
                except DaemonError as error:
                    refusals.append(error.message)
            return refusals

        def ended(refusals: list[str]) -> None:
            if refusals:
                self._host.complain(refusals[0])
            if gone := len(trees) - len(refusals):
                are = "is" if gone == 1 else "are"
                self._host.say(f"{counted(gone, 'worktree')} {are} gone; a prompt makes it again, with its files.")

        self._link.call_to_open(work, ended)


def with_worktree(sessions: Sequence[Session]) -> Sequence[Session]:
    """Those that have a worktree of their own."""
    return [one for one in sessions if one.repo.managed_worktree and one.repo.worktree_id is not None]
