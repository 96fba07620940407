"""Answers to approvals: one is given only for the question in view, and only once it can have been read."""

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from agor_core.domain.approval import Approval
from agor_core.ids import SessionId
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.open_question import OpenQuestion
from agor_tui.app.loading import Calls

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

ALLOW = Command("approval.allow", "a", "Allow what the agent asks, once", "allow", "Session")
ALWAYS = Command("approval.always", "A", "Allow it from now on in this session", "always", "Session")
DENY = Command("approval.deny", "d", "Deny what the agent asks", "deny", "Session")

NOTHING_ASKED = Reason("Nothing is asked here; ! goes to the next session that needs you.")
TOO_SOON = "That was too soon to have read what is asked: press it again."


class QuestionView(Protocol):
    """The part of a screen that shows the open question of the selected session."""

    @property
    def asks(self) -> bool:
        """Whether the selected session waits for an answer."""

    @property
    def question(self) -> Approval | None:
        """The open question, if the screen shows it."""

    def question_in_view(self, question: Approval) -> bool:
        """Whether the window shows this question."""

    def reveal_question(self, question: Approval) -> None:
        """Scroll to this question."""

    def read_on(self, question: Approval) -> bool:
        """Show the next part of a question that was not shown whole yet; False if all of it has been in view."""

    def answered(self, session_id: SessionId) -> None:
        """Move on: an answer for this session has arrived at the daemon."""


class AnsweringApprovals(Controller):
    """Remembers which question is in view and since when."""

    COMMANDS = (ALLOW, ALWAYS, DENY)

    def __init__(self, host: "Host", link: "DaemonLink", view: QuestionView) -> None:
        super().__init__(
            {
                ALLOW: partial(self.answer, "allow"),
                ALWAYS: partial(self.answer, "always"),
                DENY: partial(self.answer, "deny"),
            }
        )
        self._host = host
        self._link = link
        self._view = view
        self._open = OpenQuestion()

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - the three are alike
        return None if self._view.asks else NOTHING_ASKED

    def observe(self, *, active: bool, below_dialog: bool) -> None:
        """Note which question the screen shows now.

        A question that comes while the screen is not ``active`` has not been seen. One that was in view stays seen
        while a dialog is above the screen.
        """
        asked, shown = self._view.question, self._open.shown
        if not active:
            same = asked is not None and shown is not None and asked.approval_id == shown.approval_id
            asked = asked if same and below_dialog else None
        self._open.show(asked, self._host.clock.monotonic())

    def answer(self, decision: str) -> None:
        """Answer the question in view, unless the key came too soon or there is more of it to read."""
        question = self._open.shown
        if question is None or self._open.answered or self._host.too_small:
            return
        ready = self._open.press(self._host.clock.monotonic())
        if not self._view.question_in_view(question):
            self._view.reveal_question(question)
        elif not ready:
            self._say_too_soon()
        elif decision == "deny" or not self._view.read_on(question):
            self._send(question, decision)

    def _say_too_soon(self) -> None:
        if not self._open.told:
            self._open.told = True
            self._host.say(TOO_SOON)

    def _send(self, question: Approval, decision: str) -> None:
        def answer(daemon: Calls) -> dict[str, Any]:
            return daemon.patch("approvals", question.approval_id, {"decision": decision})

        def refused(sentence: str) -> None:
            self._open.answer(given=False)
            self._host.complain(sentence)

        self._open.answer()
        self._link.call(answer, lambda _: self._view.answered(question.session_id), refused)
