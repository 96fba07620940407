"""The part of the feed that one client receives: by service and, for one service, by conditions on its records.

A client with conditions receives a change if the record matches after it. It also receives a change with which a record
may have stopped matching; the record in the frame shows that it does not match. Since the server does not remember what
a client knows, that is excluded only for a record that was created or sent on this connection. So a client may receive,
once, a record that never matched. ``removed`` shows the record as it was.
"""

from typing import Any

from agor_core.bounded_map import BoundedMap
from agor_core.query.matching import matches
from agor_core.query.tree import Node
from agor_daemon.feed.frames import EncodedFrame

MOST_NOT_MATCHING = 20_000
"""The number of non-matching ids that are remembered; beyond it a client may receive some of them once more."""


class FeedSelection:
    """One connection's selection: ``services`` None is all of them, ``where`` the condition on their records."""

    def __init__(self, services: frozenset[str] | None = None, where: Node | None = None) -> None:
        self._services = services
        self._where = where
        self._not_matching: BoundedMap[str, bool] = BoundedMap(MOST_NOT_MATCHING)

    def takes(self, frame: EncodedFrame) -> bool:
        """Whether the client receives a frame; called once for each frame, in order."""
        if self._services is not None and frame.service not in self._services:
            return False
        if self._where is None:
            return True
        if frame.record is None:
            return frame.id not in self._not_matching
        record: dict[str, Any] = frame.record()
        if matches(self._where, record):
            self._not_matching.pop(frame.id)
            return True
        return self._may_leave(frame)

    def _may_leave(self, frame: EncodedFrame) -> bool:
        """Whether the client may believe that this record, which does not match, matches."""
        if frame.event == "removed":
            return self._not_matching.pop(frame.id) is None
        remembered = frame.id in self._not_matching
        self._not_matching.put(frame.id, True)
        return not remembered and frame.event != "created"
