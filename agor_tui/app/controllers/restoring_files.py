"""The command that restores a session's files as they were at the selected task."""

from typing import TYPE_CHECKING, Any

import msgspec

from agor_core.domain.restoration import Restoration
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.task_commands import NO_TASK, TaskView
from agor_tui.state.figures import files

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

RESTORE = Command("session.restore", "r", "Restore the files as they were at the task", "restore", "Session")

OUTSIDE = Reason("Outside git no checkpoints are kept, so nothing can be restored.")
AT_WORK = Reason("The session is at work; stop it before its files are restored.")
INHERITED = Reason("This task was done in another session; fork there to have its files.")


class RestoringFiles(Controller):
    """Opens the form for it, which says first what would change."""

    COMMANDS = (RESTORE,)

    def __init__(self, host: "Host", link: "DaemonLink", view: TaskView) -> None:
        super().__init__({RESTORE: self.restore})
        self._host = host
        self._link = link
        self._view = view

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - there is one
        session, task = self._view.last_known, self._view.task
        if session is None or task is None:
            return NO_TASK
        return _why_not(session, task)

    def restore(self) -> None:
        """Open the form for the selected task."""
        from agor_tui.app.dialogs.restore import RestoreForm

        session, task = self._view.last_known, self._view.task
        if session is not None and task is not None:
            self._host.push_screen(RestoreForm(self._link, session, task), self._restored)

    def _restored(self, record: dict[str, Any] | None) -> None:
        if record is None:
            return
        done = msgspec.convert(record, Restoration)
        changed = files(done.written_count + done.removed_count)
        left = f" Left as it is: {files(done.kept_count)} in no checkpoint." if done.kept_count else ""
        self._host.say(f"Restored {changed}.{left}" if done.before else f"Nothing was restored.{left}")


def _why_not(session: Session, task: Task) -> Reason | None:
    if session.repo.repo_id is None:
        return OUTSIDE
    if task.session_id != session.session_id:
        return INHERITED
    return AT_WORK if session.active else None
