"""The open session: the subject of the session screen's commands, and its question as the conversation shows it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from agor_core.domain.approval import Approval
from agor_core.domain.message import Message
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.task import Task
from agor_core.ids import SessionId
from agor_tui.app.controllers.controller import Reason
from agor_tui.app.controllers.conversation_navigation import ConversationNavigation
from agor_tui.app.controllers.pane_focus import PaneFocus
from agor_tui.app.controllers.prompt_composer import archived
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.widgets.conversation_items import ConversationItem
from agor_tui.app.widgets.conversation_view import ConversationView
from agor_tui.app.widgets.timeline import Timeline


class OpenSession:
    """The session, and what is selected of it. ``leave`` is called when the session was archived from here."""

    board_id = None

    def __init__(
        self,
        host: Host,
        link: DaemonLink,
        session_id: SessionId,
        view: ConversationView,
        timeline: Timeline,
        panes: PaneFocus,
        leave: Callable[[], object],
    ) -> None:
        self.session_id = session_id
        self._host = host
        self._link = link
        self._view = view
        self._timeline = timeline
        self._panes = panes
        self._leave = leave
        self._last_known = link.records.session(session_id)
        self._seen = ""
        self.found: Message | Task | None = None
        """What a search found in it, until the conversation is there to show it."""

    @property
    def no_session(self) -> Reason:
        """Why there is no session to act on."""
        return Reason(archived())

    @property
    def session(self) -> Session | None:
        """The session; None after it was archived or removed."""
        return self._link.records.session(self.session_id)

    @property
    def last_known(self) -> Session | None:
        """The session as it is, or its last state before it was archived or removed."""
        self._last_known = self.session or self._last_known
        return self._last_known

    def see(self, *, shown: bool) -> None:
        """Tell the daemon, once, that a person has seen how the last task ended, if the session is ``shown``."""
        session = self.session
        if shown and session is not None and session.unseen and session.updated_at != self._seen:
            self._seen = session.updated_at
            self._link.call(lambda daemon: daemon.act(self.session_id, "seen"))

    def go_to_found(self, navigation: ConversationNavigation) -> None:
        """Go to what was found, once the conversation is read; else where the navigation was going."""
        conversation = navigation.conversation
        if self.found is not None and conversation is not None and conversation.loaded:
            found, self.found = self.found, None
            if isinstance(found, Message):
                navigation.go_to_message(found)
            else:
                navigation.go_to_task(conversation.tasks.get(found.task_id, found))
                self._panes.focus("conversation")
        navigation.pursue_target()

    @property
    def is_away(self) -> bool:
        """Whether it has been archived or removed while it is open."""
        return self._link.ready and self.session is None

    @property
    def archived_elsewhere(self) -> Session | None:
        """Its last state, if it is away."""
        return self.last_known if self.is_away else None

    @property
    def sessions(self) -> Sequence[Session]:
        """The session alone."""
        return [self.session] if self.session is not None else []

    @property
    def item(self) -> ConversationItem | None:
        """The item under the cursor of the conversation; None while another pane has the keys."""
        return self._view.selected if self._panes.pane == "conversation" else None

    @property
    def timeline_task(self) -> Task | None:
        """The task under the cursor of the timeline."""
        row = self._timeline.selected
        return row.task if row is not None else None

    @property
    def task(self) -> Task | None:
        """The task of the selected item, else of the timeline."""
        item = self.item
        return item.task if item is not None and item.task is not None else self.timeline_task

    def follow(self, session_id: SessionId) -> None:
        """Open a session as soon as the feed has told of it."""
        self._link.when_known(session_id, lambda: self._host.open_session(session_id))

    def unmark(self) -> None:
        """There are no marks here."""

    def sessions_archived(self, session_ids: Collection[SessionId]) -> None:
        """Leave, if it is among them."""
        if self.session_id in session_ids:
            self._leave()


class SessionQuestion:
    """The open question at the end of the conversation. A long one is read a window at a time."""

    def __init__(self, link: DaemonLink, session: OpenSession, view: ConversationView, panes: PaneFocus) -> None:
        self._link = link
        self._session = session
        self._view = view
        self._panes = panes

    @property
    def asks(self) -> bool:
        """Whether the session waits for an answer."""
        session = self._session.session
        return session is not None and session.status is SessionStatus.AWAITING_PERMISSION

    @property
    def question(self) -> Approval | None:
        """The oldest open question, once the conversation has its item."""
        pending = self._link.records.pending(self._session.session_id) if self._session.session is not None else []
        question = pending[0] if pending else None
        shown = question is not None and any(item.key == question.approval_id for item in self._view.items)
        return question if shown else None

    def question_in_view(self, question: Approval) -> bool:
        """Whether the window shows all of it, a part of it once it is opened, or nothing else."""
        if question != self.question or not self._view.is_on_screen:
            return False
        lines, item = self._lines_in_view(question)
        whole = self._view.in_view(question.approval_id)
        return whole or bool(lines and item.opened) or len(lines) == self._view.size.height

    def reveal_question(self, question: Approval) -> None:
        """Give the conversation the keys and scroll to the question."""
        self._panes.focus("conversation")
        self._view.call_after_refresh(self._view.select, question.approval_id)

    def leaves_out(self, question: Approval) -> bool:  # noqa: ARG002 - all of it is here; what is folded is read on
        """Nothing is left out here."""
        return False

    def read_on(self, question: Approval) -> bool:
        """Open the question, which shows its beginning; then scroll to its end, a window at a time."""
        lines, item = self._lines_in_view(question)
        if not item.opened and self._is_cut(item, len(lines)):
            self._view.select(item.key)
            self._view.toggle()
            return True
        below = self._view.item_at(lines[-1] + 1)
        if below is None or self._view.items[below] is not item:
            return False
        self._view.scroll_relative(y=self._view.size.height - 1, animate=False, force=True)
        return True

    def answered(self, session_id: SessionId) -> None:
        """Nothing else waits for an answer here."""

    def _lines_in_view(self, question: Approval) -> tuple[list[int], ConversationItem]:
        """The lines of the window that show a question, and its item."""
        view = self._view
        index, item = next((i, one) for i, one in enumerate(view.items) if one.key == question.approval_id)
        return [y for y in range(view.size.height) if view.item_at(y) == index], item

    def _is_cut(self, item: ConversationItem, in_view: int) -> bool:
        """Whether a question that is folded has lines that it leaves out, or that are out of view."""
        view = self._view
        folded, whole = (
            view.draw(replace(item, opened=opened), view.line_width, selected=True) for opened in (False, True)
        )
        return folded != whole or in_view < len(whole)
