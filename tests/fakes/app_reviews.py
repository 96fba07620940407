"""Reviews of the app's fake daemon: comments as they were asked for, and keys that are read."""

from typing import TYPE_CHECKING, Any

import msgspec

from agor_core.domain.comment import Comment, CommentStatus
from agor_core.domain.review import Review
from agor_core.ids import new_id, short_id
from tests.builders import app_records as make

if TYPE_CHECKING:
    from tests.fakes.app_daemon import FakeDaemon


class FakeReviews:
    """``read`` are the keys of each session that were marked as read."""

    def __init__(self, daemon: "FakeDaemon") -> None:
        self._daemon = daemon
        self.read: dict[str, set[str]] = {}

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """A comment as it was asked for."""
        identifier = body.get("comment_id") or new_id()
        known = {name: value for name, value in body.items() if name in Comment.__struct_fields__}
        comment = msgspec.convert(
            {
                **known,
                "comment_id": identifier,
                "short_id": short_id(identifier),
                "author": "ada",
                "created_at": make.NOW,
                "updated_at": make.NOW,
            },
            Comment,
        )
        self._daemon.change(comment, "created")
        return msgspec.to_builtins(comment)

    def patch(self, comment: Comment, body: dict[str, Any]) -> Comment:
        return msgspec.convert({**msgspec.to_builtins(comment), **body}, Comment)

    def send(self, session_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """A task that got every open comment."""
        target = self._daemon.store["sessions"][body.get("to") or session_id]
        task = make.task(target, target.task_count + 1, status="queued", full_prompt="comments")
        for comment in list(self._daemon.store["comments"].values()):
            if comment.status is CommentStatus.OPEN:
                sent = {"status": "sent", "sent_in_task_id": task.task_id}
                self._daemon.change(self.patch(comment, sent))
        self._daemon.change(task, "created")
        return msgspec.to_builtins(task)

    def look(self, session_id: str) -> dict[str, Any]:
        return msgspec.to_builtins(Review(session_id=session_id, read=tuple(sorted(self.read.get(session_id, ())))))  # type: ignore[arg-type]

    def mark(self, session_id: str, body: dict[str, Any]) -> dict[str, Any]:
        keys = self.read.setdefault(session_id, set())
        keys |= set(body["read"])
        keys -= set(body["unread"])
        return self.look(session_id)
