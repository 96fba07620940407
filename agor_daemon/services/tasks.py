"""Tasks: a prompt creates them, people describe them, the supervisor writes the rest."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import msgspec

from agor_core.agents.registry import find
from agor_core.db.connections import Reader
from agor_core.domain.restoration import POINTS, Restoration
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.texts import shown
from agor_core.errors import InvalidInput
from agor_core.git import diff
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import sessions, tasks
from agor_core.repositories.mappings import TASKS
from agor_core.wire import codec
from agor_core.wire.requests import CreateTask, PatchTask, Restore
from agor_daemon.services.agents import check_installed
from agor_daemon.services.differences import FIGURES_AT_ONCE, FileFigures, figures
from agor_daemon.services.references import requested_id
from agor_daemon.services.service import RecordService


class TaskDiff(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /tasks/{id}/diff``: a unified diff from the task's start to its end, for people.

    ``cut`` is True if it is only the beginning; ``diffstat`` is of the whole, ``files`` and ``changes`` of its first
    10,000 files, so that an answer has some megabytes at most. The whole as a patch that applies is
    ``GET /tasks/{id}/patch``.
    """

    task_id: str
    diff: str
    cut: bool = False
    diffstat: dict[str, int] | None
    files: tuple[str, ...]
    changes: tuple[FileFigures, ...] = ()


class TaskService(RecordService[Task]):
    """``/tasks``"""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "get", "create", "update", "patch"})
    mapping = TASKS
    repository = tasks
    create_type = CreateTask
    id_fields = ("task_id",)
    patch_type = PatchTask

    async def create(self, body: Any) -> Any:
        """Store each prompt as a task; of a list none unless all agents can start."""
        requests = codec.each(body, _creation)
        targets = await self.read(lambda reader: [self._session(reader, request) for request in requests])
        check_installed(self.context, [find(self.context.agents, session.agent) for session in targets])
        made = [
            await self.prompt(session.session_id, request.prompt, requested_id(request.task_id, "task_id"))
            for session, request in zip(targets, requests, strict=True)
        ]
        return made if isinstance(body, list) else made[0]

    def _session(self, reader: Reader, request: CreateTask) -> Session:
        return sessions.get(reader, sessions.resolve(reader, request.session_id))

    async def prompt(self, session_id: SessionId, text: str, task_id: str | None) -> Task:
        """Store the next prompt of a session as a task. Raises AgentNotInstalled, Unprocessable and Conflict."""
        own = None if task_id is None else TaskId(task_id)
        return await self.context.supervisor.prompt(session_id, text, task_id=own)

    async def diff(self, reference: str) -> TaskDiff:
        """The changes of a task to the files. Raises NotFound and GitFailed."""
        task = await self.read(lambda reader: tasks.get(reader, tasks.resolve(reader, reference)))
        found = await self.context.supervisor.differences.of_task(task.task_id)
        diffstat = diff.diffstat(found.changes) if found.changes else task.git_state.diffstat
        return TaskDiff(
            task_id=task.task_id,
            diff=found.patch.text,
            cut=found.patch.cut,
            diffstat=None if diffstat is None else msgspec.structs.asdict(diffstat),
            files=task.files or tuple(diff.paths(found.changes[:FIGURES_AT_ONCE])),
            changes=figures(found.changes[:FIGURES_AT_ONCE]),
        )

    async def patch_bytes(self, reference: str) -> AsyncIterator[bytes]:
        """The changes of a task as a patch that ``git apply`` takes, in pieces. Raises NotFound and GitFailed."""
        task_id = await self.read(lambda reader: tasks.resolve(reader, reference))
        async for piece in self.context.supervisor.differences.task_patch(task_id):
            yield piece

    async def restore(self, reference: str, body: Any) -> Restoration:
        """Bring back the session's files as they were at a task. Raises InvalidInput, NotFound, Conflict, GitFailed."""
        request = codec.request(Restore, body or {})
        if request.point not in (None, *POINTS):
            raise InvalidInput(f"point: must be {', '.join(POINTS)}, not {shown(request.point)}.", place="point")
        task_id = await self.read(lambda reader: tasks.resolve(reader, reference))
        restore = self.context.supervisor.restore
        return await restore(task_id, request.point, request.paths, dry_run=request.dry_run)


def _creation(body: Any) -> CreateTask:
    request = codec.request(CreateTask, body)
    requested_id(request.task_id, "task_id")
    return request
