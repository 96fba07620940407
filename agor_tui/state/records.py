"""A client's copy of the daemon's records: loaded once, then kept current by the frames of the feed."""

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from agor_core.domain.agent import AgentInfo
from agor_core.domain.approval import Approval, ApprovalStatus
from agor_core.domain.board import Board
from agor_core.domain.comment import Comment
from agor_core.domain.message import Message
from agor_core.domain.notice import notice_of
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.task import Task
from agor_core.ids import ApprovalId, BoardId, CommentId, MessageId, SessionId, TaskId
from agor_core.wire.feed import Change, Delta, Frame, Resync
from agor_tui.state.board_columns import ColumnName, column_of
from agor_tui.state.changes import Changes
from agor_tui.state.conversation import Conversation
from agor_tui.state.session_counts import Counted, SessionCounts

CREATED = "created"
REMOVED = "removed"

T = TypeVar("T")


class Records:
    """Sessions, boards and pending approvals; tasks and messages of the open conversations and the previewed one.

    Of many sessions only those are here that were shown, or changed since; then ``counts`` tells how many there are.
    """

    def __init__(self) -> None:
        self.sessions: dict[SessionId, Session] = {}
        self.boards: dict[BoardId, Board] = {}
        self.approvals: dict[ApprovalId, Approval] = {}
        self.agents: tuple[AgentInfo, ...] = ()
        self.reviews: dict[SessionId, dict[CommentId, Comment]] = {}
        """The comments of the sessions whose review is open."""
        self.conversations: dict[SessionId, Conversation] = {}
        self.previews: dict[SessionId, Conversation] = {}
        self.complete = True
        """Whether all sessions are here."""
        self.counts = SessionCounts()
        self.today = ""
        self._costs: dict[TaskId, float] = {}

    # Loading

    def load(
        self,
        *,
        sessions: Iterable[Session],
        boards: Iterable[Board],
        approvals: Iterable[Approval],
        agents: Iterable[AgentInfo],
    ) -> None:
        """Replace all sessions, boards, approvals and agents; those that are archived or answered are left out."""
        self.sessions = {session.session_id: session for session in sessions if session.archived_at is None}
        self.complete = True
        self.counts.clear()
        self.boards = {board.board_id: board for board in boards if board.archived_at is None}
        self.approvals = {one.approval_id: one for one in approvals if one.status is ApprovalStatus.PENDING}
        self.agents = tuple(agents)

    def load_counts(self, board_id: BoardId | None, counted: Counted) -> None:
        """Set the daemon's counts of a board, of which not all sessions are here."""
        self.complete = False
        self.counts.set(board_id, counted)

    def add(self, sessions: Iterable[Session]) -> None:
        """Add sessions that were read; one that is known already is newer."""
        for session in sessions:
            if session.archived_at is None:
                self.sessions.setdefault(session.session_id, session)

    def completed(self) -> None:
        """Note that all sessions are here."""
        self.complete = True
        self.counts.clear()

    def load_spending(self, since: str, tasks: Iterable[Task]) -> None:
        """Replace the costs of today's tasks; ``since`` is the timestamp at which the day began."""
        self.today = since
        self._costs = {task.task_id: task.usage.cost_usd for task in tasks}

    def open_conversation(self, session_id: SessionId) -> Conversation:
        """The conversation of a session; frames of the feed keep it current until it is closed."""
        return self.conversations.setdefault(session_id, Conversation())

    def preview(self, session_id: SessionId | None) -> Conversation:
        """A new conversation for the preview of a session, in place of that of another; None ends it."""
        conversation = Conversation()
        self.previews = {} if session_id is None else {session_id: conversation}
        return conversation

    def close_conversation(self, session_id: SessionId) -> None:
        """Drop the tasks and messages of a session."""
        self.conversations.pop(session_id, None)

    def open_review(self, session_id: SessionId, comments: Iterable[Comment]) -> None:
        """Hold the comments of a session; frames of the feed keep them current until it is closed."""
        self.reviews[session_id] = {comment.comment_id: comment for comment in comments}

    def close_review(self, session_id: SessionId) -> None:
        """Drop the comments of a session."""
        self.reviews.pop(session_id, None)

    # Reading

    def session(self, session_id: SessionId) -> Session | None:
        """A session by its full id; None if it is unknown or archived."""
        return self.sessions.get(session_id)

    def on_board(self, board_id: BoardId | None) -> list[Session]:
        """The sessions of a board; all sessions for ``None``."""
        if board_id is None:
            return list(self.sessions.values())
        return [session for session in self.sessions.values() if session.board_id == board_id]

    def pending(self, session_id: SessionId) -> list[Approval]:
        """A session's pending approvals, the oldest first."""
        found = [approval for approval in self.approvals.values() if approval.session_id == session_id]
        return sorted(found, key=lambda approval: approval.created_at)

    def genealogy_differs(self, session_id: SessionId, changed: Iterable[SessionId]) -> bool:
        """Whether one of the changed sessions belongs, or now belongs, to the genealogy of an open session."""
        conversation = self.conversations.get(session_id)
        if conversation is None:
            return False
        known = {one.session_id for one in conversation.genealogy.sessions} if conversation.genealogy else {session_id}
        for one in changed:
            session = self.sessions.get(one)
            origin = session.genealogy if session else None
            if one != session_id and (
                one in known or (origin and {origin.forked_from_session_id, origin.parent_session_id} & known)
            ):
                return True
        return False

    def knows_task(self, task_id: str) -> bool:
        """Whether a task of today has this full id."""
        return TaskId(task_id) in self._costs

    def count(self, column: ColumnName, board_id: BoardId | None = None) -> int:
        """The number of sessions in a column of a board; None: of all boards."""
        if (counted := self.counts.of(board_id)) is not None:
            return counted[column]
        return sum(column_of(session) is column for session in self.on_board(board_id))

    @property
    def spent_today(self) -> float:
        """The cost of today's tasks in US dollars."""
        return sum(self._costs.values())

    # Frames of the feed

    def apply(self, frame: Frame) -> Changes:
        """Apply a frame of the feed; answers the ids of the records that it changed."""
        changes = Changes()
        match frame:
            case Change(service="sessions"):
                self._session(frame, changes)
            case Change(service="tasks"):
                self._task(frame, changes)
            case Change(service="messages"):
                self._message(frame, changes)
            case Change(service="approvals"):
                self._approval(frame, changes)
            case Change(service="comments"):
                self._comment(frame, changes)
            case Change(service="boards"):
                self._board(frame, changes)
            case Delta(service="messages"):
                self._delta(frame, changes)
            case Resync():
                changes.resync = True
            case _:
                pass
        return changes

    def _session(self, change: Change, changes: Changes) -> None:
        session = _read(change.record, Session)
        before = self.sessions.get(session.session_id)
        gone = change.event == REMOVED or session.archived_at is not None
        self.counts.changed(before, None if gone else session, created=change.event == CREATED)
        if gone:
            if self.sessions.pop(session.session_id, None) is None and not self.counts.stale:
                return
        else:
            self.sessions[session.session_id] = session
            asks = session.status is SessionStatus.AWAITING_PERMISSION
            if asks and (before is None or before.status is not session.status):
                changes.asking.append(session.session_id)
            elif before is not None and (notice := notice_of(before, session)) is not None:
                changes.notices.append(notice)
        changes.sessions.add(session.session_id)

    def _task(self, change: Change, changes: Changes) -> None:
        task = _read(change.record, Task)
        if task.created_at >= self.today:
            changes.spending = self._costs.get(task.task_id, 0.0) != task.usage.cost_usd
            self._costs[task.task_id] = task.usage.cost_usd
        for conversation in self.followed(task.session_id):
            if change.event == REMOVED:
                conversation.tasks.pop(task.task_id, None)
            else:
                conversation.put_task(task)
            changes.tasks.add(task.session_id)

    def _message(self, change: Change, changes: Changes) -> None:
        session_id = SessionId(change.record.get("session_id", "")) if isinstance(change.record, dict) else None
        followed = self.followed(session_id) if session_id else ()
        if not followed:
            return
        message = _read(change.record, Message)
        for conversation in followed:
            if change.event == REMOVED:
                conversation.messages.pop(message.message_id, None)
            else:
                conversation.put_message(message)
        changes.message(message.session_id, message.message_id)

    def _delta(self, delta: Delta, changes: Changes) -> None:
        message_id = MessageId(delta.id)
        for session_id, conversation in (*self.conversations.items(), *self.previews.items()):
            if message_id in conversation.messages:
                if conversation.extend(message_id, delta.offset, delta.text):
                    changes.message(session_id, message_id)
                else:
                    changes.stale.add(message_id)

    def followed(self, session_id: SessionId) -> tuple[Conversation, ...]:
        """The conversations of a session that are kept current: the open one, and that of the preview."""
        held = (self.conversations.get(session_id), self.previews.get(session_id))
        return tuple(conversation for conversation in held if conversation is not None)

    def _approval(self, change: Change, changes: Changes) -> None:
        approval = _read(change.record, Approval)
        if change.event != REMOVED and approval.status is ApprovalStatus.PENDING:
            self.approvals[approval.approval_id] = approval
        else:
            self.approvals.pop(approval.approval_id, None)
        changes.approvals.add(approval.session_id)

    def _comment(self, change: Change, changes: Changes) -> None:
        comment = _read(change.record, Comment)
        removed, held = change.event == REMOVED, self.reviews.get(comment.session_id)
        conversation = self.conversations.get(comment.session_id)
        shown = conversation is not None and conversation.put_comment(comment, removed=removed)
        if held is not None and removed:
            held.pop(comment.comment_id, None)
        elif held is not None:
            held[comment.comment_id] = comment
        if shown or held is not None:
            changes.comments.add(comment.session_id)

    def _board(self, change: Change, changes: Changes) -> None:
        board = _read(change.record, Board)
        if change.event == REMOVED or board.archived_at is not None:
            self.boards.pop(board.board_id, None)
        else:
            self.boards[board.board_id] = board
        changes.boards = True


def _read(record: Any, kind: type[T]) -> T:
    return msgspec.convert(record, kind)
