"""The commands about prompts that were given: the queue, and a task's prompt run again."""

from typing import TYPE_CHECKING, Any

from agor_core.ids import SessionId
from agor_tui.app import loading
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.subject import Subject
from agor_tui.app.controllers.task_commands import NO_TASK

if TYPE_CHECKING:
    from agor_core.domain.session import Session
    from agor_core.domain.task import Task
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

QUEUE = Command("session.queue", "w", "The queue: edit, order, drop or send what waits", "", "Session")
AGAIN = Command("session.again", "T", "Run the task's prompt again, as it was or edited", "", "Session")

EMPTY = Reason("The queue is empty.")
NOT_ENDED = Reason("The task has not ended yet; stop it first, or edit it in the queue (w).")
INHERITED = Reason("This task was done in another session; run it again there.")


class PromptsAgain(Controller):
    """Opens the forms for the open session."""

    COMMANDS = (QUEUE, AGAIN)

    def __init__(self, host: "Host", link: "DaemonLink", subject: Subject) -> None:
        super().__init__({QUEUE: self.queue, AGAIN: self.again})
        self._host = host
        self._link = link
        self._subject = subject

    def offered(self, command: Command) -> Reason | None:
        session, task = self._subject.session, self._subject.task
        if session is None:
            return self._subject.no_session
        if command == QUEUE:
            return None
        if task is None:
            return NO_TASK
        if task.session_id != session.session_id:
            return INHERITED
        return None if task.ended else NOT_ENDED

    def queue(self) -> None:
        """Read the queue and open its form, or say that it is empty."""
        session = self._subject.session
        if session is not None:
            self._link.call_to_open(
                lambda daemon: loading.tasks_of(daemon, session.session_id), lambda tasks: self._open(session, tasks)
            )

    def again(self) -> None:
        """Open the form with the prompt of the selected task."""
        from agor_tui.app.dialogs.retry import RetryForm

        session, task = self._subject.session, self._subject.task
        if session is not None and task is not None:
            self._host.push_screen(RetryForm(self._link, session, task), self._run)

    def _open(self, session: "Session", tasks: "list[Task]") -> None:
        from agor_tui.app.dialogs.queue import QueueForm

        if any(task.waiting for task in tasks):
            self._host.push_screen(QueueForm(self._link, session, tasks))
        else:
            self._host.say(EMPTY)

    def _run(self, record: dict[str, Any] | None) -> None:
        """Show the fork that it became."""
        if record is not None and record.get("session_id") != self._subject.session_id:
            self._subject.follow(SessionId(record["session_id"]))
