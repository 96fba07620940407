"""Sessions that were removed for good and can be brought back for a while."""

import msgspec

from agor_core.domain.approval import Approval
from agor_core.domain.check import Check
from agor_core.domain.comment import Comment
from agor_core.domain.landing import Landing
from agor_core.domain.message import Message
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.worktree import Worktree
from agor_core.ids import SessionId


class TrashItem(msgspec.Struct, frozen=True, kw_only=True):
    """A removed session; it can be brought back ``until`` then."""

    session_id: SessionId
    short_id: str
    title: str | None
    agent: str
    task_count: int
    removed_at: str
    until: str
    repo_slug: str | None = None
    worktree_name: str | None = None
    branch: str | None = None


class TrashedRecords(msgspec.Struct, frozen=True, kw_only=True):
    """All records of a removed session, as they were.

    ``worktree`` is there if it was removed as well, with ``last``, the checkpoint of its files, and ``tip``, the commit
    of its branch. ``read`` are the keys of the changes that a person has read.
    """

    session: Session
    tasks: tuple[Task, ...] = ()
    messages: tuple[Message, ...] = ()
    approvals: tuple[Approval, ...] = ()
    comments: tuple[Comment, ...] = ()
    read: tuple[str, ...] = ()
    landings: tuple[Landing, ...] = ()
    checks: tuple[Check, ...] = ()
    worktree: Worktree | None = None
    last: str | None = None
    tip: str | None = None
