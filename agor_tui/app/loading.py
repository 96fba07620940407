"""Queries of the app to the daemon about one session: its conversation, its tasks, its files. No Textual."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import msgspec

from agor_core.domain.beginning import Beginning
from agor_core.domain.comment import Comment
from agor_core.domain.genealogy import Genealogy, Inheritance
from agor_core.domain.message import Message
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.standing import DiskUse, WorktreeStanding
from agor_core.domain.task import Task
from agor_core.domain.trash import TrashItem
from agor_core.ids import RepoId, SessionId, TaskId
from agor_tui.client.errors import DaemonError
from agor_tui.state.conversation import Gap

PAGE = 1000
"""Records that one call reads at most."""
MESSAGES = 300
"""Messages of a session that one call reads at most."""
PREVIEWED = 12
"""Messages that the preview of a session reads."""
INHERITED_MESSAGES = 60
"""Messages of inherited tasks that are read when a fork is opened; the cursor reads more where it goes."""

T = TypeVar("T")


class Calls(Protocol):
    """The part of the client's `Daemon` that the app uses."""

    def find(self, service: str, query: dict[str, object] | None = None, /, **more: object) -> dict[str, Any]: ...
    def get(self, service: str, identifier: str) -> dict[str, Any]: ...
    def create(self, service: str, body: dict[str, Any]) -> dict[str, Any]: ...
    def patch(self, service: str, identifier: str, body: dict[str, Any]) -> dict[str, Any]: ...
    def remove(self, service: str, identifier: str, *, purge: bool = False) -> dict[str, Any]: ...
    def act(self, session: str, action: str, body: dict[str, Any] | None = None) -> dict[str, Any]: ...
    def call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] | None = None,
        body: object = None,
        repeatable: bool = True,
    ) -> Any: ...
    def stream(self, path: str) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Worktrees:
    """What the list of worktrees shows: a look at them, their sessions, and the slugs of the repos."""

    disk: DiskUse
    sessions: list[Session]
    repos: dict[RepoId, str]


@dataclass(frozen=True, slots=True)
class SessionRecords:
    """The records that a session's screen shows."""

    tasks: list[Task]
    messages: list[Message]
    inherited: Inheritance
    inherited_messages: dict[TaskId, list[Message]]
    genealogy: Genealogy | None
    comments: list[Comment]


def act_on_task(daemon: Calls, task_id: str, action: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Do an action on a task: ``edit``, ``move``, ``drop``, ``now`` or ``retry``."""
    record: dict[str, Any] = daemon.call("POST", f"/tasks/{task_id}/{action}", body=body or {})
    return record


def standing(daemon: Calls, worktree_id: str) -> WorktreeStanding:
    """How a worktree stands, and what would be lost with it."""
    return msgspec.convert(daemon.call("GET", f"/worktrees/{worktree_id}/standing"), WorktreeStanding)


def remove(daemon: Calls, session_id: SessionId, *, force: bool) -> None:
    """Remove a session for good, with ``force`` also if work would be lost."""
    query = [("purge", "true"), *([("force", "true")] if force else [])]
    daemon.call("DELETE", f"/sessions/{session_id}", query=query, repeatable=False)


def restore(daemon: Calls, task_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Restore a session's files as they were at a task, or with ``dry_run`` see what would change."""
    answer: dict[str, Any] = daemon.call("POST", f"/tasks/{task_id}/restore", body=body, repeatable=False)
    return answer


def archived(daemon: Calls) -> list[Session]:
    """Read the archived sessions, the latest first; at most PAGE."""
    query: dict[str, object] = {"archived_at[$ne]": None, "$sort[archived_at]": -1, "$limit": PAGE, "$total": "false"}
    return read(daemon.find("sessions", query), Session)


def trash(daemon: Calls) -> list[TrashItem]:
    """The sessions that were removed for good and can be brought back, the latest first."""
    return read(daemon.find("trash"), TrashItem)


def bring_back(daemon: Calls, session_id: SessionId, *, removed: bool) -> dict[str, Any]:
    """Bring a session back that was archived, or ``removed`` for good."""
    if not removed:
        return daemon.patch("sessions", session_id, {"archived_at": None})
    record: dict[str, Any] = daemon.call("POST", f"/trash/{session_id}/restore", repeatable=False)
    return record


def worktrees(daemon: Calls) -> Worktrees:
    """Look at all worktrees, and read the sessions that work in them, archived ones too, and their repos."""
    disk = msgspec.convert(daemon.call("GET", "/disk", query=[("fresh", "true")]), DiskUse)
    anyhow = {"repo.worktree_id[$ne]": None, "$or[0][archived_at]": None, "$or[1][archived_at][$ne]": None}
    repos = every(daemon, "repos", Repo, "repo_id")
    return Worktrees(
        disk, list(every(daemon, "sessions", Session, "session_id", **anyhow)), {r.repo_id: r.slug for r in repos}
    )


def session_records(daemon: Calls, session: Session) -> SessionRecords:
    """Read a session's tasks, last messages, inherited tasks with their last messages, and genealogy."""
    inheritance = inherited(daemon, session)
    return SessionRecords(
        tasks=tasks_of(daemon, session.session_id),
        messages=messages_of(daemon, session.session_id),
        inherited=inheritance,
        inherited_messages=_last_inherited_messages(daemon, inheritance),
        genealogy=genealogy(daemon, session.session_id),
        comments=comments_on_answers(daemon, session.session_id),
    )


def comments_on_answers(daemon: Calls, session_id: SessionId) -> list[Comment]:
    """Read the comments on what a session's agent said; at most PAGE."""
    query: dict[str, object] = {"session_id": session_id, "message_id[$ne]": None, "$limit": PAGE, "$total": "false"}
    return read(daemon.find("comments", query), Comment)


def messages_of(daemon: Calls, session_id: SessionId) -> list[Message]:
    """Read a session's last messages."""
    query: dict[str, object] = {"session_id": session_id, "$sort[index]": -1, "$limit": MESSAGES, "$total": "false"}
    return read(daemon.find("messages", query), Message)


def preview(daemon: Calls, session: Session) -> tuple[list[Task], list[Message]]:
    """Read a session's latest task and its last messages."""
    query: dict[str, object] = {"session_id": session.session_id, "$sort[index]": -1, "$limit": PREVIEWED}
    messages = read(daemon.find("messages", {**query, "$total": "false"}), Message)
    if session.current is None:
        return [], messages
    try:
        return [msgspec.convert(daemon.get("tasks", session.current.task_id), Task)], messages
    except DaemonError:  # it was removed meanwhile
        return [], messages


def messages_of_gap(daemon: Calls, gap: Gap, *, first: bool) -> list[Message]:
    """Read the first messages of a gap, or its last ones."""
    query: dict[str, object] = {
        "session_id": gap.session_id,
        "index[$gte]": gap.start,
        "index[$lt]": gap.end,
        "$sort[index]": 1 if first else -1,
        "$limit": MESSAGES,
        "$total": "false",
    }
    return read(daemon.find("messages", query), Message)


def tasks_of(daemon: Calls, session_id: SessionId) -> list[Task]:
    """Read a session's tasks in order."""
    return list(every(daemon, "tasks", Task, "position", session_id=session_id))


def messages_of_task(daemon: Calls, task: Task) -> list[Message]:
    """Read the last messages of a task."""
    query: dict[str, object] = {
        "session_id": task.session_id,
        "task_id": task.task_id,
        "$sort[index]": -1,
        "$limit": MESSAGES,
        "$total": "false",
    }
    return read(daemon.find("messages", query), Message)


def inherited(daemon: Calls, session: Session) -> Inheritance:
    """The tasks that a fork inherits, the oldest first; of any other session none, without a call."""
    if session.genealogy.forked_from_session_id is None:
        return Inheritance()
    return msgspec.convert(daemon.call("GET", f"/sessions/{session.session_id}/inherited"), Inheritance)


def _last_inherited_messages(daemon: Calls, inheritance: Inheritance) -> dict[TaskId, list[Message]]:
    read: dict[TaskId, list[Message]] = {}
    for task in reversed(inheritance.tasks):
        if sum(map(len, read.values())) >= INHERITED_MESSAGES:
            break
        read[task.task_id] = messages_of_task(daemon, task)
    return read


def genealogy(daemon: Calls, session_id: SessionId) -> Genealogy | None:
    """Read a session's genealogy; None if the daemon refuses it."""
    try:
        return msgspec.convert(daemon.call("GET", f"/sessions/{session_id}/genealogy"), Genealogy)
    except DaemonError:
        return None


def beginning(daemon: Calls, query: Sequence[tuple[str, str]]) -> Beginning:
    """Where a new session would begin."""
    return msgspec.convert(daemon.call("GET", "/beginning", query=query), Beginning)


def every(daemon: Calls, service: str, kind: type[T], key: str, **query: object) -> Iterator[T]:
    """Read every record, page after page."""
    skip = 0
    while True:
        page = daemon.find(service, {**query, f"$sort[{key}]": 1, "$limit": PAGE, "$skip": skip, "$total": "false"})
        records = read(page, kind)
        yield from records
        skip += len(records)
        if len(records) < PAGE and "next" not in page:
            return


def read(page: Any, kind: type[T]) -> list[T]:
    """The records of a page."""
    return [msgspec.convert(record, kind) for record in (page["data"] if isinstance(page, dict) else page)]
