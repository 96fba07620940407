"""The command that removes a session for good, after it was shown what goes and asked by name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agor_core.domain.session import Session
from agor_core.domain.standing import WorktreeStanding
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.subject import Selection
from agor_tui.state.figures import size
from agor_tui.state.titles import session_title

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

REMOVE = Command("session.remove", "X", "Remove the session for good, with its worktree", "", "Session")

AT_WORK = Reason("The session is at work; stop it before it is removed.")
SEVERAL = Reason("Sessions are removed one by one; drop the selection first.")
AGAIN = "For 14 days it can be brought back: u now, U later."


class RemovingForGood(Controller):
    """Looks at what would be lost, asks, and removes."""

    COMMANDS = (REMOVE,)

    def __init__(self, host: "Host", link: "DaemonLink", selection: Selection) -> None:
        super().__init__({REMOVE: self.remove})
        self._host = host
        self._link = link
        self._selection = selection

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - there is one
        sessions = self._selection.sessions
        if not sessions:
            return self._selection.no_session
        if len(sessions) > 1:
            return SEVERAL
        return AT_WORK if sessions[0].active else None

    def remove(self) -> None:
        """Look at the session's worktree, then ask."""
        from agor_tui.app import loading

        (session,) = self._selection.sessions
        worktree_id = session.repo.worktree_id if session.repo.managed_worktree else None
        self._link.call_to_open(
            lambda daemon: None if worktree_id is None else loading.standing(daemon, worktree_id),
            lambda seen: self._ask(session, seen),
        )

    def _ask(self, session: Session, seen: WorktreeStanding | None) -> None:
        from agor_tui.app.dialogs.confirm import Confirm

        losses = [*what_goes(seen), AGAIN]
        name = session_title(session)
        dialog = Confirm(f"Remove “{name}” for good?", losses, yes=f"remove “{name}”", no="keep it")

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._remove(session, force=seen is not None and bool(seen.losses))

        self._host.push_screen(dialog, answered)

    def _remove(self, session: Session, *, force: bool) -> None:
        from agor_tui.app import loading

        def removed(_: object) -> None:
            self._host.say(f"Removed {session_title(session)}. {AGAIN}")
            self._host.undo.forget(session.session_id)
            self._host.undo.push((session,), removed=True)
            self._selection.sessions_archived({session.session_id})

        self._link.call_to_open(lambda daemon: loading.remove(daemon, session.session_id, force=force), removed)


def what_goes(seen: WorktreeStanding | None) -> Sequence[str]:
    """What goes with a session besides its conversation, and what of it is nowhere else."""
    if seen is None:
        return ["Its conversation goes; the files in its folder stay."]
    if not seen.there:
        return [f"Its conversation goes, and its branch {seen.branch or 'of the worktree'}."]
    lines = [f"Its conversation goes, its worktree ({size(seen.bytes)}), and its branch {seen.branch or ''}.".strip()]
    if seen.problem:
        lines.append(f"Nobody can tell what would be lost: {seen.problem}")
    return [*lines, *(f"Lost: {loss}" for loss in seen.losses)] if seen.losses else [*lines, "No work is lost."]
