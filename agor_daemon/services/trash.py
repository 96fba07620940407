"""Trash: the sessions that were removed for good and can be brought back for a while."""

from typing import Any, ClassVar

import msgspec

from agor_core.domain.session import Session
from agor_core.domain.trash import TrashItem
from agor_core.query.fields import Field, Fields, FieldType
from agor_core.query.matching import matches, ordered, page
from agor_core.query.parser import parse
from agor_daemon.services.context import Context
from agor_daemon.services.contract import RawQuery, Service

FIELDS = Fields(
    TrashItem,
    [
        Field("session_id"),
        Field("agent"),
        Field("title", nullable=True),
        Field("repo_slug", nullable=True),
        Field("removed_at", FieldType.TIME),
        Field("until", FieldType.TIME),
    ],
)


class TrashService(Service):
    """``/trash``"""

    name = "trash"
    fields = FIELDS
    record_type = TrashItem
    calls: ClassVar[frozenset[str]] = frozenset({"find"})

    def __init__(self, context: Context) -> None:
        self._context = context

    async def find(self, query: RawQuery) -> Any:
        parsed = parse(query, FIELDS)
        records = [msgspec.to_builtins(item) for item in await self._context.supervisor.trash.items()]
        found = [record for record in records if matches(parsed.where, record)]
        if parsed.sort:
            found = ordered(found, parsed.sort)
        shown = self.select_fields(page(found, parsed, FIELDS.identity), parsed.select)
        total = len(found) if parsed.total else None
        return {"total": total, "limit": parsed.limit, "skip": parsed.skip, "data": shown}

    async def restore(self, reference: str, body: Any) -> Session:  # noqa: ARG002
        """Bring a removed session back as it was. Raises NotFound, Ambiguous and Conflict."""
        return await self._context.supervisor.trash.put_back(reference)
