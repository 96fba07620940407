"""The commands of the list of worktrees: select several, let them go, remove them, open their session, their repo."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from agor_core.ids import SessionId
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.loading import Calls
from agor_tui.client.errors import DaemonError
from agor_tui.state.figures import counted, size
from agor_tui.state.worktree_list import WorktreeRow

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

OPEN = Command("worktrees.open", "enter", "Open the session of the worktree", "open", "Worktrees")
MARK = Command(
    "worktrees.mark", "space", "Select several; the next commands then act on all of them", "select", "Worktrees"
)
LET_GO = Command(
    "worktrees.release", "l", "Let the worktree go: its files are kept, its branch stays", "let go", "Worktrees"
)
REMOVE = Command(
    "worktrees.remove", "X", "Remove the worktree for good, with its sessions and branch", "remove", "Worktrees"
)
SETTINGS = Command("worktrees.repo", "o", "Settings of the worktree's repository", "repo", "Worktrees")
AGAIN = Command("worktrees.refresh", "r", "Look again", "look again", "Worktrees")
BACK = Command("worktrees.back", "escape", "Back", "back", "Worktrees")

_ON_BRANCH = re.compile(r"\d+ commits?: ")
NONE = Reason("No worktree is selected.")
NO_SESSION = Reason("No session that is not archived works in this worktree.")
AT_WORK = Reason("A session is at work there; stop it first.")
NOT_THERE = Reason("Its folder is gone already.")
NOBODY = Reason("No session could bring it back; remove it instead.")
LISTED = 6


class WorktreeTable(Protocol):
    """The list that the commands act on."""

    @property
    def selected(self) -> WorktreeRow | None:
        """The row under the cursor."""

    @property
    def chosen(self) -> Sequence[WorktreeRow]:
        """The marked rows, else the one under the cursor."""

    def mark(self) -> None:
        """Mark the row under the cursor, or unmark it."""

    def look(self) -> None:
        """Look at all worktrees anew, without marks."""


class WorktreeList(Controller):
    """Says what goes and what would be lost before anything goes."""

    COMMANDS = (OPEN, MARK, LET_GO, REMOVE, SETTINGS, AGAIN, BACK)

    def __init__(self, host: "Host", link: "DaemonLink", table: WorktreeTable) -> None:
        super().__init__(
            {
                OPEN: self.open,
                MARK: table.mark,
                LET_GO: self.let_go,
                REMOVE: self.remove,
                SETTINGS: self.settings,
                AGAIN: table.look,
                BACK: host.pop_screen,
            }
        )
        self._host = host
        self._link = link
        self._table = table

    def offered(self, command: Command) -> Reason | None:
        if command in (AGAIN, BACK):
            return None
        rows = self._table.chosen
        if not rows:
            return NONE
        if command == OPEN:
            return None if _open_session(self._table.selected) is not None else NO_SESSION
        if command in (LET_GO, REMOVE) and any(row.active for row in rows):
            return AT_WORK
        if command == LET_GO and not any(row.seen.there for row in rows):
            return NOT_THERE
        return NOBODY if command == LET_GO and not any(row.sessions for row in rows) else None

    def open(self) -> None:
        """Open the session of the worktree under the cursor."""
        if (session_id := _open_session(self._table.selected)) is not None:
            self._host.pop_screen()
            self._host.open_session(session_id)

    def settings(self) -> None:
        """Open the settings of the repository of the worktree under the cursor."""
        from agor_tui.app.dialogs.repo_settings import RepoSettingsForm

        if (row := self._table.selected) is None:
            return
        repo_id = row.seen.repo_id
        self._link.call_to_open(
            lambda daemon: daemon.get("repos", repo_id),
            lambda record: self._host.push_screen(RepoSettingsForm(self._link, record)),
        )

    def let_go(self) -> None:
        """Let the chosen worktrees go, after a confirmation that names them and what no checkpoint holds."""
        rows = [row for row in self._table.chosen if row.seen.there and row.sessions]
        said = ["Their files are kept as checkpoints, their branches stay, and a prompt makes them again."]
        lost = [f"Lost: {row.title}: {loss}" for row in rows for loss in _unkept(row)]
        force = bool(lost)

        def go(daemon: Calls, row: WorktreeRow) -> None:
            daemon.call("POST", f"/worktrees/{row.key}/release", body={"force": force})

        self._ask("Let go of", rows, [*said, *lost], ("let go", "keep"), go, "gone")

    def remove(self) -> None:
        """Remove the chosen worktrees for good, after a confirmation that names them and what would be lost."""
        rows = self._table.chosen
        sessions = sum(len(row.sessions) for row in rows)
        with_them = f", and {counted(sessions, 'session')} with all that was said" if sessions else ""
        said = [f"Their branches go{with_them}."]
        lost = [f"Lost: {row.title}: {loss}" for row in rows for loss in row.seen.losses]
        after = ["For 14 days sessions can be brought back: U lists them."] if sessions else []

        def go(daemon: Calls, row: WorktreeRow) -> None:
            force = [("force", "true")] if row.seen.losses else []
            for session in row.sessions:
                query = [("purge", "true"), *force]
                daemon.call("DELETE", f"/sessions/{session.session_id}", query=query, repeatable=False)
            if not row.sessions:
                daemon.call("DELETE", f"/worktrees/{row.key}", query=force, repeatable=False)

        self._ask("Remove", rows, [*said, *lost, *after], ("remove", "keep"), go, "removed")

    def _ask(
        self,
        verb: str,
        rows: Sequence[WorktreeRow],
        said: Sequence[str],
        answers: tuple[str, str],
        go: Callable[[Calls, WorktreeRow], None],
        participle: str,
    ) -> None:
        from agor_tui.app.dialogs.confirm import Confirm

        room = size(sum(row.seen.bytes for row in rows))
        whom = f"“{rows[0].title}”" if len(rows) == 1 else f"{len(rows)} worktrees"
        names = [f"{row.title}  {row.seen.branch or ''}  {size(row.seen.bytes)}" for row in rows[:LISTED]]
        more = [f"and {len(rows) - LISTED} more"] if len(rows) > LISTED else []
        yes, no = (f"{answer} {whom if len(rows) == 1 else f'all {len(rows)}'}" for answer in answers)
        dialog = Confirm(f"{verb} {whom}, {room}?", said[: LISTED + 2], names=[*names, *more], yes=yes, no=no)

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._each(rows, go, participle)

        self._host.push_screen(dialog, answered)

    def _each(self, rows: Sequence[WorktreeRow], go: Callable[[Calls, WorktreeRow], None], participle: str) -> None:
        def work(daemon: Calls) -> list[str]:
            refusals = []
            for row in rows:
                try:
                    go(daemon, row)
                except DaemonError as error:
                    refusals.append(error.message)
            return refusals

        def ended(refusals: list[str]) -> None:
            if refusals:
                count = f"{len(refusals)} of {len(rows)} not {participle}: " if len(rows) > 1 else ""
                self._host.complain(count + refusals[0])
            else:
                self._host.say(f"{counted(len(rows), 'worktree')} {participle}.")
            self._table.look()

        self._link.call_to_open(work, ended)


def _open_session(row: WorktreeRow | None) -> SessionId | None:
    if row is None:
        return None
    return next((one.session_id for one in row.sessions if one.archived_at is None), None)


def _unkept(row: WorktreeRow) -> list[str]:
    """The losses that no checkpoint holds and no branch leads to."""
    kept = ("uncommitted: ", "untracked: ")
    return [loss for loss in row.seen.losses if not loss.startswith(kept) and _ON_BRANCH.match(loss) is None]
