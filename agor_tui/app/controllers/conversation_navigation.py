"""Navigation in a session's conversation: to a task, to an edge, into what a gap leaves out.

Of a long conversation only the end is read at first. The rest is read when the cursor goes there.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agor_core.domain.message import Message
from agor_core.domain.task import Task
from agor_core.ids import SessionId
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.pane_focus import PaneFocus
from agor_tui.state.conversation import Conversation, Gap, first_index, gap_at

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host
    from agor_tui.app.widgets.conversation_items import ConversationItem
    from agor_tui.app.widgets.conversation_view import ConversationView
    from agor_tui.app.widgets.timeline import Timeline

TOGGLE = Command("session.toggle", "enter", "Open or fold a tool call; show the task's messages", "open", "Session")
FOLD_ALL = Command("session.fold_all", "o", "Open or fold all tool calls", "", "Session")

NO_TASK = Reason("No task is selected.")
NO_MESSAGE = Reason("No message is selected.")


class ConversationNavigation(Controller):
    """The cursor of the conversation follows the timeline's; what is missing on its way is read."""

    COMMANDS = (TOGGLE, FOLD_ALL)

    def __init__(
        self,
        host: "Host",
        link: "DaemonLink",
        session_id: SessionId,
        view: "ConversationView",
        timeline: "Timeline",
        focus: PaneFocus,
    ) -> None:
        super().__init__({TOGGLE: self.toggle, FOLD_ALL: view.toggle_all})
        self._host = host
        self._link = link
        self._session_id = session_id
        self._view = view
        self._timeline = timeline
        self._focus = focus
        self._target: Task | None = None
        """The task that the cursor is to go to as soon as its first message is known."""
        self._wanted: Message | None = None
        """The message that the cursor is to go to as soon as it is shown."""
        self._wanted_gap: Gap | None = None
        """The gap that was read for it."""
        self._requested: Task | None = None
        """The target for which a read was started."""
        self._gap_read: tuple[Gap, int] | None = None
        """The gap that is being read, and the index of the message that the cursor then goes to."""
        self._last_index = 0
        """Where the cursor was: the direction of a move decides which end of a gap is read."""

    def offered(self, command: Command) -> Reason | None:
        if command == FOLD_ALL:
            return None
        if self._focus.pane == "conversation":
            return NO_MESSAGE if self._view.selected is None else None
        return NO_TASK if self._timeline.selected is None else None

    @property
    def conversation(self) -> Conversation | None:
        """The conversation as far as it was read; None while the session is not open."""
        return self._link.records.conversations.get(self._session_id)

    # Commands

    def toggle(self) -> None:
        """Open what is selected in the pane that has the keys."""
        if self._focus.pane == "conversation":
            self._toggle_item()
            return
        row = self._timeline.selected
        if row is not None and row.branched is not None:
            self._host.open_session(row.branched.session_id)
        elif row is not None:
            self._focus.focus("conversation")
            self.go_to_task(row.task)

    def _toggle_item(self) -> None:
        item = self._view.selected
        if item is not None and item.gap is not None:
            self._read_gap(first=bool(item.gap.start))
        elif item is not None and item.prompt and item.inherited and item.task is not None:
            self.go_to_task(item.task)
        else:
            self._view.toggle()

    # Movement, while the conversation has the keys

    def move(self, step: int) -> None:
        """Move the cursor by some items."""
        self._view.move(step)

    def page(self, direction: int) -> None:
        """Move the cursor by half a window."""
        self._view.page(direction)

    def edge(self, direction: int) -> None:
        """Move the cursor to the first item or the last; at the first, read what comes before it."""
        self._view.edge(direction)
        if direction < 0:
            self._read_gap(first=True)

    # What the cursor and the feed change

    def go_to_task(self, task: Task) -> None:
        """Show the first messages of a task; of the latest task the last ones."""
        own = [row.task.position for row in self._timeline.items if not row.inherited]
        if own and task.session_id == self._session_id and task.position >= max(own):
            self._target = None
            self._view.show_end()
            self._last_index = self._view.index
            return
        self._view.to_task(task)
        self._target, self._requested, self._gap_read = task, None, None
        self.pursue_target()

    def go_to_message(self, message: Message) -> None:
        """Show a message, once it is read, and select it."""
        self._wanted, self._wanted_gap, self._target, self._gap_read = message, None, None, None
        self._focus.focus("conversation")
        self.pursue_target()

    def _pursue_message(self, message: Message, conversation: Conversation) -> None:
        if self._view.select(message.message_id):
            self._wanted = None
            return
        if not conversation.loaded or self._link.loader.reads(self._session_id):
            return
        gap = gap_at(conversation.ordered_messages(), message.index)
        if gap is not None and gap == self._wanted_gap:
            self._wanted = None  # it is not there any more
        elif gap is not None:
            self._wanted_gap = gap
            self._link.loader.read_gap(self._session_id, gap, first=True)
        elif message.message_id not in conversation.messages:
            self._wanted = None

    def pursue_target(self) -> None:
        """Go to the target's first message if it is known; start to read it if it is not."""
        if self._wanted is not None and self.conversation is not None:
            self._pursue_message(self._wanted, self.conversation)
        task, conversation = self._target, self.conversation
        if task is None or conversation is None:
            return
        if conversation.has_start_of(task):
            if self._view.to_task(task):  # a task that was read is shown with the next frame
                self._target = None
        elif self._requested is not task:
            self._request(task, conversation)

    def _request(self, task: Task, conversation: Conversation) -> None:
        if task.session_id != self._session_id:
            self._link.loader.read_inherited(self._session_id, task, lambda: self._read_failed(task))
        elif self._link.loader.reads(self._session_id):
            return
        elif (gap := gap_at(conversation.ordered_messages(), first_index(task) or 0)) is not None:
            self._link.loader.read_gap(self._session_id, gap, first=True, unread=lambda: self._read_failed(task))
        self._requested = task

    def _read_failed(self, task: Task) -> None:
        """Give up this target; go on with the one that replaced it meanwhile."""
        if self._target is task:
            self._target = None
        else:
            self.pursue_target()

    def _read_gap(self, *, first: bool) -> None:
        """If the cursor is on a gap, read its first messages or its last ones."""
        item = self._view.selected
        if item is not None and item.gap is not None and not self._link.loader.reads(self._session_id):
            self._gap_read = item.gap, item.gap.start if first else item.gap.end - 1
            self._link.loader.read_gap(self._session_id, item.gap, first=first)

    def set_items(self, items: "Sequence[ConversationItem]") -> None:
        """Show these items. If the gap at the cursor was read meanwhile, the cursor goes on to its message."""
        gap, index = self._gap_read or (None, 0)
        at_gap = gap is not None and self._view.selected is not None and self._view.selected.gap == gap
        self._view.set_items(items)
        if gap is not None and not self._link.loader.reads(self._session_id):
            self._gap_read = None
            read = [one.message for one in items if one.message is not None and one.message.index == index]
            for message in read if at_gap else ():
                if message.session_id == gap.session_id:
                    self._view.select(message.message_id)
        self._last_index = self._view.index

    def cursor_moved(self) -> None:
        """Give up the target, since the user moved elsewhere, and read what is missing at the cursor."""
        if self._wanted is not None:
            return
        self._target = None
        self._read_gap(first=self._view.index > self._last_index)
        self._last_index = self._view.index
        conversation = self.conversation
        if self._view.index == 0 and conversation is not None and (task := conversation.next_unread()) is not None:
            self._link.loader.read_inherited(self._session_id, task)
