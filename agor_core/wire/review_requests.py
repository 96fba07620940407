"""Request bodies about reviews, as those in `requests`."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from agor_core.wire.requests import NOT_EMPTY, PathText

CommentText = Annotated[str, Meta(max_length=20_000, pattern=NOT_EMPTY)]
Commit = Annotated[str, Meta(pattern=r"\A([0-9a-f]{40}|[0-9a-f]{64})\Z")]
LineNumber = Annotated[int, Meta(ge=1)]
ChangeKey = Annotated[str, Meta(max_length=64, pattern=r"\A[0-9a-f]+\Z")]


class CreateComment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /comments``: on lines of a file, on a whole file (no lines), or on what the agent said (no path).

    The session and the task are given by an id in any form. The lines are those of the files at the end of the task,
    or with the ``side`` ``old`` at its start; without a task as they are now, or at the session's base. ``path`` is
    below the top of the worktree. ``base`` and ``checkpoint``, the commits that a difference was read between, say it
    exactly. The daemon reads the ``snippet`` itself, but for what the agent said.
    """

    session_id: str
    text: CommentText
    task_id: str | None = None
    message_id: str | None = None
    path: PathText | None = None
    side: str = "new"
    start_line: LineNumber | None = None
    end_line: LineNumber | None = None
    snippet: Annotated[str, Meta(max_length=20_000)] | None = None
    kind: str = "note"
    base: Commit | None = None
    checkpoint: Commit | None = None
    comment_id: str | UnsetType = UNSET


class PatchComment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``PATCH /comments/{id}``. People say ``resolved`` and ``open``; the other statuses follow from what happens."""

    text: CommentText | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    status: str | UnsetType = UNSET


class MarkChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/mark``: changes that a person has read, or that count as unread again, by their keys."""

    read: tuple[ChangeKey, ...] = ()
    unread: tuple[ChangeKey, ...] = ()


class SendComments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/send``: all open comments on the session as one prompt, to it or ``to`` another session.

    ``task_id`` is the caller's own id for the task: repeating it is safe.
    """

    to: str | None = None
    task_id: str | UnsetType = UNSET
