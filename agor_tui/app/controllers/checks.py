"""The commands that check the files of a session: run the check, and read the output of the latest one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from agor_core.domain.check import Check, CheckStatus
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.ids import new_id
from agor_tui.app import checking
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.subject import Subject
from agor_tui.state.titles import session_title

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

CHECK = Command("session.check", "K", "Check the session's files by the repo's command", "check", "Session")
OUTPUT = Command("session.check_output", "ctrl+k", "Read the output of the latest check, or stop it", "", "Session")

NOT_CHECKED = Reason("The session was not checked yet.")
BEGUN = "The check runs; ctrl+k shows its output."
ALL_BEGUN = "{count} checks run, as many at once as the settings say."
RUNS = "The check runs already; ctrl+k shows its output."
CONSENT = "May the commands of this repository's .agor.toml run?"


class Checks(Controller):
    """Checks the selected session; with an earlier task selected, its files as they were after it.

    ``several`` are the sessions that are selected together.
    """

    COMMANDS = (CHECK, OUTPUT)

    def __init__(
        self,
        host: "Host",
        link: "DaemonLink",
        subject: Subject,
        several: Callable[[], Sequence[Session]] = lambda: (),
    ) -> None:
        super().__init__({CHECK: self.check, OUTPUT: self.show})
        self._several = several
        self._host = host
        self._link = link
        self._subject = subject

    def offered(self, command: Command) -> Reason | None:
        session = self._subject.session
        if session is None:
            return self._subject.no_session
        return NOT_CHECKED if command == OUTPUT and self._latest(session) is None else None

    def check(self) -> None:
        """Run the check, unless it runs; with several sessions selected, that of each."""
        session = self._subject.session
        if len(several := self._several()) > 1:
            self._check_each(several, len(several))
            return
        if session is None:
            return
        if session.check is not None and session.check.status == CheckStatus.RUNNING:
            self._host.say(RUNS)
            return
        at = _earlier(session, self._subject.task)
        body: dict[str, Any] = {"check_id": new_id()} | ({} if at is None else {"at": at.task_id})
        self._begin(session, body, lambda _: self._host.say(BEGUN))

    def _check_each(self, left: Sequence[Session], count: int) -> None:
        """One after the other is begun, as each may ask for consent; they wait for each other in the daemon."""
        if left:
            self._begin(left[0], {"check_id": new_id()}, lambda _: self._check_each(left[1:], count))
        else:
            self._host.say(ALL_BEGUN.format(count=count))

    def show(self) -> None:
        """Open the output of the check of the selected task, else of the latest."""
        session = self._subject.session
        if session is None:
            return
        known = self._latest(session)

        def opened(check: Check | None) -> None:
            if check is not None:
                self._open(session, check)

        def read(daemon: Any) -> Check | None:
            if known is None:
                return checking.latest(daemon, session.session_id)
            return checking.read(daemon, known)[0]

        self._link.call_to_open(read, opened)

    def _latest(self, session: Session) -> str | None:
        """The id of the check to show."""
        task = self._subject.task
        found = task.check if task is not None and task.check is not None else session.check
        return None if found is None else found.check_id

    def _open(self, session: Session, check: Check) -> None:
        from agor_tui.app.dialogs.check_output import CheckOutput

        def again(begun: Callable[[Check], object]) -> None:
            body: dict[str, Any] = {"check_id": new_id(), "command": check.command}
            present = session.current.task_id if session.current is not None else None
            if check.task_id not in (None, present):
                body["at"] = check.task_id
            self._begin(session, body, begun)

        self._host.push_screen(CheckOutput(self._link, session_title(session), check, again))

    def _begin(self, session: Session, body: dict[str, Any], then: Callable[[Check], object]) -> None:
        def begun(answer: Check | checking.NeedsConsent) -> None:
            if isinstance(answer, checking.NeedsConsent):
                self._ask(session, body, answer, then)
            else:
                then(answer)

        self._link.call(lambda daemon: checking.begin(daemon, session.session_id, body), begun)

    def _ask(
        self, session: Session, body: dict[str, Any], needed: checking.NeedsConsent, then: Callable[[Check], object]
    ) -> None:
        """Show the commands, and go on if they are allowed."""
        from agor_tui.app.dialogs.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self._begin(session, {**body, "consent": needed.digest}, then)

        dialog = Confirm(
            CONSENT, needed.text.splitlines(), yes="allow them until the file changes", no="do not run them"
        )
        self._host.push_screen(dialog, answered)


def _earlier(session: Session, task: Task | None) -> Task | None:
    """The selected task if it is one whose files are not the present ones."""
    present = session.current.task_id if session.current is not None else None
    return task if task is not None and task.ended and task.task_id != present else None
