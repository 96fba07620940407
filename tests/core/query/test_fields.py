"""Fields know the record that they belong to."""

from enum import StrEnum
from typing import Literal

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from agor_core.domain.session import Session
from agor_core.query.fields import Field, Fields, FieldType


def test_the_first_field_is_the_identity_and_nested_ones_form_groups() -> None:
    fields = Fields(Session, [Field("session_id", FieldType.ID), Field("repo.repo_id"), Field("current.task_id")])
    assert fields.identity == "session_id"
    assert fields.groups == {"repo", "current"}
    assert list(fields) == ["session_id", "repo.repo_id", "current.task_id"]
    assert len(fields) == 3


def test_select_may_name_all_of_the_record_by_its_json_names() -> None:
    fields = Fields(Session, [Field("session_id", FieldType.ID)])
    assert {"usage", "usage.cost_usd", "current.diffstat.files", "concepts", "genealogy.children"} <= fields.selectable
    assert "agent_sessions.0" not in fields.selectable


def test_a_field_that_the_record_lacks_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match=r"Session has no repo\.id"):
        Fields(Session, [Field("session_id", FieldType.ID), Field("repo.id")])


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Flag(msgspec.Struct):
    name: str
    ground: Colour
    stripe: Colour | Literal["none"] | None = None
    hem: Literal["red", "blue"] | UnsetType = UNSET
    motto: Colour | str = ""
    rank: Literal[1, 2] = 1


def test_a_closed_set_of_texts_comes_from_the_annotation() -> None:
    fields = Fields(Flag, [Field("name"), *map(Field, ("ground", "stripe", "hem", "motto")), Field("rank")])
    assert {path: field.choices for path, field in fields.items() if field.choices} == {
        "ground": ("red", "blue"),
        "stripe": ("red", "blue", "none"),
        "hem": ("red", "blue"),
    }
