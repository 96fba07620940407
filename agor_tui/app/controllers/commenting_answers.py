"""The command that comments on what the agent said: a block of an answer in the conversation."""

from typing import TYPE_CHECKING, Any

from agor_core.domain.message import Message, Role
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.task_commands import TaskView

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

COMMENT = Command("session.comment", "C", "Comment on the answer, or on a block of it", "", "Session")

NO_ANSWER = Reason("No answer of the agent is selected in the conversation.")
INHERITED = Reason("This was said in another session; comment on it there.")
KEPT = "The comment is kept; it goes with the others when S sends them from the changes (V)."


class CommentingAnswers(Controller):
    """Opens the form for it."""

    COMMANDS = (COMMENT,)

    def __init__(self, host: "Host", link: "DaemonLink", view: TaskView) -> None:
        super().__init__({COMMENT: self.comment})
        self._host = host
        self._link = link
        self._view = view

    def offered(self, command: Command) -> Reason | None:  # noqa: ARG002 - there is one
        session, message = self._view.last_known, self._message
        if session is None or message is None:
            return NO_ANSWER
        return INHERITED if message.session_id != session.session_id else None

    def comment(self) -> None:
        """Open the form for the selected answer."""
        from agor_tui.app.dialogs.comment import AnswerForm

        session, message = self._view.last_known, self._message
        if session is not None and message is not None:
            self._host.push_screen(AnswerForm(self._link, session, message), self._commented)

    @property
    def _message(self) -> Message | None:
        item = self._view.item
        message = None if item is None else item.message
        said = message is not None and message.role in (Role.ASSISTANT, Role.THOUGHT) and bool(message.text.strip())
        return message if said else None

    def _commented(self, record: dict[str, Any] | None) -> None:
        if record is not None:
            self._host.say(KEPT)
