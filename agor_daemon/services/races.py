"""Races: several sessions that try one prompt, made all or none, and prompted when all are there."""

import asyncio
import hashlib
from typing import Any, ClassVar

from agor_core.agents.registry import find
from agor_core.db.connections import Reader, Writer
from agor_core.domain.race import Race
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.errors import AgorError, Conflict, InvalidInput
from agor_core.ids import RaceId, SessionId, new_id
from agor_core.repositories import base, boards, races, sessions, tasks
from agor_core.repositories.mappings import RACES
from agor_core.wire import codec
from agor_core.wire.race_requests import MOST_ATTEMPTS, CreateRace
from agor_core.wire.requests import Fork
from agor_daemon.access.requester import asked_by
from agor_daemon.services.agents import check_installed
from agor_daemon.services.creation import SessionCreation, first_task_id
from agor_daemon.services.purging import Purge, RemovalOptions
from agor_daemon.services.references import requested_id
from agor_daemon.services.service import RecordService
from agor_daemon.supervisor.titles import title_of
from agor_daemon.supervisor.workspaces.points import named


class RaceService(RecordService[Race]):
    """``/races``"""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "get", "create"})
    mapping = RACES
    repository = races
    create_type = CreateRace
    id_fields = ("race_id",)

    async def create(self, body: Any) -> Any:
        """Make a race with all its attempts, or nothing. A repeated request makes none."""
        requests = codec.each(body, _creation)
        made = [await self._begin(request) for request in requests]
        return made if isinstance(body, list) else made[0]

    async def _begin(self, request: CreateRace) -> Race:
        agents = [agent for agent in request.agents for _ in range(request.times)]
        check_installed(self.context, [find(self.context.agents, agent) for agent in dict.fromkeys(agents)])
        task = await self.read(lambda reader: _forked_at(reader, request))
        race = await self._stored(request, task)
        try:
            if task is None:
                await self._siblings(race, request, agents)
            else:
                await self._forks(race, request, agents, task)
        except BaseException:
            await asyncio.shield(self._undo(race))
            raise
        for session_id in (await self.read(lambda reader: races.get(reader, race.race_id))).session_ids:
            await self.context.supervisor.prompt(session_id, race.prompt, task_id=first_task_id(session_id))
        return await self.read(lambda reader: races.get(reader, race.race_id))

    async def _stored(self, request: CreateRace, task: Task | None) -> Race:
        """The record, without attempts if it is new. Raises Conflict for the id of another race."""
        own = requested_id(request.race_id, "race_id")
        identifier, by = own or new_id(), asked_by()

        def work(writer: Writer) -> Race:
            new = Race(
                race_id=RaceId(identifier),
                prompt=request.prompt,
                check=request.check,
                source_session_id=None if task is None else task.session_id,
                task_id=None if task is None else task.task_id,
                created_by=by,
                created_at=writer.at,
                updated_at=writer.at,
            )
            return races.insert(writer, new)

        return await self.write(work)

    async def _siblings(self, race: Race, request: CreateRace, agents: list[str]) -> None:
        """New sessions, stored in one transaction."""
        given = {"cwd": request.cwd, "repo": request.repo, "board": request.board, "base": request.base}
        common = {name: value for name, value in given.items() if value is not None} | {"race_id": race.race_id}
        await SessionCreation(self.context).create(
            [
                {**common, "agent": agent, "title": _title(request, at), "session_id": _attempt(race, at)}
                for at, agent in enumerate(agents)
            ]
        )

    async def _forks(self, race: Race, request: CreateRace, agents: list[str], task: Task) -> None:
        board = request.board
        if board is not None:
            board = await self.read(lambda reader: boards.resolve(reader, str(request.board)))
        for at, agent in enumerate(agents):
            fork = Fork(
                at=task.task_id,
                agent=agent,
                title=_title(request, at),
                board=board,
                session_id=_attempt(race, at),
                race_id=race.race_id,
            )
            await self.context.supervisor.fork(task.session_id, fork)

    async def _undo(self, race: Race) -> None:
        """Remove the attempts of a race that could not be made, and the race; not where an attempt runs already."""
        made = await self.read(lambda reader: _attempts(reader, race))
        if any(session.task_count for session in made):
            return
        if made:
            await Purge(self.context, RemovalOptions(purge=True, force=True)).run(made)
            for session in made:
                await self.context.supervisor.trash.drop([session])
        try:
            await self.write(lambda writer: races.remove(writer, race.race_id))
        except AgorError:
            return  # it went with its last attempt


def _creation(body: Any) -> CreateRace:
    request = codec.request(CreateRace, body)
    requested_id(request.race_id, "race_id")
    if len(request.agents) * request.times > MOST_ATTEMPTS:
        raise InvalidInput(f"times: a race has {MOST_ATTEMPTS} attempts at most.", place="times")
    if request.at is None:
        if request.session is not None:
            raise InvalidInput("session: is for a task of it, which at names.", place="session")
    elif alone := [name for name in ("cwd", "repo", "base") if getattr(request, name) is not None]:
        raise InvalidInput(f"{alone[0]}: forks of a task work where it did; leave it out.", place=alone[0])
    return request


def _forked_at(reader: Reader, request: CreateRace) -> Task | None:
    """The task that a race is at. Raises NotFound, Ambiguous, and InvalidInput for a position without a session."""
    if request.at is None:
        return None
    if request.session is not None:
        source = sessions.get(reader, sessions.resolve(reader, request.session))
        return named(source, tasks.of_session(reader, source.session_id), request.at)
    if isinstance(request.at, int):
        raise InvalidInput("at: a position needs the session that it is in.", place="at")
    task = tasks.get(reader, tasks.resolve(reader, request.at))
    if not task.ended:
        raise Conflict(f"Task {task.position} has not ended yet; stop it or wait for its end.")
    return task


def _attempts(reader: Reader, race: Race) -> list[Session]:
    stored = base.lookup(reader, RACES, race.race_id)
    return [] if stored is None else [sessions.get(reader, one) for one in stored.session_ids]


def _attempt(race: Race, at: int) -> SessionId:
    """The id of an attempt, derived from the race's: a repeated request finds the same session."""
    digest = hashlib.sha256(f"attempt {at} of {race.race_id}".encode()).hexdigest()
    variant = "89ab"[int(digest[3], 16) % 4]
    return SessionId(f"{race.race_id[:13]}-7{digest[:3]}-{variant}{digest[4:7]}-{digest[7:19]}")


def _title(request: CreateRace, at: int) -> str:
    """The title of an attempt: attempts at one prompt are told apart by a letter."""
    return f"{(request.title or title_of(request.prompt) or 'Race')[:480]} · {chr(ord('A') + at)}"
