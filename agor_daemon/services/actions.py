"""Custom methods of sessions and tasks, beyond the service calls: prompt, fork, spawn, stop, complete, …"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from agor_core.agents.registry import find
from agor_core.db.connections import Reader, Writer
from agor_core.domain.check import Check
from agor_core.domain.collection import Collection
from agor_core.domain.genealogy import Genealogy, Inheritance
from agor_core.domain.graft import Graft
from agor_core.domain.landing import Landing
from agor_core.domain.pull_request import Publication, PullRequestStatus
from agor_core.domain.repo import Repo, RepoFilters
from agor_core.domain.restoration import Restoration
from agor_core.domain.review import Review
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.standing import SessionStanding, WorktreeStanding
from agor_core.domain.task import Task
from agor_core.domain.texts import shown
from agor_core.domain.worktree import Worktree
from agor_core.errors import Conflict, InvalidInput
from agor_core.ids import SessionId
from agor_core.repositories import boards, genealogy, sessions
from agor_core.wire import codec
from agor_core.wire.landing_requests import Land, LookAtPullRequest, PublishSession, UndoLanding
from agor_core.wire.queue_requests import Stop
from agor_core.wire.requests import (
    Collect,
    Complete,
    ConfirmRepo,
    Fork,
    GraftFiles,
    LetGo,
    MoveRepo,
    MoveWorktree,
    Prompt,
    Restore,
    RunCheck,
    Spawn,
)
from agor_core.wire.review_requests import MarkChanges, SendComments
from agor_daemon.services.action import Action
from agor_daemon.services.agents import check_offered, wished
from agor_daemon.services.checks import CheckService
from agor_daemon.services.context import Context
from agor_daemon.services.differences import SessionDiff, SessionDifferences
from agor_daemon.services.grafting import SessionGrafts
from agor_daemon.services.landings import LandingService
from agor_daemon.services.references import requested_id
from agor_daemon.services.repos import RepoService
from agor_daemon.services.reviews import Reviews
from agor_daemon.services.tasks import TaskDiff, TaskService
from agor_daemon.services.trash import TrashService
from agor_daemon.services.worktrees import WorktreeService

PATCH = "text/x-diff"


class SessionMethods:
    """Runs the actions of sessions."""

    def __init__(self, context: Context, tasks: TaskService) -> None:
        self._context = context
        self._tasks = tasks
        self._differences = SessionDifferences(context)
        self._grafts = SessionGrafts(context)

    def by_name(self) -> Mapping[str, Action]:
        """The actions of sessions, by name."""
        return {
            "prompt": Action("POST", self.prompt, Task, Prompt, 201, ("task_id",)),
            "fork": Action("POST", self.fork, Session, Fork, 201, ("session_id", "task_id")),
            "spawn": Action("POST", self.spawn, Session, Spawn, 201, ("session_id", "task_id")),
            "stop": Action("POST", self.stop, Session, Stop),
            "resume": Action("POST", self.resume, Session),
            "complete": Action("POST", self.complete, Session, Complete),
            "seen": Action("POST", self.seen, Session),
            "genealogy": Action("GET", self.genealogy, Genealogy),
            "inherited": Action("GET", self.inherited, Inheritance),
            "graft": Action("POST", self._grafts.graft, Graft, GraftFiles),
            "standing": Action("GET", self.standing, SessionStanding),
            "diff": Action("GET", self._differences.diff, SessionDiff, query=("from", "to", "path", "stat", "skip")),
            "patch": Action("GET", self.patch, None, media=PATCH, query=("from", "to", "path")),
        }

    async def prompt(self, reference: str, body: Any) -> Task:
        """Store the prompt as a task, which is queued if a turn runs. Raises Unprocessable if the agent cannot work."""
        request = codec.request(Prompt, body)
        own = requested_id(request.task_id, "task_id")
        return await self._tasks.prompt(await self._session_id(reference), request.prompt, own)

    async def fork(self, reference: str, body: Any) -> Session:
        """Create a sibling that inherits the conversation and the files up to a task. Raises InvalidInput."""
        request = codec.request(Fork, body or {})
        if request.point not in ("start", "end"):
            raise InvalidInput(f"point: must be start or end, not {shown(request.point)}.", place="point")
        source = await self._session_id(reference)
        return await self._context.supervisor.fork(source, await self._with_full_ids(request, source))

    async def spawn(self, reference: str, body: Any) -> Session:
        """Create a child with a fresh context. Raises InvalidInput."""
        request = codec.request(Spawn, body or {})
        parent = await self._session_id(reference)
        return await self._context.supervisor.spawn(parent, await self._with_full_ids(request, parent))

    async def stop(self, reference: str, body: Any) -> Session:
        """Cancel the running turn; queued prompts wait, or with ``queue`` are dropped."""
        request = codec.request(Stop, body or {})
        return await self._context.supervisor.stop(await self._session_id(reference), drop=request.queue)

    async def resume(self, reference: str, body: Any) -> Session:  # noqa: ARG002
        """Go on with the queued prompts of a session that was stopped."""
        return await self._context.supervisor.queue.resume(await self._session_id(reference))

    async def complete(self, reference: str, body: Any) -> Session:
        """Mark the session as completed, or undo that. Raises Conflict while it runs."""
        request = codec.request(Complete, body or {})

        def work(writer: Writer) -> Session:
            session = sessions.get(writer, sessions.resolve(writer, reference), lock=True)
            if request.undo and session.status is not SessionStatus.COMPLETED:
                raise Conflict(f"The session is {session.status}, not completed.")
            status = SessionStatus.IDLE if request.undo else SessionStatus.COMPLETED
            return session if session.status is status else sessions.update(writer, replace(session, status=status))

        return await self._context.store.write(work)

    async def seen(self, reference: str, body: Any) -> Session:  # noqa: ARG002
        """Note that a person has opened the session since its last task ended."""
        return await self._context.store.write(lambda writer: sessions.see(writer, sessions.resolve(writer, reference)))

    async def genealogy(self, reference: str, body: Any) -> Genealogy:  # noqa: ARG002
        """The sessions that are related to this one by forks and spawns."""
        return await self._context.store.read_many(
            lambda reader: genealogy.of_session(reader, sessions.resolve(reader, reference))
        )

    async def inherited(self, reference: str, body: Any) -> Inheritance:  # noqa: ARG002
        """The tasks that a fork inherits; none for any other session."""

        def read(reader: Reader) -> Inheritance:
            return genealogy.inheritance(reader, sessions.get(reader, sessions.resolve(reader, reference)))

        return await self._context.store.read_many(read)

    async def standing(self, reference: str, body: Any) -> SessionStanding:  # noqa: ARG002
        """How the session's files stand, by a look at them."""
        return await self._context.supervisor.session_standings.of(await self._session_id(reference))

    async def patch(self, reference: str, query: Any) -> AsyncIterator[bytes]:
        """What changed between two points, as ``git apply`` takes it."""
        return await _begun(self._differences.patch(reference, query))

    async def _session_id(self, reference: str) -> SessionId:
        return await self._context.store.read(lambda reader: sessions.resolve(reader, reference))

    async def _agent_of(self, session_id: SessionId) -> str:
        return (await self._context.store.read(lambda reader: sessions.get(reader, session_id))).agent

    async def _with_full_ids(self, request: Any, of: SessionId) -> Any:
        """A fork's or spawn's request with full ids. Raises InvalidInput, NotFound and Ambiguous."""
        if request.agent is not None:
            find(self._context.agents, request.agent)
        wishes = wished(mode=request.mode, model=request.model, options=request.options)
        if wishes:
            check_offered(self._context, request.agent or await self._agent_of(of), wishes)
        board = request.board
        if board is not None:
            board = await self._context.store.read(lambda reader: boards.resolve(reader, request.board))
        return replace(
            request,
            board=board,
            session_id=_requested(request.session_id, "session_id"),
            task_id=_requested(request.task_id, "task_id"),
        )


def review_actions(reviews: Reviews) -> Mapping[str, Action]:
    """The actions of a session's review, by name."""
    return {
        "review": Action("GET", reviews.look, Review),
        "mark": Action("POST", reviews.mark, Review, MarkChanges),
        "send": Action("POST", reviews.send, Task, SendComments, 201, ("task_id",)),
    }


def task_actions(tasks: TaskService) -> Mapping[str, Action]:
    """The actions of tasks, by name."""

    async def diff(reference: str, body: Any) -> Any:  # noqa: ARG001
        return await tasks.diff(reference)

    async def patch(reference: str, body: Any) -> Any:  # noqa: ARG001
        return await _begun(tasks.patch_bytes(reference))

    return {
        "diff": Action("GET", diff, TaskDiff),
        "patch": Action("GET", patch, None, media=PATCH),
        "restore": Action("POST", tasks.restore, Restoration, Restore),
    }


def repo_actions(repos: RepoService) -> Mapping[str, Action]:
    """The actions of repos, by name."""
    return {
        "gc": Action("POST", repos.collect, Collection, Collect),
        "filters": Action("GET", repos.filters, RepoFilters),
        "confirm": Action("POST", repos.confirm, Repo, ConfirmRepo),
        "move": Action("POST", repos.move, Repo, MoveRepo),
    }


def worktree_actions(worktrees: WorktreeService) -> Mapping[str, Action]:
    """The actions of worktrees, by name."""

    async def standing(reference: str, body: Any) -> Any:  # noqa: ARG001
        return await worktrees.standing(reference)

    return {
        "standing": Action("GET", standing, WorktreeStanding),
        "release": Action("POST", worktrees.release, Worktree, LetGo),
        "move": Action("POST", worktrees.move, Worktree, MoveWorktree),
    }


def landing_actions(landings: LandingService) -> tuple[Mapping[str, Action], Mapping[str, Action]]:
    """The actions about landings, by name: those of sessions, and those of landings."""
    land = Action("POST", landings.land, Landing, Land, id_fields=("landing_id",))
    publish = Action("POST", landings.publish, Publication, PublishSession)
    seen = Action("POST", landings.pull_request, PullRequestStatus, LookAtPullRequest)
    return {"land": land, "publish": publish, "pull_request": seen}, {
        "undo": Action("POST", landings.undo, Landing, UndoLanding)
    }


def check_actions(checks: CheckService) -> Mapping[str, Action]:
    """The actions of checks, by name."""

    async def log(reference: str, body: Any) -> Any:  # noqa: ARG001
        return await _begun(checks.log(reference))

    return {
        "stop": Action("POST", checks.stop, Check),
        "log": Action("GET", log, None, media="text/plain; charset=utf-8"),
    }


def run_check(checks: CheckService) -> Action:
    """``POST /sessions/{id}/check``"""
    return Action("POST", checks.run, Check, RunCheck, 201, ("check_id",))


def trash_actions(trash: TrashService) -> Mapping[str, Action]:
    """The actions of the trash, by name."""
    return {"restore": Action("POST", trash.restore, Session)}


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, once the first is there: what is refused is refused before the answer begins."""
    first = await anext(pieces, b"")

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_pieces()


def _requested(reference: str | UnsetType, place: str) -> str | UnsetType:
    own = requested_id(reference, place)
    return UNSET if own is None else own
