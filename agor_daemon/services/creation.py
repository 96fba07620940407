"""Creating sessions: everything is checked before anything is stored, and a repeated request creates none."""

import contextlib
import hashlib
from pathlib import Path
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from agor_core.agents.registry import find
from agor_core.clock import timestamp
from agor_core.db.connections import Reader
from agor_core.domain.session import Session, SessionRepo
from agor_core.errors import Conflict, NotFound
from agor_core.ids import RaceId, SessionId, TaskId
from agor_core.repositories import repos, sessions
from agor_core.wire import codec
from agor_core.wire.requests import CreateSession
from agor_daemon.access.requester import asked_by
from agor_daemon.new_ids import store_new
from agor_daemon.services.agents import check_installed, check_offered, wished
from agor_daemon.services.context import Context
from agor_daemon.services.references import new_identity, requested_board, requested_id
from agor_daemon.slices import in_slices
from agor_daemon.supervisor.workspaces.placement import Placement
from agor_daemon.supervisor.workspaces.workspaces import RequestedFolder


class SessionCreation:
    """Creates the sessions of a ``POST /sessions`` body and sends their first prompts."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(self, body: Any) -> Session | list[Session]:
        """The new session; of a list all or none. Raises InvalidInput, NotFound, Unprocessable and Conflict."""
        wanted: list[tuple[CreateSession, RequestedFolder]] = []
        async for at, item in in_slices(enumerate(codec.elements(body))):
            with codec.element(body, at):
                request = await self._parsed(item)
                wanted.append((request, await self._context.supervisor.locate(request)))
        stored = await self._store(wanted)
        made = await self._prompted(stored, [request for request, _ in wanted])
        return made if isinstance(body, list) else made[0]

    async def _store(self, wanted: list[tuple[CreateSession, RequestedFolder]]) -> list[Session]:
        new_ids: list[SessionId] = []
        try:
            return await store_new(self._context.store, sessions.insert, lambda: self._drafts(wanted, new_ids))
        except BaseException:
            self._remove_folders(new_ids)
            raise

    async def _prompted(self, made: list[Session], requests: list[CreateSession]) -> list[Session]:
        """Send the requested first prompts; the sessions as they are then."""
        for session, request in zip(made, requests, strict=True):
            if request.prompt is not None:
                first = first_task_id(session.session_id)
                await self._context.supervisor.prompt(session.session_id, request.prompt, task_id=first)
        if all(request.prompt is None for request in requests):
            return made
        return await self._context.store.read(lambda reader: [sessions.get(reader, it.session_id) for it in made])

    async def _parsed(self, body: Any) -> CreateSession:
        """A body as a request with full ids. Raises InvalidInput, NotFound, Ambiguous and AgentNotInstalled."""
        request = codec.request(CreateSession, body)
        spec = find(self._context.agents, request.agent)
        if request.prompt is not None:
            check_installed(self._context, [spec])
        wishes = wished(mode=request.mode, model=request.model, options=request.options)
        check_offered(self._context, spec.name, wishes)
        own = requested_id(request.session_id, "session_id")
        request = replace(request, session_id=UNSET if own is None else own)
        if request.board is None and request.board_id is None and request.repo is None:
            return request
        return await self._context.store.read(lambda reader: _with_full_ids(reader, request))

    async def _drafts(
        self, wanted: list[tuple[CreateSession, RequestedFolder]], new_ids: list[SessionId]
    ) -> list[Session]:
        """The records to store; ids of new ones go to ``new_ids``, and folders of an earlier attempt are removed."""
        self._remove_folders(new_ids)
        return [await self._draft(request, requested, new_ids) async for request, requested in in_slices(wanted)]

    async def _draft(self, request: CreateSession, requested: RequestedFolder, new_ids: list[SessionId]) -> Session:
        """The record to store; the stored one if the request is a repeat. Raises Conflict for another session's id."""
        full, short = new_identity(request.session_id, "session_id")
        session_id = SessionId(full)
        if request.session_id is not UNSET and (stored := await self._stored(session_id)) is not None:
            await self._check_same(stored, request, requested)
            return stored
        if request.worktree is None and not self._context.own_worktrees:
            request = replace(request, worktree=False)
        new_ids.append(session_id)
        placement = await self._context.supervisor.place(request, session_id, requested)
        return self._session(request, (full, short), placement)

    def _session(self, request: CreateSession, identity: tuple[str, str], placement: Placement) -> Session:
        full, short = identity
        now = timestamp(self._context.clock.now())
        return Session(
            session_id=SessionId(full),
            short_id=short,
            agent=request.agent,
            title=request.title,
            description=request.description,
            created_at=now,
            created_by=asked_by(),
            updated_at=now,
            board_id=request.board_id,  # type: ignore[arg-type]
            concepts=request.concepts,
            mode=request.mode,
            model=request.model,
            options=request.options,
            repo=placement.repo,
            git_state=placement.git_state,
            race_id=None if request.race_id is None else RaceId(request.race_id),
        )

    async def _check_same(self, stored: Session, request: CreateSession, requested: RequestedFolder) -> None:
        """Raises Conflict if the stored session shows that another request created it.

        Fields that may have changed since are not compared: title, board, mode, and the folder of a session that has
        a worktree.
        """
        if stored.agent != request.agent:
            raise Conflict(f"The session {stored.session_id} exists already, with the agent {stored.agent}.")
        place = stored.repo
        if not _same_worktree_choice(place, request, requested):
            raise Conflict(f"The session {stored.session_id} exists already, with another choice of worktree.")
        folder = requested.folder
        same = Path(place.cwd).name == stored.session_id if folder is None else place.cwd == str(folder)
        if place.worktree_id is not None:
            repo = await self._context.store.read(lambda reader: repos.get(reader, str(place.repo_id)))
            same = requested.location is not None and str(requested.location.main_worktree) == repo.local_path
        if not same:
            raise Conflict(f"The session {stored.session_id} exists already, in {place.cwd}.")

    def _remove_folders(self, new_ids: list[SessionId]) -> None:
        """Remove the empty folders of sessions that were not stored."""
        for session_id in new_ids:
            with contextlib.suppress(OSError):
                (self._context.paths.scratch / session_id).rmdir()
        new_ids.clear()

    async def _stored(self, session_id: SessionId) -> Session | None:
        def work(reader: Reader) -> Session | None:
            try:
                return sessions.get(reader, session_id)
            except NotFound:
                return None

        return await self._context.store.read(work)


def first_task_id(session_id: SessionId) -> TaskId:
    """The id of a session's first task, derived from the session's: a repeated request finds the same task."""
    digest = hashlib.sha256(f"first task of {session_id}".encode()).hexdigest()
    variant = "89ab"[int(digest[3], 16) % 4]
    return TaskId(f"{session_id[:13]}-7{digest[:3]}-{variant}{digest[4:7]}-{digest[7:19]}")


def _same_worktree_choice(place: SessionRepo, request: CreateSession, requested: RequestedFolder) -> bool:
    """Whether the session may come of this choice of worktree; without a choice the settings decided."""
    match request.worktree:
        case str(wanted):
            return not place.managed_worktree and wanted in (place.worktree_id, place.worktree_name)
        case True:
            return place.managed_worktree or requested.location is None
        case False:
            return not place.managed_worktree and place.worktree_id is None
        case None:
            return place.managed_worktree or place.worktree_id is None


def _with_full_ids(reader: Reader, request: CreateSession) -> CreateSession:
    return replace(
        request,
        board=None,
        board_id=requested_board(reader, request.board, request.board_id),
        repo=None if request.repo is None else repos.resolve(reader, request.repo),
    )
