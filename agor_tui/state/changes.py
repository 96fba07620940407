"""The records that a batch of feed frames changed, so that a client repaints only those."""

from dataclasses import dataclass, field

from agor_core.domain.notice import Notice
from agor_core.ids import MessageId, SessionId


@dataclass(slots=True)
class Changes:
    """The changed records, most of them by their sessions.

    ``asking`` are sessions that now wait for an approval; ``notices`` tell of other ends and limits; ``stale`` are
    messages whose live text has a gap and must be read; after a ``resync`` all records must be read again.
    """

    sessions: set[SessionId] = field(default_factory=set)
    tasks: set[SessionId] = field(default_factory=set)
    messages: dict[SessionId, set[MessageId]] = field(default_factory=dict)
    approvals: set[SessionId] = field(default_factory=set)
    comments: set[SessionId] = field(default_factory=set)
    boards: bool = False
    spending: bool = False
    asking: list[SessionId] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    stale: set[MessageId] = field(default_factory=set)
    resync: bool = False

    def message(self, session_id: SessionId, message_id: MessageId) -> None:
        """Add a message."""
        self.messages.setdefault(session_id, set()).add(message_id)

    def merge(self, other: "Changes") -> None:
        """Add the changes of another batch."""
        self.sessions |= other.sessions
        self.tasks |= other.tasks
        for session_id, ids in other.messages.items():
            self.messages.setdefault(session_id, set()).update(ids)
        self.approvals |= other.approvals
        self.comments |= other.comments
        self.boards |= other.boards
        self.spending |= other.spending
        self.asking.extend(session_id for session_id in other.asking if session_id not in self.asking)
        self.notices.extend(other.notices)
        self.stale |= other.stale
        self.resync |= other.resync

    def concern(self, session_id: SessionId) -> bool:
        """Whether a record of this session changed."""
        return (
            self.resync
            or session_id in self.sessions
            or session_id in self.tasks
            or session_id in self.messages
            or session_id in self.approvals
            or session_id in self.comments
        )

    def __bool__(self) -> bool:
        return bool(
            self.sessions
            or self.tasks
            or self.messages
            or self.approvals
            or self.comments
            or self.boards
            or self.spending
            or self.asking
            or self.stale
            or self.resync
        )
