"""Sessions: the generic service, with archiving, purging, changes of many, and what only a get shows."""

import asyncio
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.session import Session
from agor_core.errors import InvalidInput
from agor_core.query import tree
from agor_core.repositories import genealogy, sessions, tasks
from agor_core.wire import codec
from agor_core.wire.requests import PatchSession
from agor_daemon.error_responses import NotOffered
from agor_daemon.services import bulk
from agor_daemon.services.creation import SessionCreation
from agor_daemon.services.editing import EditableRecords
from agor_daemon.services.patches import given_fields, time_given
from agor_daemon.services.purging import Purge, not_busy, removal_options
from agor_daemon.services.references import board_named
from agor_daemon.services.service import OF_ALL, RawQuery


class Sessions(EditableRecords[Session]):
    """``/sessions``"""

    name = "sessions"
    patch_type: ClassVar[type[msgspec.Struct]] = PatchSession

    async def create(self, body: Any) -> Any:
        return await SessionCreation(self.context).of(body)

    async def update(self, given: str, body: Any) -> Any:
        return await self._at_rest(await super().update(given, body))

    async def patch(self, given: str, body: Any) -> Any:
        return await self._at_rest(await super().patch(given, body))

    async def patch_many(self, query: RawQuery, body: Any) -> Any:
        """All sessions that match, changed alike or, on an error, not at all."""
        wanted = bulk.described(self, query)
        request = codec.request(PatchSession, body)

        def work(writer: Writer) -> list[Session]:
            matching = bulk.identifiers(writer, sessions, self, wanted)
            changed = [self.changed(writer, sessions.get(writer, it, lock=True), request) for it in matching]
            return [self.store(writer, record, "patched") for record in changed]

        changed = await self.write(work)
        await asyncio.gather(*(self._at_rest(session) for session in changed))
        return self.picked(changed, wanted.select)

    async def remove(self, given: str, query: RawQuery) -> Session:
        """Archive, or with ``purge=true`` delete for good. Raises Conflict while it runs, or others came from it."""
        asked, others = removal_options(query)
        if others:
            name = min(others)
            raise InvalidInput(f"{name}: only purge, force and keep go with the removal of a session.", place=name)
        if asked.purge:
            session = await self.read(lambda reader: self.found(reader, given))
            return (await Purge(self.context, asked).run([session]))[0]

        def work(writer: Writer) -> Session:
            return sessions.archive(writer, not_busy(writer, self.found(writer, given, lock=True)).session_id)

        return await self._at_rest(await self.write(work))

    async def remove_many(self, query: RawQuery) -> Any:
        """Delete for good all archived sessions that match, or none."""
        asked, conditions = removal_options(query)
        wanted = bulk.described(self, conditions)
        if not bulk.demands(wanted.where, bulk.ARCHIVED):
            raise NotOffered(
                "Only archived sessions are removed all at once: the query must say archived_at[$ne]=null. "
                "To archive many, patch their archived_at.",
                self.verbs(OF_ALL),
            )
        if query.get("purge") == "false":
            raise InvalidInput("purge: what is archived can only be removed for good.", place="purge")
        going = await self.read(lambda reader: self._all(reader, wanted))
        return self.picked(await Purge(self.context, asked).run(going), wanted.select)

    def whole(self, reader: Reader, record: Session) -> Session:
        children = genealogy.children(reader, record.session_id)
        return replace(
            record,
            tasks=tasks.ids(reader, record.session_id) if record.task_count else (),
            genealogy=replace(record.genealogy, children=children),
        )

    def changed(self, reader: Reader, record: Session, request: PatchSession) -> Session:
        fields = given_fields(request)
        if (archived_at := fields.get("archived_at")) is not None:
            fields["archived_at"] = time_given("archived_at", archived_at)
            if record.archived_at is None:
                not_busy(reader, record)
        if "board" in fields or "board_id" in fields:
            fields["board_id"] = board_named(reader, fields.pop("board", None), fields.get("board_id"))
        return replace(record, **fields)

    def _all(self, reader: Reader, wanted: tree.Query) -> list[Session]:
        return [sessions.get(reader, it) for it in bulk.identifiers(reader, sessions, self, wanted)]

    async def _at_rest(self, session: Session) -> Session:
        """No agent is kept warm for a session that is archived."""
        if session.archived_at is not None:
            await self.context.supervisor.release(session.session_id)
        return session
