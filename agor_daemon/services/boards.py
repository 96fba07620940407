"""Boards: made, named, archived and removed by people; removing one leaves its sessions without a board."""

from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.board import Board
from agor_core.domain.slugs import check_names, free_slug, slug_of
from agor_core.ids import BoardId
from agor_core.repositories import base, boards
from agor_core.repositories.mappings import BOARDS
from agor_core.wire import codec
from agor_core.wire.requests import CreateBoard, PatchBoard
from agor_daemon.new_ids import storing
from agor_daemon.services.editing import EditableRecords
from agor_daemon.services.patches import given_fields, time_given
from agor_daemon.services.references import identity, own_id
from agor_daemon.services.service import RawQuery


class Boards(EditableRecords[Board]):
    """``/boards``"""

    name = "boards"
    patch_type: ClassVar[type[msgspec.Struct]] = PatchBoard

    async def create(self, body: Any) -> Any:
        requests = codec.each(body, _checked)

        async def drafts() -> list[tuple[CreateBoard, str, str]]:
            return [(request, *identity(request.board_id, "board_id")) for request in requests]

        made = await storing(self.context.store, _insert, drafts)
        return made if isinstance(body, list) else made[0]

    async def remove(self, given: str, query: RawQuery) -> Board:
        """Remove it for good; its sessions stay, on no board."""
        self.no_query(query)
        return await self.write(lambda writer: boards.remove(writer, self.found(writer, given, lock=True).board_id))

    def changed(self, reader: Reader, record: Board, request: PatchBoard) -> Board:  # noqa: ARG002
        fields = given_fields(request)
        check_names(request.name, request.slug, held=record.slug)
        if fields.get("archived_at") is not None:
            fields["archived_at"] = time_given("archived_at", fields["archived_at"])
        return replace(record, **fields)


def _checked(body: Any) -> CreateBoard:
    request = codec.request(CreateBoard, body)
    check_names(request.name, request.slug)
    own_id(request.board_id, "board_id")
    return request


def _insert(writer: Writer, draft: tuple[CreateBoard, str, str]) -> Board:
    request, full, short = draft
    slug = request.slug
    if slug is None:
        slug = free_slug(
            slug_of(request.name, "board"), lambda wanted: base.taken(writer, BOARDS, but=full, slug=wanted)
        )
    return boards.insert(
        writer,
        Board(
            board_id=BoardId(full),
            short_id=short,
            name=request.name,
            slug=slug,
            description=request.description,
            icon=request.icon,
            color=request.color,
            created_at=writer.at,
            updated_at=writer.at,
        ),
    )
