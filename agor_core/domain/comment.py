"""A review comment: a remark on lines of a session's work, sent to an agent as part of a prompt."""

from enum import StrEnum

import msgspec

from agor_core.ids import CommentId, MessageId, SessionId, TaskId

MOST_LINES = 500
"""The most lines that one comment is on."""


class CommentKind(StrEnum):
    """Whether the agent is to change something, or to answer."""

    NOTE = "note"
    QUESTION = "question"


class CommentStatus(StrEnum):
    """``sent`` is a part of a prompt; ``stale`` means that its lines are not as they were; people say ``resolved``."""

    OPEN = "open"
    SENT = "sent"
    RESOLVED = "resolved"
    STALE = "stale"


class Side(StrEnum):
    """The file before the change, or after it."""

    OLD = "old"
    NEW = "new"


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """One remark on lines of a file, on a whole file (without lines), or on what the agent said (without a path).

    The lines, from 1 and both ends included, are those of ``checkpoint`` (of ``base`` on the old side): the tree in
    which they were found last. They follow the code while it only moves; ``snippet`` is that code, and stays what it
    was when the comment is ``stale``. ``message_id`` is the message that is commented. ``author`` is the user's name,
    or ``session:ID`` for an agent; ``sent_in_task_id`` is the task that got it, also of another session.
    """

    comment_id: CommentId
    short_id: str
    session_id: SessionId
    task_id: TaskId | None = None
    message_id: MessageId | None = None
    path: str | None = None
    side: Side = Side.NEW
    start_line: int | None = None
    end_line: int | None = None
    snippet: str = ""
    text: str
    kind: CommentKind = CommentKind.NOTE
    status: CommentStatus = CommentStatus.OPEN
    author: str
    sent_in_task_id: TaskId | None = None
    checkpoint: str | None = None
    base: str | None = None
    created_at: str
    updated_at: str

    @property
    def title(self) -> str:
        """Where it is: ``src/a.py:12-14``."""
        if self.path is None:
            return "what the agent said"
        if self.start_line is None:
            return self.path
        end = "" if self.end_line in (None, self.start_line) else f"-{self.end_line}"
        return f"{self.path}:{self.start_line}{end}"

    @property
    def followed(self) -> bool:
        """Whether its lines are looked for when the files change."""
        return self.path is not None and self.checkpoint is not None and self.status is not CommentStatus.RESOLVED
