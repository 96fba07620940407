"""The commands of the selected task or message: view the task's diff, copy the text."""

from typing import TYPE_CHECKING, Protocol

from agor_core.domain.message import Message, Role
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.state.diffed import Diffed

if TYPE_CHECKING:
    from agor_tui.app.host import Host
    from agor_tui.app.widgets.conversation_items import ConversationItem

DIFF = Command("session.diff", "v", "View what the task changed in the files", "diff", "Session")
COPY = Command("session.copy", "y", "Copy the selected message, or the task's prompt", "copy", "Session")

NO_TASK = Reason("No task is selected.")


class TaskView(Protocol):
    """The selection of the session screen."""

    @property
    def last_known(self) -> Session | None:
        """The open session, or its last state before it was archived elsewhere."""

    @property
    def task(self) -> Task | None:
        """The task of the selected message, else of the timeline."""

    @property
    def timeline_task(self) -> Task | None:
        """The task under the cursor of the timeline."""

    @property
    def item(self) -> "ConversationItem | None":
        """The item under the cursor of the conversation; None while another pane has the keys."""


class TaskCommands(Controller):
    """Opens the diff, or copies text to the clipboard."""

    COMMANDS = (DIFF, COPY)

    def __init__(self, host: "Host", view: TaskView) -> None:
        super().__init__({DIFF: self.show_diff, COPY: self.copy})
        self._host = host
        self._view = view

    def offered(self, command: Command) -> Reason | None:
        if command == COPY and self._text() is not None:
            return None
        return NO_TASK if self._view.task is None or self._view.last_known is None else None

    def show_diff(self) -> None:
        """Open the diff of the selected task."""
        session, task = self._view.last_known, self._view.task
        if session is not None and task is not None:
            self._host.show_diff(Diffed.of_task(session, task))

    def copy(self) -> None:
        """Copy the selected message, the error of a task's end, or the prompt of the timeline's task."""
        if (found := self._text()) is not None:
            self._host.copy(*found)

    def _text(self) -> tuple[str, str] | None:
        """The text to copy, and what it is."""
        item, task = self._view.item, self._view.timeline_task
        if item is not None and item.message is not None:
            return _text_of(item.message), "the message"
        if item is not None and item.ending and item.task is not None:
            return item.task.error or "", "why the task ended"
        return (task.full_prompt, f"the prompt of task {task.position}") if task is not None else None


def _text_of(message: Message) -> str:
    """The text of a message; of a tool call its output, else its title."""
    tool = message.tool
    if tool is None:
        return message.text
    text = tool.output if message.role is Role.TOOL else message.text
    return text or tool.title
