"""Sessions: the generic service, with archiving, purging, and the derived fields that only a get shows."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.session import Session
from agor_core.errors import InvalidInput
from agor_core.repositories import genealogy, sessions, tasks
from agor_core.repositories.mappings import SESSIONS
from agor_core.wire import codec
from agor_core.wire.requests import CreateSession, PatchSession
from agor_daemon.error_responses import NotOffered
from agor_daemon.services import bulk
from agor_daemon.services.agents import check_offered, wished
from agor_daemon.services.contract import OF_ALL, RawQuery
from agor_daemon.services.creation import SessionCreation
from agor_daemon.services.patches import changeable_part, given_fields, stored_time
from agor_daemon.services.purging import Purge, removal_options, require_idle
from agor_daemon.services.references import requested_board
from agor_daemon.services.service import RecordService
from agor_daemon.supervisor.agents.choosing import MAIN


class SessionService(RecordService[Session]):
    """``/sessions``"""

    mapping = SESSIONS
    repository = sessions
    create_type = CreateSession
    id_fields = ("session_id",)
    patch_type = PatchSession

    async def create(self, body: Any) -> Any:
        return await SessionCreation(self.context).create(body)

    async def remove(self, reference: str, query: RawQuery) -> Any:
        """Archive it, or with ``purge=true`` delete it for good.

        Raises Conflict while it runs, and a purge for sessions that came from it and for work that would be lost.
        """
        options, conditions = removal_options(query)
        asked = self.query_of_one(conditions)
        if options.purge:
            session = await self.read(lambda reader: self.found(reader, reference, asked))
            return self.selected((await Purge(self.context, options).run([session]))[0], asked)

        def work(writer: Writer) -> Session:
            session = require_idle(writer, self.found(writer, reference, asked, lock=True))
            return sessions.archive(writer, session.session_id)

        return self.selected(await self.after_change(await self.write(work)), asked)

    async def remove_many(self, query: RawQuery) -> Any:
        """Delete all matching archived sessions for good, or none."""
        options, conditions = removal_options(query)
        described = bulk.parse_query(self, conditions)
        if not bulk.requires(described.where, bulk.ARCHIVED):
            raise NotOffered(
                "Only archived sessions can be removed by a query, which must say archived_at[$ne]=null. "
                "To archive many, patch their archived_at.",
                self.methods(OF_ALL),
            )
        if query.get("purge") == "false":
            raise InvalidInput("purge: archived sessions can only be removed for good.", place="purge")
        targets = await self.read(lambda reader: [sessions.get(reader, it) for it in self.ids(reader, described)])
        return self.select_fields(await Purge(self.context, options).run(targets), described.select)

    def with_derived_fields(self, reader: Reader, record: Session) -> Session:
        children = genealogy.children(reader, record.session_id)
        return replace(
            record,
            tasks=tasks.ids(reader, record.session_id) if record.task_count else (),
            genealogy=replace(record.genealogy, children=children),
        )

    def patched(self, reader: Reader, record: Session, request: PatchSession) -> Session:
        fields = given_fields(request)
        if "options" in fields:
            fields["options"] = {**record.options, **fields["options"]} if fields["options"] else {}
        if (archived_at := fields.get("archived_at")) is not None:
            fields["archived_at"] = stored_time("archived_at", archived_at)
            if record.archived_at is None:
                require_idle(reader, record)
        if "board" in fields or "board_id" in fields:
            fields["board_id"] = requested_board(reader, fields.pop("board", None), fields.get("board_id"))
        return replace(record, **fields)

    async def patch_many(self, query: RawQuery, body: Any) -> Any:
        """Patch all that match; a mode or a model is checked for all of them first, and then set one by one."""
        wishes = _wishes(given_fields(codec.request(PatchSession, body)))
        if not wishes:
            return await super().patch_many(query, body)
        described = bulk.parse_query(self, query)
        targets = await self.read(lambda reader: [sessions.get(reader, it) for it in self.ids(reader, described)])
        for session in targets:
            if session.agent in self.context.agents:
                check_offered(self.context, session.agent, wishes)
        changed = [await self._change(it.session_id, body, {}, changeable_part, "patched") for it in targets]
        return self.select_fields(changed, described.select)

    async def _change(
        self, reference: str, body: Any, query: RawQuery, patch_of: Callable[..., dict[str, Any]], event: str
    ) -> Any:
        """Send a new mode or model to the agent first, and store what it reports. Raises InvalidInput, AgentFailed."""
        if event == "patched" and isinstance(body, dict) and not _wishes(body):
            return await super()._change(reference, body, query, patch_of, event)
        asked = self.query_of_one(query)
        record = await self.read(lambda reader: self.found(reader, reference, asked))
        fields = given_fields(codec.request(PatchSession, patch_of(record, body, PatchSession, self.mapping.derived)))
        now = {"mode": record.mode, "model": record.model, **record.options}
        wishes = {name: wish for name, wish in _wishes(fields).items() if wish != now.get(name)}
        if not wishes or record.agent not in self.context.agents:
            return await super()._change(reference, body, query, patch_of, event)
        async with self.context.supervisor.choosing(record, wishes) as chosen:
            main = {name: value for name, value in chosen.items() if name in MAIN}
            others = {name: value for name, value in chosen.items() if name not in MAIN}
            body = {**body, **main, **({"options": others} if others else {})}
            return await super()._change(reference, body, query, patch_of, event)

    async def after_change(self, record: Session) -> Session:
        """End the warm agent of a session that was archived."""
        if record.archived_at is not None:
            await self.context.supervisor.release(record.session_id)
        return record


def _wishes(fields: dict[str, Any]) -> dict[str, str | None]:
    """The mode, the model and the further options among the fields of a patch. Raises InvalidInput."""
    given = fields.get("options")
    others = given if isinstance(given, dict) else {}  # any other is refused as malformed
    wished(mode=None, model=None, options=others)
    return {**{name: fields[name] for name in MAIN if name in fields}, **others}
