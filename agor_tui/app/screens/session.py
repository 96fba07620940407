"""A session: its timeline, its conversation, and beside them plan, git and genealogy; the prompt at the bottom."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_tui.app.busy import Work
from agor_tui.app.commands import writing
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers import answering_approvals as approvals
from agor_tui.app.controllers import bulk_actions, pane_focus, session_commands, session_folder
from agor_tui.app.controllers import conversation_navigation as navigation
from agor_tui.app.controllers import task_commands as task
from agor_tui.app.controllers.everywhere import HELP, Everywhere
from agor_tui.app.controllers.movement import Movable, Movement
from agor_tui.app.controllers.prompt_composer import PromptComposer
from agor_tui.app.controllers.restoring_files import RESTORE
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.screens.open_session import OpenSession, SessionQuestion
from agor_tui.app.screens.session_controllers import further_controllers
from agor_tui.app.session_look import SessionLook
from agor_tui.app.widgets import session_lines
from agor_tui.app.widgets.conversation_items import conversation_items
from agor_tui.app.widgets.conversation_view import ConversationView
from agor_tui.app.widgets.lines import joined
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.app.widgets.prompt_line import PromptLine
from agor_tui.app.widgets.queue_view import QueueView
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.side import Side
from agor_tui.app.widgets.timeline import Timeline, given_prompts, queued_tasks, timeline_rows
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.state.changes import Changes
from agor_tui.state.conversation import Conversation

WRITING = (("enter", "send"), ("ctrl+j", "new line"), ("esc", "leave the prompt"), ("F1", "keys"))
LOADING_SECONDS = 0.15
"""How long the conversation stays empty before it says that it loads."""
HELD_SECONDS = 1.0
"""How long keys wait at most for the conversation that they are meant for."""


class SessionScreen(AgorScreen):
    """One open session. If another client archives it, the screen says so and stays readable."""

    ORDER = (
        approvals.ALLOW,
        approvals.ALWAYS,
        approvals.DENY,
        session_commands.PROMPT,
        navigation.TOGGLE,
        session_commands.FORK,
        task.DIFF,
        session_folder.CHANGES,
        bulk_actions.STOP,
        pane_focus.BACK,
        pane_focus.NEXT,
        HELP,
        session_commands.TREE,
        session_commands.SPAWN,
        bulk_actions.COMPLETE,
        bulk_actions.ARCHIVE,
        bulk_actions.TO_BOARD,
        bulk_actions.UNDO,
        pane_focus.PREVIOUS,
        task.COPY,
        RESTORE,
        session_folder.SHELL,
        session_folder.EDITOR,
        navigation.FOLD_ALL,
    )
    CSS_PATH = "session.tcss"

    def __init__(self, host: Host, link: DaemonLink, session_id: SessionId) -> None:
        super().__init__(host, link)
        self.session_id = session_id
        self.timeline = Timeline(id="timeline")
        self.conversation_view = ConversationView(id="conversation")
        self.side = Side(id="side")
        self.queue = QueueView()
        self.folded = Note(id="folded")
        self.prompt_line = PromptLine()
        self._late = False
        self._loading: Work | None = None
        view, timeline = self.conversation_view, self.timeline
        self.panes = pane_focus.PaneFocus(self)
        self.open = OpenSession(host, link, session_id, view, timeline, self.panes, self.leave)
        self.look = SessionLook(link, self.open, self.show)
        self.navigation = navigation.ConversationNavigation(host, link, session_id, view, timeline, self.panes)
        self.composer = PromptComposer(host, link, session_id, self.prompt_line.prompt)
        question = SessionQuestion(link, self.open, view, self.panes)
        self.approvals = approvals.AnsweringApprovals(host, link, question)
        own = {session_commands.NEW, session_commands.PROMPT, session_commands.COPY_ID}
        self.attach(
            self.approvals,
            self.panes,
            self.navigation,
            task.TaskCommands(host, self.open),
            session_commands.SessionCommands(host, link, self.open, without=own),
            bulk_actions.BulkActions(host, link, self.open),
            *further_controllers(host, link, self.open, self.look),
            Movement(self._movable, lambda: self.navigation),
            Everywhere(host),
        )

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self.timeline
                yield self.queue
            yield self.conversation_view
            yield self.side
        yield self.folded
        yield self.prompt_line
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        session = self.session
        if session is not None:
            self._loading = self.link.hold_keys(HELD_SECONDS)
            self.link.loader.open(session)
        self.panes.focus("conversation" if self.host.size.width < 110 else "timeline")
        if session is not None and not session.task_count:
            self.panes.focus("prompt")
        self.composer.restore_draft()
        self.show()
        self.set_timer(LOADING_SECONDS, self._say_loading)

    def _release_keys(self) -> None:
        if self._loading is not None:
            self._loading.done()
            self._loading = None

    def _say_loading(self) -> None:
        self._late = True
        self.show()

    def on_unmount(self) -> None:
        self._release_keys()
        self.composer.keep_draft()
        self.link.loader.close(self.session_id)

    # What is shown

    @property
    def session(self) -> Session | None:
        return self.open.session

    @property
    def conversation(self) -> Conversation | None:
        """The conversation as far as it was read; None while the session is not open."""
        return self.navigation.conversation

    def shows_session(self, session_id: SessionId) -> bool:
        return session_id == self.session_id

    def show(self) -> None:
        """Show what the records say now."""
        session, conversation = self.open.last_known, self.conversation
        if session is None or conversation is None or not self.is_attached:
            return
        self.look.follow()
        self._show_timeline(conversation)
        self.queue.set_tasks(queued_tasks(conversation), paused=session.queue_paused)
        pending = self.link.records.pending(self.session_id)
        self.navigation.set_items(conversation_items(conversation, pending, session.genealogy.fidelity))
        self.conversation_view.set_placeholder(session_lines.placeholder(loaded=conversation.loaded, late=self._late))
        self.open.go_to_found(self.navigation)
        self.prompt_line.prompt.given = given_prompts(conversation)
        self.composer.take_arrived()
        self._show_task()
        self._show_invitation()
        self.refresh_header()
        self.refresh_keys()
        self.open.see(shown=self.is_current)
        if conversation.loaded:
            self._release_keys()

    def _show_invitation(self) -> None:
        """Say in the empty prompt what sending it does."""
        session = self.open.last_known
        if session is not None:
            writing = self.panes.pane == "prompt"
            self.prompt_line.set_placeholder(session_lines.invitation(session, away=self.open.is_away, writing=writing))

    def _show_timeline(self, conversation: Conversation) -> None:
        """Show the tasks; a cursor at the end goes on to a new task."""
        last = self.timeline.index >= len(self.timeline.items) - 1
        rows = timeline_rows(conversation)
        self.timeline.set_items(rows)
        if last and rows:
            newest = max((i for i, row in enumerate(rows) if row.branched is None), default=len(rows) - 1)
            if self.timeline.items[self.timeline.index].task is not rows[newest].task:
                self.timeline.move_to(newest)

    def _show_task(self) -> None:
        """Show plan and git of the task under the timeline's cursor."""
        session, conversation, selected = self.open.last_known, self.conversation, self.open.timeline_task
        if session is not None and conversation is not None:
            seen = self.look.standing
            self.side.set_session(session, conversation, selected, seen)
            line = session_lines.summary(session, conversation, selected, self.header.glyphs, seen)
            self.folded.set_text([(" ", "text"), *line])

    def refresh_header(self) -> None:
        session = self.open.last_known
        if session is None:
            return
        board = self.link.records.boards.get(session.board_id) if session.board_id else None
        name, glyphs = board.name if board else "All", self.header.glyphs
        status = [("archived", "warning-strong")] if self.open.is_away else session_lines.status(session, glyphs)
        others = self.standing(wide=False, but=self.session_id)
        facts = (self.look.standing, self.host.size.width)
        self.header.location = session_lines.location(session, name, glyphs, *facts)
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
        self.look.while_at_work(shown=self.is_current)

    # Panes

    @property
    def narrow(self) -> bool:
        """Whether one pane is shown at a time."""
        return self.has_class("-narrow")

    def show_pane(self, pane: pane_focus.Pane) -> None:
        """Give a pane the keys. In a narrow window it is the only one, but the prompt comes with another."""
        if pane == "prompt":
            self.prompt_line.prompt.focus()
            beside = "conversation" if self.has_class("-side") else None
        else:
            self.set_focus(None)
            beside = pane
        for one in pane_focus.PANES[:3] if beside is not None else ():
            self.set_class(one == beside, f"-{one}")
        self.timeline.set_active(pane in ("timeline", "side"))
        self.conversation_view.set_active(pane == "conversation")
        self.refresh_keys()
        self._show_invitation()

    def leave(self) -> None:
        """Close the screen, unless another is above it."""
        if self.is_current:
            self.host.pop_screen()

    def _movable(self) -> Movable:
        return self.navigation if self.panes.pane == "conversation" else self.timeline

    @property
    def help_commands(self) -> Sequence[Command]:
        return writing.PROMPT if self.panes.pane == "prompt" else super().help_commands

    def refresh_keys(self) -> None:
        self.approvals.observe(active=self.is_active, below_dialog=not self.is_active and self.host.screen.is_modal)
        if self.panes.pane == "prompt" and self.is_active:
            self.footer.set_keys(WRITING)
        else:
            super().refresh_keys()

    # Messages

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.host.visit("session", self.session_id)
        self.look.look()
        self.open.see(shown=True)

    def on_resize(self) -> None:
        super().on_resize()
        if not self.has_class(*(f"-{pane}" for pane in pane_focus.PANES)):
            self.panes.focus(self.panes.pane)

    def on_descendant_focus(self) -> None:
        if self.panes.pane != "prompt" and self.prompt_line.prompt.has_focus:
            self.panes.focus("prompt")

    def on_prompt_exited(self, message: Prompt.Exited) -> None:
        if message.step < 0:
            self.panes.focus("conversation")

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        self.composer.send(self.session, message.text)

    def on_rows_moved(self, message: Rows.Moved) -> None:
        if message.rows is self.timeline and (selected := self.open.timeline_task) is not None:
            self.navigation.go_to_task(selected)
            self._show_task()
        if message.rows is self.conversation_view:
            if self.panes.pane != "conversation":
                self.panes.focus("conversation")
            self.navigation.cursor_moved()

    def on_rows_picked(self) -> None:
        self.action_command(navigation.TOGGLE.id)
