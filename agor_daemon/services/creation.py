"""Making sessions: everything is checked before anything is stored, and a repeated request is the same session."""

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
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import repos, sessions
from agor_core.wire import codec
from agor_core.wire.requests import CreateSession
from agor_daemon.new_ids import storing
from agor_daemon.services.agents import check_installed
from agor_daemon.services.context import Context
from agor_daemon.services.references import board_named, identity, own_id
from agor_daemon.supervisor.workspaces.placement import Placement
from agor_daemon.supervisor.workspaces.workspaces import RequestedFolder


class SessionCreation:
    """Turns ``POST /sessions`` bodies into sessions, and prompts those that come with a prompt."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def of(self, body: Any) -> Session | list[Session]:
        """One session, or of a list all or none. Raises InvalidInput, NotFound, Unprocessable, Conflict."""
        wanted: list[tuple[CreateSession, RequestedFolder]] = []
        for at, item in enumerate(body if isinstance(body, list) else [body]):
            with codec.element(body, at):
                request = await self._checked(item)
                wanted.append((request, await self._context.supervisor.locate(request)))
        stored = await self._store(wanted)
        made = await self._prompted(stored, [request for request, _ in wanted])
        return made if isinstance(body, list) else made[0]

    async def _store(self, wanted: list[tuple[CreateSession, RequestedFolder]]) -> list[Session]:
        begun: list[SessionId] = []
        try:
            return await storing(self._context.store, sessions.insert, lambda: self._drafts(wanted, begun))
        except BaseException:
            self._forget(begun)
            raise

    async def _prompted(self, made: list[Session], requests: list[CreateSession]) -> list[Session]:
        """The sessions, after those that were requested with a prompt got their first task."""
        for session, request in zip(made, requests, strict=True):
            if request.prompt is not None:
                first = first_task_id(session.session_id)
                await self._context.supervisor.prompt(session.session_id, request.prompt, task_id=first)
        if all(request.prompt is None for request in requests):
            return made
        return await self._context.store.read(lambda reader: [sessions.get(reader, it.session_id) for it in made])

    async def _checked(self, body: Any) -> CreateSession:
        """The request with full ids, an agent that there is, and a directory that there is."""
        request = codec.request(CreateSession, body)
        spec = find(self._context.agents, request.agent)
        if request.prompt is not None:
            check_installed(self._context, [spec])
        own = own_id(request.session_id, "session_id")
        request = replace(request, session_id=UNSET if own is None else own)
        if request.board is None and request.board_id is None and request.repo is None:
            return request
        return await self._context.store.read(lambda reader: _resolved(reader, request))

    async def _drafts(
        self, wanted: list[tuple[CreateSession, RequestedFolder]], begun: list[SessionId]
    ) -> list[Session]:
        """Everything that is to be stored. The ids of what is new go to ``begun``; an earlier attempt's is undone."""
        self._forget(begun)
        return [await self._draft(request, requested, begun) for request, requested in wanted]

    async def _draft(self, request: CreateSession, requested: RequestedFolder, begun: list[SessionId]) -> Session:
        """The session to be stored; the stored one if the request was heard before."""
        full, short = identity(request.session_id, "session_id")
        session_id = SessionId(full)
        if request.session_id is not UNSET and (stored := await self._stored(session_id)) is not None:
            await self._check_same(stored, request, requested)
            return stored
        if request.worktree is None and not self._context.own_worktrees:
            request = replace(request, worktree=False)
        begun.append(session_id)
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
            updated_at=now,
            board_id=request.board_id,  # type: ignore[arg-type]
            concepts=request.concepts,
            mode=request.mode,
            model=request.model,
            repo=placement.repo,
            git_state=placement.git_state,
        )

    async def _check_same(self, stored: Session, request: CreateSession, requested: RequestedFolder) -> None:
        """Raises Conflict where the stored session was made by another request, as far as it still shows that.

        What changes later is not compared: its title, board and mode, and its folder once it has a worktree.
        """
        if stored.agent != request.agent:
            raise Conflict(f"The session {stored.session_id} exists already, with the agent {stored.agent}.")
        place = stored.repo
        if not _same_choice(place, request, requested):
            raise Conflict(f"The session {stored.session_id} exists already, with another choice of worktree.")
        same = (
            Path(place.cwd).name == stored.session_id
            if requested.folder is None
            else place.cwd == str(requested.folder)
        )
        if place.worktree_id is not None:
            repo = await self._context.store.read(lambda reader: repos.get(reader, str(place.repo_id)))
            same = requested.location is not None and str(requested.location.main_worktree) == repo.local_path
        if not same:
            raise Conflict(f"The session {stored.session_id} exists already, in {place.cwd}.")

    def _forget(self, begun: list[SessionId]) -> None:
        """Remove the empty folders of sessions that are not going to be."""
        for session_id in begun:
            with contextlib.suppress(OSError):
                (self._context.paths.scratch / session_id).rmdir()
        begun.clear()

    async def _stored(self, session_id: SessionId) -> Session | None:
        def work(reader: Reader) -> Session | None:
            try:
                return sessions.get(reader, session_id)
            except NotFound:
                return None

        return await self._context.store.read(work)


def first_task_id(session_id: SessionId) -> TaskId:
    """The id of the task that a session is created with: made from the session's, so that a repeat is the same task."""
    digest = hashlib.sha256(f"first task of {session_id}".encode()).hexdigest()
    variant = "89ab"[int(digest[3], 16) % 4]
    return TaskId(f"{session_id[:13]}-7{digest[:3]}-{variant}{digest[4:7]}-{digest[7:19]}")


def _same_choice(place: SessionRepo, request: CreateSession, requested: RequestedFolder) -> bool:
    """Whether a session may have been asked for with this choice of worktree; without one the settings chose."""
    match request.worktree:
        case str(wanted):
            return not place.managed_worktree and wanted in (place.worktree_id, place.worktree_name)
        case True:
            return place.managed_worktree or requested.location is None
        case False:
            return not place.managed_worktree and place.worktree_id is None
        case None:
            return place.managed_worktree or place.worktree_id is None


def _resolved(reader: Reader, request: CreateSession) -> CreateSession:
    return replace(
        request,
        board=None,
        board_id=board_named(reader, request.board, request.board_id),
        repo=None if request.repo is None else repos.resolve(reader, request.repo),
    )
