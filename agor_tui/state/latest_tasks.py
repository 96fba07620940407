"""What sessions' records leave out of their latest tasks: since when a session stands as it does, and why it failed."""

from collections.abc import Iterable, Sequence

import msgspec

from agor_core.domain.approval import Approval
from agor_core.domain.session import Session, SessionStatus
from agor_core.ids import TaskId
from agor_tui.state import clean


class LatestTask(msgspec.Struct, frozen=True, kw_only=True):
    """The few fields of a task that are kept."""

    task_id: TaskId
    started_at: str | None = None
    completed_at: str | None = None
    error: str | None = None


FIELDS: Sequence[str] = LatestTask.__struct_fields__


class LatestTasks:
    """Of all sessions; read once, then kept current by the feed."""

    def __init__(self) -> None:
        self._known: dict[TaskId, LatestTask] = {}
        self._sought: set[TaskId] = set()

    def forget(self) -> None:
        """Begin afresh."""
        self._known.clear()
        self._sought.clear()

    def take(self, record: object, *, late: bool = False) -> bool:
        """Take in a task's record; False if nothing of it differs. A ``late`` one was read: it yields to the feed."""
        task = msgspec.convert(record, LatestTask, from_attributes=True)
        known = self._known.get(task.task_id)
        if known == task or (late and known is not None):
            return False
        self._known[task.task_id] = task
        return True

    def sought(self, sessions: Iterable[Session]) -> list[TaskId]:
        """Latest tasks of which nothing is known and nothing was asked yet; from now on they count as asked for."""
        current = {session.current.task_id for session in sessions if session.current is not None}
        missing = [task_id for task_id in current if task_id not in self._known and task_id not in self._sought]
        self._sought.update(missing)
        return missing

    def unread(self, task_ids: Iterable[TaskId]) -> None:
        """These could not be read: they count as not asked for."""
        self._sought.difference_update(task_ids)

    def knows(self, task_id: str) -> bool:
        """Whether it was told of a task."""
        return TaskId(task_id) in self._known

    def since(self, session: Session, asked: Approval | None) -> str | None:
        """When it began to ask, to run or to rest, as far as is known."""
        task = self._of(session)
        match session.status:
            case SessionStatus.AWAITING_PERMISSION if asked is not None:
                return asked.created_at
            case SessionStatus.AWAITING_PERMISSION | SessionStatus.RUNNING:
                return task.started_at if task is not None else None
            case _ if session.current is None:
                return session.created_at
            case _:
                return task.completed_at if task is not None else None

    def reason(self, session: Session) -> str:
        """The first line of why it failed; empty for one that has not."""
        task = self._of(session) if session.status is SessionStatus.FAILED else None
        lines = clean.block(task.error or "").strip().split("\n") if task is not None else [""]
        return clean.line(lines[0])

    def _of(self, session: Session) -> LatestTask | None:
        return self._known.get(session.current.task_id) if session.current is not None else None
