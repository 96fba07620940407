"""Sessions: the generic service, with archiving, purging, changes of many, and what only a get shows."""

from typing import Any

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.session import Session
from agor_core.errors import InvalidInput
from agor_core.repositories import genealogy, sessions, tasks
from agor_core.repositories.mappings import SESSIONS
from agor_core.wire.requests import CreateSession, PatchSession
from agor_daemon.error_responses import NotOffered
from agor_daemon.services import bulk
from agor_daemon.services.contract import OF_ALL, RawQuery
from agor_daemon.services.creation import SessionCreation
from agor_daemon.services.patches import given_fields, time_given
from agor_daemon.services.purging import Purge, not_busy, removal_options
from agor_daemon.services.references import board_named
from agor_daemon.services.service import RecordService


class Sessions(RecordService[Session]):
    """``/sessions``"""

    mapping = SESSIONS
    repository = sessions
    create_type = CreateSession
    patch_type = PatchSession

    async def create(self, body: Any) -> Any:
        return await SessionCreation(self.context).of(body)

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

        return await self.after_change(await self.write(work))

    async def remove_many(self, query: RawQuery) -> Any:
        """Delete for good all archived sessions that match, or none."""
        asked, conditions = removal_options(query)
        wanted = bulk.described(self, conditions)
        if not bulk.demands(wanted.where, bulk.ARCHIVED):
            raise NotOffered(
                "Only archived sessions are removed all at once: the query must say archived_at[$ne]=null. "
                "To archive many, patch their archived_at.",
                self.methods(OF_ALL),
            )
        if query.get("purge") == "false":
            raise InvalidInput("purge: what is archived can only be removed for good.", place="purge")
        going = await self.read(lambda reader: [sessions.get(reader, it) for it in self.ids(reader, wanted)])
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

    async def after_change(self, record: Session) -> Session:
        """No agent is kept warm for a session that is archived."""
        if record.archived_at is not None:
            await self.context.supervisor.release(record.session_id)
        return record
