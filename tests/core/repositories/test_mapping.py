"""Between records and rows."""

from collections.abc import Iterable
from types import ModuleType

import msgspec
import pytest
from sqlalchemy import Column, MetaData, Table, Text

from agor_core.domain.approval import ApprovalStatus
from agor_core.domain.message import Role
from agor_core.domain.session import Fidelity, SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.query.fields import FieldType
from agor_core.repositories import approvals, boards, messages, repos, sessions, tasks, worktrees
from agor_core.repositories.mapping import RecordMapping


class Spot(msgspec.Struct, frozen=True):
    row: str
    column: str


class Seat(msgspec.Struct, frozen=True):
    seat_id: str
    spot: Spot
    note: str = ""


def mapping(*paths: str) -> RecordMapping[Seat]:
    columns = [
        Column(path.replace(".", "_"), Text, primary_key=path == "seat_id", info={"path": path}) for path in paths
    ]
    table = Table("seats", MetaData(), *columns, Column("data", Text))
    return RecordMapping(Seat, table, service="seats", kind="seat", title=lambda seat: seat.note)


def test_what_has_no_column_is_data() -> None:
    values = mapping("seat_id", "spot.row", "spot.column").values(Seat("a", Spot("1", "2"), "by the window"))
    assert values == {"seat_id": "a", "spot_row": "1", "spot_column": "2", "data": '{"note":"by the window"}'}


def test_an_object_is_not_split_between_columns_and_data() -> None:
    with pytest.raises(ValueError, match=r"Seat\.spot\.column"):
        mapping("seat_id", "spot.row")


def test_a_column_must_be_of_the_record() -> None:
    with pytest.raises(ValueError, match="colour"):
        mapping("seat_id", "colour")


@pytest.mark.parametrize("module", [sessions, tasks, messages, boards, repos, worktrees, approvals])
def test_every_service_can_be_asked_about_its_columns(module: object) -> None:
    fields = module.FIELDS  # type: ignore[attr-defined]
    own = fields[fields.identity]
    assert (own.type, own.nullable) == (FieldType.ID, False)
    assert own.refers_to == module.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    assert fields["created_at"].type is FieldType.TIME
    assert "data" not in fields


def test_types_and_references_come_from_the_columns() -> None:
    fields = sessions.FIELDS
    assert (fields["board_id"].type, fields["board_id"].refers_to) == (FieldType.ID, "boards")
    assert fields["genealogy.fork_point_task_id"].refers_to == "tasks"
    assert fields["usage.cost_usd"].type is FieldType.NUMBER
    assert fields["message_count"].type is FieldType.INTEGER
    assert fields["repo.managed_worktree"].type is FieldType.BOOLEAN
    assert fields["archived_at"].nullable
    assert "current" not in fields


@pytest.mark.parametrize(
    ("module", "path", "choices"),
    [
        (sessions, "status", SessionStatus),
        (sessions, "genealogy.fidelity", Fidelity),
        (tasks, "status", TaskStatus),
        (messages, "role", Role),
        (approvals, "status", ApprovalStatus),
        (sessions, "agent", ()),
    ],
)
def test_closed_sets_come_from_the_records(module: ModuleType, path: str, choices: Iterable[str]) -> None:
    assert module.FIELDS[path].choices == tuple(choices)
