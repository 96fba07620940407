"""The generic service over a repository whose records people may change: update (PUT) and patch."""

from typing import Any, ClassVar

import msgspec

from agor_core.db.connections import Reader, Writer
from agor_core.wire import codec
from agor_daemon.services.patches import given_fields, replacement
from agor_daemon.services.records import Record, RecordService


class EditableRecords(RecordService[Record]):
    """find, get, update and patch; ``patch_type`` says what may change."""

    patch_type: ClassVar[type[msgspec.Struct]]

    async def update(self, given: str, body: Any) -> Any:
        def work(writer: Writer) -> Record:
            record = self.found(writer, given, lock=True)
            request = codec.request(self.patch_type, replacement(record, body, self.patch_type))
            return self.store(writer, self.changed(writer, record, request), "updated")

        return await self.write(work)

    async def patch(self, given: str, body: Any) -> Any:
        request = codec.request(self.patch_type, body)

        def work(writer: Writer) -> Record:
            record = self.found(writer, given, lock=True)
            return self.store(writer, self.changed(writer, record, request), "patched")

        return await self.write(work)

    def changed(self, reader: Reader, record: Record, request: Any) -> Record:  # noqa: ARG002
        """The record with what the request gives."""
        return msgspec.structs.replace(record, **given_fields(request))

    def store(self, writer: Writer, record: Record, event: str) -> Record:
        """Write the record and say what happened to it."""
        stored: Record = self.repository.update(writer, record, event=event)
        return stored
