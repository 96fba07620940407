"""What of the feed one client is told: the services that it follows, and of these the records that it asked for.

A client that follows by a query is told of a change when the record matches after it. It is also told of a change with
which a record may have stopped to match: the record in the frame shows that it does not. Without remembering what each
client knows that can only be excluded for a record that was created or told of on this connection, so that a client may
hear once, needlessly, of a record that never matched. ``removed`` shows the record as it was.
"""

from typing import Any

from agor_core.query.matching import matches
from agor_core.query.tree import Node
from agor_daemon.feed.frames import EncodedFrame

MOST_OUTSIDE = 20_000
"""Ids that are remembered not to match; without them a client hears of some of them once more."""


class Selection:
    """``services`` None is all of them; ``where`` is what a record of theirs has to meet. One for each connection."""

    def __init__(self, services: frozenset[str] | None = None, where: Node | None = None) -> None:
        self._services = services
        self._where = where
        self._outside: set[str] = set()

    def takes(self, frame: EncodedFrame) -> bool:
        """Whether the client is told of this; called once for each frame, in order."""
        if self._services is not None and frame.service not in self._services:
            return False
        if self._where is None:
            return True
        if frame.record is None:
            return frame.id not in self._outside
        record: dict[str, Any] = frame.record()
        if matches(self._where, record):
            self._outside.discard(frame.id)
            return True
        return self._leaves(frame)

    def _leaves(self, frame: EncodedFrame) -> bool:
        """Whether the client could believe that this record, which does not match, does."""
        if frame.event == "removed":
            if frame.id in self._outside:
                self._outside.discard(frame.id)
                return False
            return True
        known = frame.id in self._outside
        if len(self._outside) >= MOST_OUTSIDE:
            self._outside.clear()
        self._outside.add(frame.id)
        return not known and frame.event != "created"
