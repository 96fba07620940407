"""Answers to approvals: one is given only for the question in view, and only once it can have been read."""

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from agor_core.domain.approval import Approval, ApprovalOption
from agor_core.ids import SessionId
from agor_tui.app.commands.command import Command, key
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.open_question import OpenQuestion
from agor_tui.app.loading import Calls
from agor_tui.state.answers import MOST_KEYS, numbered

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

ALLOW = Command("approval.allow", "a", "Allow what the agent asks, once", "allow", "Session")
ALWAYS = Command("approval.always", "A", "Allow it from now on in this session", "always", "Session")
DENY = Command("approval.deny", "d", "Deny what the agent asks", "deny", "Session")
REASON = Command("approval.reason", "R", "Deny it, and tell the agent why", "", "Session")
OPTIONS = tuple(
    Command(f"approval.option_{number}", str(number), f"Answer with the agent's option {number}", "", "Session")
    for number in range(1, MOST_KEYS + 1)
)
"""The agent's own options, in its order."""

NO_SUCH_OPTION = Reason("The question has no option with that number.")
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

    def leaves_out(self, question: Approval) -> bool:
        """Whether lines of it are left out where it is shown, so that a key for an answer opens it first."""

    def read_on(self, question: Approval) -> bool:
        """Show the next part of a question that was not shown whole yet; False if all of it has been in view."""

    def answered(self, session_id: SessionId) -> None:
        """Move on: an answer for this session has arrived at the daemon."""


class AnsweringApprovals(Controller):
    """Remembers which question is in view and since when."""

    COMMANDS = (ALLOW, ALWAYS, DENY, REASON, *OPTIONS)

    def __init__(
        self, host: "Host", link: "DaemonLink", view: QuestionView, *, without: Collection[Command] = ()
    ) -> None:
        super().__init__(
            {
                ALLOW: partial(self.answer, "allow"),
                ALWAYS: partial(self.answer, "always"),
                DENY: partial(self.answer, "deny"),
                REASON: self.ask_reason,
                **{command: partial(self.choose, index) for index, command in enumerate(OPTIONS)},
            },
            without=without,
        )
        self._host = host
        self._link = link
        self._view = view
        self._open = OpenQuestion()

    def offered(self, command: Command) -> Reason | None:
        if not self._view.asks:
            return Reason(f"Nothing is asked here; {key('app.asking')} goes to the next session that needs you.")
        if command in OPTIONS and self._option(OPTIONS.index(command)) is None:
            return NO_SUCH_OPTION
        return None

    def label(self, command: Command) -> str:
        """What the key does: it opens a question of which lines are left out."""
        question = self._open.shown
        if command in (ALLOW, ALWAYS) and question is not None and self._view.leaves_out(question):
            return "read it first" if command == ALLOW else ""
        return super().label(command)

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
        question = self._answerable()
        if question is not None and (decision == "deny" or not self._view.read_on(question)):
            self._send(question, {"decision": decision})

    def choose(self, index: int) -> None:
        """Answer with one of the agent's own options; as `answer`."""
        option = self._option(index)
        question = self._answerable()
        if option is not None and question is not None and (not option.allows or not self._view.read_on(question)):
            self._send(question, {"decision": option.id})

    def ask_reason(self) -> None:
        """Open the form for a refusal with a reason; as `answer`."""
        from agor_tui.app.dialogs.deny import DenyForm

        question = self._answerable()
        if question is None:
            return

        def denied(record: dict[str, Any] | None) -> None:
            if record is not None:
                self._view.answered(question.session_id)

        self._host.push_screen(DenyForm(self._link, question), denied)

    def _option(self, index: int) -> ApprovalOption | None:
        """An option that has this place as its key: only where letters are not enough."""
        question = self._open.shown
        if question is None or index >= len(question.options) or not numbered(question):
            return None
        return question.options[index]

    def _answerable(self) -> Approval | None:
        """The question in view, if a key may answer it now; else it is brought into view, or it is said why not."""
        question = self._open.shown
        if question is None or self._open.answered or self._host.too_small:
            return None
        ready = self._open.press(self._host.clock.monotonic())
        if not self._view.question_in_view(question):
            self._view.reveal_question(question)
        elif not ready:
            self._say_too_soon()
        else:
            return question
        return None

    def _say_too_soon(self) -> None:
        if not self._open.told:
            self._open.told = True
            self._host.say(TOO_SOON)

    def _send(self, question: Approval, body: dict[str, Any]) -> None:
        def answer(daemon: Calls) -> dict[str, Any]:
            return daemon.patch("approvals", question.approval_id, body)

        def refused(sentence: str) -> None:
            self._open.answer(given=False)
            self._host.complain(sentence)

        self._open.answer()
        self._link.call(answer, lambda _: self._view.answered(question.session_id), refused)
