"""What can be done with a session on any screen: prompt, fork, spawn, answer, copy, and what its set can be told."""

from collections.abc import Callable
from typing import Any

import msgspec

from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.task import Task
from agor_core.ids import SessionId
from agor_tui.app.commands import sessions as the
from agor_tui.app.commands.command import Command
from agor_tui.app.loading import Calls
from agor_tui.app.screens.set_actions import SetActions
from agor_tui.app.widgets.cards import ACTIVE
from agor_tui.state import clean

NEEDS_SUBJECT = frozenset({the.PROMPT, the.SPAWN, the.TREE, the.ARCHIVE, the.BOARD, the.COPY})


class SessionActions(SetActions):
    """A screen on which a session is selected or open."""

    def answered(self, session_id: SessionId) -> None:
        """An approval of this session was answered from here."""

    def offered(self, command: Command) -> bool:
        subject = self.subject
        match command:
            case the.ALLOW | the.ALWAYS | the.DENY:
                return subject is not None and subject.status is SessionStatus.AWAITING_PERMISSION
            case the.STOP:
                return any(session.status in ACTIVE for session in self.subjects)
            case the.COMPLETE:
                return any(one.status in (SessionStatus.IDLE, SessionStatus.FAILED) for one in self.subjects)
            case the.FORK:
                return subject is not None and subject.task_count > 0
            case the.UNDO:
                return bool(self.link.archived)
            case _:
                return subject is not None or command not in NEEDS_SUBJECT

    def action_new(self) -> None:
        from agor_tui.app.screens.new_session import NewSession

        board = getattr(self, "board_id", None)
        form = NewSession(self.link, agent=self.host.default_agent, worktree=self.host.default_worktree, board_id=board)
        self.host.push_screen(form, self._made)

    def _made(self, record: dict[str, Any] | None) -> None:
        if record is not None:
            self.select(SessionId(record["session_id"]))

    def action_prompt(self) -> None:
        from agor_tui.app.screens.prompt_form import PromptForm

        if (subject := self.subject) is not None:
            self.host.push_screen(PromptForm(self.link, subject))

    def send(self, session: Session, text: str, refused: Callable[[str], object] | None = None) -> None:
        """Give a session a prompt; it is queued while a task runs."""
        self.link.call(lambda daemon: daemon.act(session.session_id, "prompt", {"prompt": text}), None, refused)

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
        from agor_tui.app.screens.fork import ForkForm

        self.host.push_screen(ForkForm(self.link, source, task_id), self._made)

    def action_spawn(self) -> None:
        from agor_tui.app.screens.spawn import SpawnForm

        if (subject := self.subject) is not None:
            self.host.push_screen(SpawnForm(self.link, subject), self._made)

    def action_answer(self, decision: str) -> None:
        subject = self.subject
        pending = self.link.records.pending(subject.session_id) if subject else []
        if subject is None or not pending:
            return
        approval_id = pending[0].approval_id

        def answer(daemon: Calls) -> dict[str, Any]:
            return daemon.patch("approvals", approval_id, {"decision": decision})

        self.link.call(answer, lambda _: self.answered(subject.session_id))

    def action_tree(self) -> None:
        if (subject := self.subject) is not None:
            self.host.show_tree(subject.session_id)

    def action_copy(self) -> None:
        if (subject := self.subject) is not None:
            self.copy(subject.session_id, f"the id {subject.short_id}")

    def copy(self, text: str, what: str) -> None:
        """Put a text on the clipboard, by the terminal, and say so."""
        self.app.copy_to_clipboard(text)
        self.host.say(f"Copied {clean.line(what)}.")
