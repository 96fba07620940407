"""The tool calls that the agent may still update, by its own ids; bounded in number and size."""

from agor_daemon.supervisor.recording.message_drafts import MessageDraft

MOST = 500
LARGEST = 4_000_000
"""Code points of all calls together."""


class RememberedCalls:
    """Evicts calls that have ended first, the oldest before the others."""

    def __init__(self) -> None:
        self._drafts: dict[str, MessageDraft] = {}
        self._sizes: dict[str, int] = {}
        self._size = 0

    def get(self, call_id: str) -> MessageDraft | None:
        """The message of a call; None if the call is new or was evicted."""
        return self._drafts.get(call_id)

    def put(self, call_id: str, draft: MessageDraft) -> list[MessageDraft]:
        """Remember a call as it is now; returns the evicted ones, whose next update begins a new message."""
        self._drafts[call_id] = draft
        self._size += draft.size - self._sizes.get(call_id, 0)
        self._sizes[call_id] = draft.size
        evicted = []
        while len(self._drafts) > MOST or (self._size > LARGEST and len(self._drafts) > 1):
            others = [known for known in self._drafts if known != call_id]
            oldest = next((known for known in others if self._drafts[known].message.complete), others[0])
            evicted.append(self._drafts.pop(oldest))
            self._size -= self._sizes.pop(oldest)
        return evicted
