"""Going about in a session's conversation: to a task, up and down; what is not there yet is read on the way."""

from agor_core.domain.task import Task
from agor_core.ids import SessionId
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.screens.panes import Panes
from agor_tui.app.widgets.conversation_items import ConversationItem
from agor_tui.state.conversation import Conversation, Gap, first_index, gap_at


class Reader(Panes):
    """The panes of one session. Of a long conversation the end is read, the rest where somebody goes."""

    def __init__(self, link: DaemonLink, session_id: SessionId) -> None:
        super().__init__(link)
        self.session_id = session_id
        self._sought: Task | None = None
        self._asked: Task | None = None
        self._reading: tuple[Gap, int] | None = None
        self._was = 0

    @property
    def conversation(self) -> Conversation | None:
        """What is known of it."""
        return self.link.records.conversations.get(self.session_id)

    def to_task(self, task: Task) -> None:
        """Show what was said in a task; of the latest one the end."""
        own = [row.task.position for row in self.timeline.items if not row.inherited]
        if own and task.session_id == self.session_id and task.position >= max(own):
            self._sought = None
            self.conversation_view.index = self._was = max(0, len(self.conversation_view.items) - 1)
            self.conversation_view.relayout()
            self.conversation_view.to_bottom()
            return
        self.conversation_view.to_task(task)
        self._sought, self._asked, self._reading = task, None, None
        if self.conversation is not None:
            self.seek(self.conversation)

    def seek(self, conversation: Conversation) -> None:
        """Go to the beginning of the task that was asked for last, as soon as that is known; read it if need be."""
        task = self._sought
        if task is None:
            return
        if conversation.begins(task):
            self.conversation_view.to_task(task)
            self._sought = None
        elif self._asked is not task:
            if self.inherits(task):
                self.link.loader.read_inherited(self.session_id, task, lambda: self._unread(task))
            elif self.link.loader.reads(self.session_id):
                return
            elif (gap := gap_at(conversation.spoken(), first_index(task) or 0)) is not None:
                self.link.loader.read_gap(self.session_id, gap, first=True, unread=lambda: self._unread(task))
            self._asked = task

    def _unread(self, task: Task) -> None:
        """The read failed: what was asked for meanwhile is next."""
        if self._sought is task:
            self._sought = None
        elif self.conversation is not None:
            self.seek(self.conversation)

    def _hear(self, task: Task | None) -> None:
        if task is not None:
            self.link.loader.read_inherited(self.session_id, task)

    def read_gap(self, *, first: bool) -> None:
        """Read what is missing at the cursor, if anything is: its first messages or its last ones."""
        piece = self.conversation_view.selected
        if piece is not None and piece.gap is not None and not self.link.loader.reads(self.session_id):
            self._reading = piece.gap, piece.gap.start if first else piece.gap.end - 1
            self.link.loader.read_gap(self.session_id, piece.gap, first=first)

    def tell(self, told: list[ConversationItem]) -> None:
        """Show these; if what was missing at the cursor is there now, go on to its message."""
        gap, index = self._reading or (None, 0)
        waits = (
            gap is not None
            and self.conversation_view.selected is not None
            and self.conversation_view.selected.gap == gap
        )
        self.conversation_view.set_items(told)
        if gap is not None and not self.link.loader.reads(self.session_id):
            self._reading = None
            read = [one.message for one in told if one.message is not None and one.message.index == index]
            for message in read if waits else ():
                if message.session_id == gap.session_id:
                    self.conversation_view.select(message.message_id)
        self._was = self.conversation_view.index

    def moved_in_talk(self) -> None:
        """The cursor is elsewhere in the conversation: it no longer goes to a task that is on its way."""
        self._sought = None
        self.read_gap(first=self.conversation_view.index > self._was)
        self._was = self.conversation_view.index
        if self.conversation_view.index == 0 and self.conversation is not None:
            self._hear(self.conversation.next_unread())

    def action_edge(self, direction: int) -> None:
        super().action_edge(direction)
        if direction < 0 and self.rows is self.conversation_view:
            self.read_gap(first=True)

    def inherits(self, task: Task | None) -> bool:
        return task is not None and task.session_id != self.session_id
