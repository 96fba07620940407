"""Commands about a session's folder: what changed in it, a shell or the editor there, its path."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from agor_core.domain.session import Session
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.state.diffed import Diffed

if TYPE_CHECKING:
    from agor_tui.app.host import Host

CHANGES = Command(
    "session.changes",
    "V",
    "View what the session changed since it began; of two selected, what differs",
    "changes",
    "Session",
)
SHELL = Command("session.shell", "S", "Open a shell in the session's folder", "shell", "Session")
EDITOR = Command("session.editor", "e", "Open the session's folder in your editor", "editor", "Session")
COPY_PATH = Command("session.copy_path", "Y", "Copy the path of the session's folder", "copy path", "Session")

OUTSIDE = Reason("The session works outside of git, where nothing is compared.")
NO_WORKTREE = Reason("The session's worktree is made at its first prompt.")


PAIR = 2


class OneSession(Protocol):
    """The session that is selected, or open."""

    @property
    def session(self) -> Session | None:
        """None if there is none."""

    @property
    def no_session(self) -> Reason:
        """The reason why there is none."""


class SessionFolder(Controller):
    """``returned`` is called with a session after a shell or an editor was in its folder.

    Of two sessions that are ``marked`` the changes are those between them.
    """

    COMMANDS = (CHANGES, SHELL, EDITOR, COPY_PATH)

    def __init__(
        self,
        host: "Host",
        subject: OneSession,
        returned: Callable[[Session], object],
        marked: Callable[[], Sequence[Session]] = tuple,
    ) -> None:
        super().__init__(
            {CHANGES: self.show_changes, SHELL: self.open_shell, EDITOR: self.open_editor, COPY_PATH: self.copy_path}
        )
        self._host = host
        self._subject = subject
        self._returned = returned
        self._marked = marked

    def offered(self, command: Command) -> Reason | None:
        session = self._subject.session
        if session is None:
            return self._subject.no_session
        if command == CHANGES and session.repo.repo_id is None:
            return OUTSIDE
        return NO_WORKTREE if session.repo.managed_worktree and session.repo.worktree_id is None else None

    def show_changes(self) -> None:
        """Open the diff of the selected session since its base, or between two that are marked."""
        if len(pair := self._marked()) == PAIR:
            self._host.show_diff(Diffed(pair[1], f"{pair[0].short_id}@now"))
        elif (session := self._subject.session) is not None:
            self._host.show_diff(Diffed(session))

    def open_shell(self) -> None:
        """Give the terminal to a shell in the session's folder until it ends."""
        if (session := self._subject.session) is not None:
            self._host.lend_terminal(session, "shell")
            self._returned(session)

    def open_editor(self) -> None:
        """Give the terminal to the editor, with the session's folder, until it ends."""
        if (session := self._subject.session) is not None:
            self._host.lend_terminal(session, "editor")
            self._returned(session)

    def copy_path(self) -> None:
        """Copy the path of the session's folder."""
        if (session := self._subject.session) is not None:
            self._host.copy(session.repo.cwd, f"the path {session.repo.cwd}")
