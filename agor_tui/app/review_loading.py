"""Reads and changes the review of a session. No Textual; call it in a thread."""

from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from agor_core.domain.comment import Comment
from agor_core.domain.review import Review
from agor_core.ids import SessionId
from agor_tui.app.loading import Calls
from agor_tui.client.errors import DaemonError

MOST = 1000
"""Comments that are read at most: the oldest."""


@dataclass(frozen=True, slots=True)
class LoadedReview:
    """What of the changes was read, None where that cannot be looked at; and the comments."""

    review: Review | None
    comments: list[Comment]


def load(daemon: Calls, session_id: SessionId) -> LoadedReview:
    """Look at the review of a session, and read its comments with their lines as they are now."""
    review = look(daemon, session_id)
    page = daemon.find("comments", {"session_id": session_id, "$limit": MOST, "$total": "false"})
    return LoadedReview(review, [msgspec.convert(record, Comment) for record in page["data"]])


def look(daemon: Calls, session_id: SessionId) -> Review | None:
    """Look at the review of a session; None outside of git, and where its files cannot be looked at."""
    try:
        return msgspec.convert(daemon.call("GET", f"/sessions/{session_id}/review"), Review)
    except DaemonError:
        return None


def mark(daemon: Calls, session_id: SessionId, read: Collection[str], unread: Collection[str]) -> Review:
    """Note changes as read, or as unread again."""
    body = {"read": sorted(read), "unread": sorted(unread)}
    return msgspec.convert(daemon.call("POST", f"/sessions/{session_id}/mark", body=body), Review)
