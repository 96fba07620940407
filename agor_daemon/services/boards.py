"""Boards: people create, rename, archive and remove them; the sessions of a removed board are on no board."""

from typing import Any, ClassVar

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.board import Board
from agor_core.domain.slugs import check_names, free_slug, slug_of
from agor_core.ids import BoardId
from agor_core.repositories import base, boards
from agor_core.repositories.mappings import BOARDS
from agor_core.wire.requests import CreateBoard, PatchBoard
from agor_daemon.services.contract import OF_ONE
from agor_daemon.services.patches import given_fields, stored_time
from agor_daemon.services.service import RecordService


class BoardService(RecordService[Board]):
    """``/boards``"""

    calls: ClassVar[frozenset[str]] = frozenset({"find", "create", *OF_ONE})
    mapping = BOARDS
    repository = boards
    create_type = CreateBoard
    id_fields = ("board_id",)
    patch_type = PatchBoard

    def creation_request(self, body: Any) -> CreateBoard:
        request: CreateBoard = super().creation_request(body)
        check_names(request.name, request.slug)
        return request

    def build_record(self, writer: Writer, request: CreateBoard, identifier: str, short_id: str) -> Board:
        """The board; a missing slug is derived from the name, with a number if it is taken."""
        slug = request.slug
        if slug is None:
            wanted = slug_of(request.name, "board")
            slug = free_slug(wanted, lambda text: base.taken(writer, BOARDS, but=identifier, slug=text))
        return Board(
            board_id=BoardId(identifier),
            short_id=short_id,
            name=request.name,
            slug=slug,
            description=request.description,
            icon=request.icon,
            color=request.color,
            created_at=writer.at,
            updated_at=writer.at,
        )

    def patched(self, reader: Reader, record: Board, request: PatchBoard) -> Board:  # noqa: ARG002
        fields = given_fields(request)
        check_names(request.name, request.slug, held=record.slug)
        if fields.get("archived_at") is not None:
            fields["archived_at"] = stored_time("archived_at", fields["archived_at"])
        return replace(record, **fields)
