"""What can be done with a session on any screen: prompt, fork, spawn, answer, copy, and what its set can be told."""

from typing import Any

import msgspec

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.task import Task
from agor_core.ids import SessionId
from agor_tui.app.commands import sessions as the
from agor_tui.app.commands.command import Command
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.loading import Calls
from agor_tui.app.screens.set_actions import SetActions
from agor_tui.app.widgets.open_question import OpenQuestion
from agor_tui.state import clean

NEEDS_SUBJECT = frozenset({the.PROMPT, the.SPAWN, the.TREE, the.ARCHIVE, the.BOARD, the.COPY})


class SessionActions(SetActions):
    """A screen on which a session is selected or open."""

    def __init__(self, link: DaemonLink) -> None:
        super().__init__(link)
        self.question = OpenQuestion()

    @property
    def asked(self) -> Approval | None:
        """The open question of the subject, as the screen shows it."""
        pending = self.link.records.pending(self.subject.session_id) if self.subject is not None else []
        return pending[0] if pending else None

    def sees_question(self) -> bool:
        """Whether the question is in sight."""
        return True

    def seek_question(self) -> None:
        """Bring it into sight."""

    def reads_on(self, question: Approval) -> bool:  # noqa: ARG002 - for screens to say
        """Show more of the question; False if all of it has been in sight."""
        return False

    def refresh_keys(self) -> None:
        self.look()
        super().refresh_keys()

    def look(self) -> None:
        """Note what is asked; what comes while another screen is above has not been seen."""
        asked, shown = self.asked, self.question.shown
        if not self.is_active:
            same = asked is not None and shown is not None and asked.approval_id == shown.approval_id
            asked = asked if same and self.app.screen.is_modal else None
        self.question.show(asked, self.host.clock.monotonic())

    def answered(self, session_id: SessionId) -> None:
        """An approval of this session was answered from here."""

    def offered(self, command: Command) -> bool:
        subject = self.subject
        match command:
            case the.ALLOW | the.ALWAYS | the.DENY:
                return subject is not None and subject.status is SessionStatus.AWAITING_PERMISSION
            case the.STOP:
                return any(session.active for session in self.subjects)
            case the.COMPLETE:
                return any(one.status in (SessionStatus.IDLE, SessionStatus.FAILED) for one in self.subjects)
            case the.FORK:
                return subject is not None and subject.task_count > 0
            case the.UNDO:
                return bool(self.host.undo)
            case _:
                return subject is not None or command not in NEEDS_SUBJECT

    def action_new(self) -> None:
        from agor_tui.app.dialogs.new_session import NewSession

        board = getattr(self, "board_id", None)
        form = NewSession(self.link, agent=self.host.default_agent, worktree=self.host.default_worktree, board_id=board)
        self.host.push_screen(form, self._made)

    def _made(self, record: dict[str, Any] | None) -> None:
        if record is not None:
            self.select(SessionId(record["session_id"]))

    def action_prompt(self) -> None:
        from agor_tui.app.dialogs.prompt_form import PromptForm

        if (subject := self.subject) is not None:
            self.host.push_screen(PromptForm(self.link, subject))

    def action_fork(self) -> None:
        self.fork_at(None)

    def fork_at(self, task_id: str | None) -> None:
        """Open the fork form, at a task or at the last that has ended."""
        if (subject := self.subject) is None:
            return
        if not subject.task_count:
            self.host.complain("There is nothing to fork yet: the session has had no task.")
            return
        self._fork(subject, task_id)

    def fork_source(self, task: Task) -> None:
        """Open the fork form for the session that an inherited task was done in."""
        source = self.link.records.named(task.session_id)
        if source is not None:
            self._fork(source, task.task_id)
            return

        def found(record: dict[str, Any]) -> None:
            if self.is_current:
                self._fork(msgspec.convert(record, Session), task.task_id)

        self.link.call_to_open(lambda daemon: daemon.get("sessions", task.session_id), found)

    def _fork(self, source: Session, task_id: str | None) -> None:
        from agor_tui.app.dialogs.fork import ForkForm

        self.host.push_screen(ForkForm(self.link, source, task_id), self._made)

    def action_spawn(self) -> None:
        from agor_tui.app.dialogs.spawn import SpawnForm

        if (subject := self.subject) is not None:
            self.host.push_screen(SpawnForm(self.link, subject), self._made)

    def action_answer(self, decision: str) -> None:
        """Answer the question that is shown, unless it can hardly have been read yet."""
        question = self.question.shown
        if question is None or self.question.answered or self.app.has_class("-too-small"):
            return
        ready = self.question.press(self.host.clock.monotonic())
        if not self.sees_question():
            self.seek_question()
        elif not ready:
            if not self.question.told:
                self.question.told = True
                self.host.say("That was too soon to have read what is asked: press it again.")
        elif decision == "deny" or not self.reads_on(question):
            self._answer(question, decision)

    def _answer(self, question: Approval, decision: str) -> None:
        def answer(daemon: Calls) -> dict[str, Any]:
            return daemon.patch("approvals", question.approval_id, {"decision": decision})

        def refused(sentence: str) -> None:
            self.question.answer(given=False)
            self.host.complain(sentence)

        self.question.answer()
        self.link.call(answer, lambda _: self.answered(question.session_id), refused)

    def action_tree(self) -> None:
        if (subject := self.subject) is not None:
            self.host.show_genealogy(subject.session_id)

    def action_copy(self) -> None:
        if (subject := self.subject) is not None:
            self.copy(subject.session_id, f"the id {subject.session_id}")

    def copy(self, text: str, what: str) -> None:
        """Put a text on the clipboard, by the terminal, and say so."""
        self.app.copy_to_clipboard(text)
        self.host.say(f"Copied {clean.line(what)}.")
