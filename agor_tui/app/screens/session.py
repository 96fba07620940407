"""A session: its timeline, its conversation, and beside them plan, git and tree; the prompt at the bottom."""

from typing import Any, ClassVar

from agor_core.domain.message import Role
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.task import Task
from agor_core.ids import SessionId
from agor_tui.app.commands import session as commands
from agor_tui.app.commands import sessions as the
from agor_tui.app.commands.command import Command, bindings
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.loading import Calls
from agor_tui.app.screens.reader import Reader
from agor_tui.app.widgets import session_lines
from agor_tui.app.widgets.conversation_items import conversation_items
from agor_tui.app.widgets.lines import joined
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.timeline import queued_tasks, timeline_rows
from agor_tui.state import drafts
from agor_tui.state.changes import Changes
from agor_tui.state.conversation import Conversation

ASKED = "the agent waits for an answer: esc, then a, A or d"
PATIENCE = 0.15
"""Seconds that it stands empty before it says that it loads."""
AWAY = "archived elsewhere; u brings it back, esc leaves"


class SessionScreen(Reader):
    """One session that is looked at. If it is archived elsewhere meanwhile, it says so and can still be read."""

    TABLE = commands.COMMANDS
    BINDINGS: ClassVar[list[Any]] = bindings(commands.COMMANDS)
    CSS_PATH = "session.tcss"

    def __init__(self, link: DaemonLink, session_id: SessionId) -> None:
        super().__init__(link, session_id)
        self._last_known = link.records.named(session_id)
        self._late = False
        self._place = drafts.prompt_of(session_id)

    def on_mount(self) -> None:
        if (session := self.subject) is not None:
            self.link.loader.open(session)
        self.to_pane("conversation" if self.app.size.width < 110 else "timeline")
        if self.subject is not None and not self.subject.task_count:
            self.to_pane("prompt")
        self.prompt_line.prompt.set_text(self.link.drafts.take(self._place).get("prompt", ""))
        self.show()
        self.set_timer(PATIENCE, self._say_loading)

    def _say_loading(self) -> None:
        self._late = True
        self.show()

    def on_unmount(self) -> None:
        if (text := self.prompt_line.prompt.text).strip():
            self.link.drafts.keep(self._place, {"prompt": text})
            if self.app.screen_stack:  # none while the app ends
                self.host.say(drafts.KEPT)
        self.link.loader.close(self.session_id)

    # What is shown

    @property
    def subject(self) -> Session | None:
        return self.link.records.named(self.session_id)

    @property
    def shown(self) -> Session | None:
        """The session as it is, or as it was before it went away."""
        self._last_known = self.subject or self._last_known
        return self._last_known

    @property
    def away(self) -> bool:
        """Whether it has been archived or removed while it is open."""
        return self.link.ready and self.subject is None

    def show(self) -> None:
        """Show what the records say now."""
        session, conversation = self.shown, self.conversation
        if session is None or conversation is None or not self.is_attached:
            return
        self._show_timeline(conversation)
        self.queue.set_tasks(queued_tasks(conversation))
        waits = self.link.records.pending(self.session_id)
        self.tell(conversation_items(conversation, waits, session.genealogy.fidelity))
        self.conversation_view.set_placeholder(session_lines.placeholder(loaded=conversation.loaded, late=self._late))
        self.seek(conversation)
        self._look_for_arrived()
        self._show_task()
        self.prompt_line.set_placeholder(self._invitation(session))
        self.refresh_header()
        self.refresh_keys()

    def _invitation(self, session: Session) -> str:
        if self.away:
            return AWAY
        if session.status is SessionStatus.AWAITING_PERMISSION and self.pane == "prompt":
            return ASKED
        return "prompt; it is queued while a task runs" if session.active else "prompt; enter sends"

    def _show_timeline(self, conversation: Conversation) -> None:
        last = self.timeline.index >= len(self.timeline.items) - 1
        rows = timeline_rows(conversation)
        self.timeline.set_items(rows)
        if last and rows:
            newest = max((i for i, row in enumerate(rows) if row.branched is None), default=len(rows) - 1)
            if self.timeline.items[self.timeline.index].task is not rows[newest].task:
                self.timeline.move_to(newest)

    def _show_task(self) -> None:
        session, conversation = self.shown, self.conversation
        if session is not None and conversation is not None:
            self.side.set_session(session, conversation, self.here)
            line = session_lines.summary(session, conversation, self.here, self.header.glyphs)
            self.folded.set_text([(" ", "text"), *line])

    def refresh_header(self) -> None:
        session = self.shown
        if session is None:
            return
        board = self.link.records.boards.get(session.board_id) if session.board_id else None
        glyphs = self.header.glyphs
        status = [("archived", "warning-strong")] if self.away else session_lines.status(session, glyphs)
        others = self.standing(wide=False, but=self.session_id)
        self.header.location = session_lines.location(session, board.name if board else "All", glyphs)
        self.header.status = joined([status, others], "   ")
        self.header.redraw()

    def records_changed(self, changes: Changes) -> None:
        if changes.concern(self.session_id):
            self.show()
        else:
            self.refresh_header()
        if self.link.records.genealogy_differs(self.session_id, changes.sessions):
            self.link.loader.refresh_genealogy(self.session_id)

    def tick(self) -> None:
        self.timeline.invalidate()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.host.visit("session", self.session_id)

    # Where the cursor is

    def to_pane(self, pane: str) -> None:
        super().to_pane(pane)
        if self.shown is not None:
            self.prompt_line.set_placeholder(self._invitation(self.shown))

    def on_rows_moved(self, message: Rows.Moved) -> None:
        if message.rows is self.timeline and self.here is not None:
            self.to_task(self.here)
            self._show_task()
        if message.rows is self.conversation_view and self.pane != "conversation":
            self.to_pane("conversation")
        if message.rows is self.conversation_view:
            self.moved_in_talk()

    def on_rows_picked(self) -> None:
        self.action_unfold()

    # Commands

    def action_unfold(self) -> None:
        if self.pane == "conversation":
            piece = self.conversation_view.selected
            if piece is not None and piece.gap is not None:
                self.read_gap(first=bool(piece.gap.start))
            elif piece is not None and piece.prompt and piece.inherited and piece.task is not None:
                self.to_task(piece.task)
            else:
                self.conversation_view.toggle()
            return
        row = self.timeline.selected
        if row is not None and row.branched is not None:
            self.host.open_session(row.branched.session_id)
        elif row is not None:
            self.to_pane("conversation")
            self.to_task(row.task)

    def action_open_all(self) -> None:
        self.conversation_view.toggle_all()

    @property
    def _meant(self) -> Task | None:
        """The task that a command is about: that of the selected message, else the timeline's."""
        piece = self.conversation_view.selected if self.pane == "conversation" else None
        return piece.task if piece is not None and piece.task is not None else self.here

    def action_diff(self) -> None:
        from agor_tui.app.screens.diff import DiffScreen

        if (task := self._meant) is not None and self.shown is not None:
            self.host.push_screen(DiffScreen(self.link, self.shown, task))

    def action_fork(self) -> None:
        task = self._meant
        if task is not None and self.inherits(task):
            self.fork_source(task)
        else:
            self.fork_at(task.task_id if task else None)

    def action_copy(self) -> None:
        piece = self.conversation_view.selected
        if self.pane == "conversation" and piece is not None and piece.message is not None:
            message = piece.message
            text = message.text if message.role is not Role.TOOL or message.tool is None else message.tool.output or ""
            self.copy(text or (message.tool.title if message.tool else ""), "the message")
        elif self.pane == "conversation" and piece is not None and piece.ending and piece.task is not None:
            self.copy(piece.task.error or "", "why the task ended")
        elif self.here is not None:
            self.copy(self.here.full_prompt, f"the prompt of task {self.here.position}")

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        session, text = self.subject, message.text
        if session is None:
            self.host.complain("The session is archived; u brings it back.")
        elif text:
            message.prompt.clear()
            self._send(session, {"prompt": text})

    def _send(self, session: Session, body: dict[str, Any]) -> None:
        def ask(daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
            return daemon.act(session.session_id, "prompt", body)

        def failed(sentence: str) -> None:
            if not self.is_attached or body["prompt"] not in self._look_for_arrived():
                self._not_sent(body["prompt"], sentence)

        self.link.make(self._place, body, ["task_id"], ask, None, failed)

    def _not_sent(self, text: str, sentence: str) -> None:
        """Put back what was written, above what is there by now."""
        self.host.complain(sentence)
        if self.is_attached:
            self.prompt_line.prompt.set_text(drafts.above(text, self.prompt_line.prompt.text))
        else:
            self.link.drafts.keep(self._place, {"prompt": text})

    def _look_for_arrived(self) -> list[str]:
        """The prompts that failed and are tasks by now: what was put back of them must not be sent once more."""
        tasks = self.conversation.tasks if self.conversation is not None else {}
        arrived = self.link.drafts.arrived(self._place, lambda task_id: task_id in tasks)
        for text in arrived:
            present = self.prompt_line.prompt.text
            if (rest := drafts.without(present, text)) != present:
                self.prompt_line.prompt.set_text(rest)
            self.host.say("The prompt has arrived after all.")
        return arrived

    def select(self, session_id: SessionId) -> None:
        self.link.when_known(session_id, lambda: self.host.open_session(session_id))

    def action_undo(self) -> None:
        if self.away and self.shown is not None:
            self.host.undo.push([self.shown])
        super().action_undo()

    def offered(self, command: Command) -> bool:
        return (command is the.UNDO and self.away) or super().offered(command)

    def gone(self, session_ids: set[SessionId]) -> None:
        if self.is_current and self.session_id in session_ids:
            self.leave()
